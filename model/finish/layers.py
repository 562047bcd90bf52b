"""The way from a candidate to a decomposition, a few rows at a time.

For each stripe, top layer first: enlarge the estimate, make alpha and colour of it, quantise alpha, guess the backdrop
by regularised inversion, solve for exact integers; the solved backdrop is what the next layer must give. Memory beside
the pictures themselves does not depend on the picture's height.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import cv2
import numpy as np

from ..blending import composite, emission_transmission, stack
from ..exact import solve
from ..imaging.stripes import PIXELS, each_stripe, stripes
from ..types import BlendType, Candidate, Decomposition, Layer, Provenance, Request, Tick
from .field import Field, Reader
from .paint import Paint, paint_for

__all__ = ["finish", "quantised", "regularised"]

BAND = 8 * PIXELS
"""Pixels whose guided coefficients are worked out together."""

TOE = 3 / 255
"""Alpha below this fades out to nothing in a square: a soft edge ends instead of trailing a haze of alpha 1-2."""


def finish(request: Request, candidate: Candidate, tick: Tick) -> Decomposition:
    """Full-size layers whose stack is the composite, every pixel.

    Layers: "Background" (the composite's own channels: pixels that were not opaque stay in it as they are),
    then "Foreground", or "Foreground 1", "Foreground 2"... with the top one last; each cropped to where it is,
    straight alpha. Layers that turn out empty are left out; with none left the background is the composite.
    Nothing changes where `request.selection` is 0. Raises whatever `tick` raises, between stripes.
    """
    started = time.perf_counter()
    pixels = request.composite.pixels
    fields = [field for estimate in candidate.layers if (field := Field.of(estimate, pixels)) is not None]
    work = _Work(request, fields, paint_for(candidate, fields, pixels) if fields else None)
    covered = error = 0
    if fields:
        height, width = pixels.shape[:2]
        total = len(stripes(width, height, BAND))
        for done, (count, worst) in each_stripe(work.band, width, height, BAND):
            covered, error = covered + count, max(error, worst)
            tick("finish", done, total)
    layers = work.layers()
    provenance = Provenance(
        engine=candidate.engine,
        options=request.options,
        seed=candidate.seed,
        blend=fields[0].blend if len(layers) > 1 else None,
        kind=candidate.kind,
        confidence=candidate.confidence,
        coverage=covered / (pixels.shape[0] * pixels.shape[1]),
        recomposition_error=error,
        seconds={"finish": time.perf_counter() - started},
    )
    composite = request.composite
    return Decomposition(composite.size, layers, provenance, composite.icc, composite.dpi, composite.metadata)


class _Work:
    """The arrays being written, and the work on one band of them. Bands touch different rows: threads may share it."""

    def __init__(self, request: Request, fields: Sequence[Field], paint: Paint | None) -> None:
        self._pixels = request.composite.pixels
        self._selection = request.selection
        self._fields = fields  # top first
        self._paint = paint
        self._top = int(np.iinfo(self._pixels.dtype).max)
        self._background = self._pixels.copy() if fields else self._pixels
        self._foregrounds = [
            np.zeros((f.touched[3] - f.touched[1], f.touched[2] - f.touched[0], 4), self._pixels.dtype) for f in fields
        ]

    def layers(self) -> tuple[Layer, ...]:
        """Bottom to top, without those that ended up empty."""
        there = [
            (field, pixels)
            for field, pixels in zip(reversed(self._fields), reversed(self._foregrounds), strict=True)
            if pixels[..., 3].any()
        ]
        names = ["Foreground"] if len(there) == 1 else [f"Foreground {n}" for n in range(1, len(there) + 1)]
        above = (
            Layer(name, pixels, field.touched[:2], blend=field.blend)
            for name, (field, pixels) in zip(names, there, strict=True)
        )
        return Layer("Background", self._background), *above

    def band(self, top: int, bottom: int) -> tuple[int, int]:
        """Solve rows top..bottom. Returns (pixels with any foreground, largest recomposition error)."""
        reached = [f for f in self._fields if f.touched[1] < bottom and f.touched[3] > top]
        if not reached:
            return 0, 0
        columns = min(f.touched[0] for f in reached), max(f.touched[2] for f in reached)
        readers = [Reader(f, top, bottom) if f in reached else None for f in self._fields]
        covered = error = 0
        for first, last in stripes(columns[1] - columns[0], bottom - top):
            count, worst = self._stripe(readers, top + first, top + last, columns)
            covered, error = covered + count, max(error, worst)
        return covered, error

    def _stripe(
        self, readers: Sequence[Reader | None], top: int, bottom: int, columns: tuple[int, int]
    ) -> tuple[int, int]:
        here = np.s_[top:bottom, columns[0] : columns[1]]
        target = np.stack(cv2.split(self._pixels[here])[:3])  # 3 x n x m
        picture = target.astype(np.float32) * np.float32(1 / self._top)
        believed = [
            _believed(reader, top, bottom, columns, picture, self._allowed(here)) for reader in readers if reader
        ]
        written = [n for n, reader in enumerate(readers) if reader]
        blends = [self._fields[n].blend for n in written]
        belows = self._below(believed, blends, here, picture)
        weight = np.zeros(()) if self._paint is None else self._paint.weight(top, bottom, columns)
        solved = []
        for n, blend, (alpha, colour), below in zip(written, blends, believed, belows, strict=True):
            a, c = quantised(alpha, colour, target, blend)
            y = target  # without paint the solve inverts every pixel: the guess does not matter
            if below is not None:
                c, y = regularised(a, c, target, below, weight, blend)
            c, y, _ = solve(a, c, y, target, blend)
            solved.append((n, self._write(n, a, c, here)))
            target = y
        background = self._background[here]
        background[..., :3] = np.moveaxis(target, 0, -1)
        stacked = background
        for n, pixels in reversed(solved):
            stacked = stack(pixels, stacked, self._fields[n].blend)
        covered = np.any([pixels[..., 3] for _, pixels in solved], axis=0)
        error = np.abs(stacked.astype(np.int32) - self._pixels[here]).max()
        return int(np.count_nonzero(covered)), int(error)

    def _allowed(self, here: tuple[slice, slice]) -> np.ndarray | None:
        """0..1, n x m: the share of a layer's alpha that may be used here; None where all of it may."""
        allowed = None if self._selection is None else self._selection[here].astype(np.float32) / 255
        if self._pixels.shape[2] == 4:
            opaque = (self._pixels[here][..., 3] == self._top).astype(np.float32)
            allowed = opaque if allowed is None else allowed * opaque
        return allowed

    def _below(
        self, believed: list, blends: list[BlendType], here: tuple[slice, slice], picture: np.ndarray
    ) -> list[np.ndarray | None]:
        """What is believed to lie under each layer, top first: the paint with the lower layers upon it."""
        if self._paint is None:
            return [None] * len(believed)
        below = self._paint.read(here[0].start, here[0].stop, (here[1].start, here[1].stop), picture)
        out = []
        for (alpha, colour), blend in zip(reversed(believed), reversed(blends), strict=True):
            out.append(below)
            below = composite(alpha, colour, below, blend)
        return out[::-1]

    def _write(self, n: int, alpha: np.ndarray, colour: np.ndarray, here: tuple[slice, slice]) -> np.ndarray:
        """Put a solved layer into its array; returns its n x m x 4 pixels over `here`."""
        shown = (alpha > 0).astype(alpha.dtype) * alpha.dtype.type(self._top)
        pixels = cv2.merge([*(plane & shown for plane in colour), alpha])
        x0, y0, x1, y1 = self._fields[n].touched
        rows, columns = here
        top, bottom = max(rows.start, y0), min(rows.stop, y1)
        if top < bottom:
            cut = pixels[top - rows.start : bottom - rows.start, x0 - columns.start : x1 - columns.start]
            self._foregrounds[n][top - y0 : bottom - y0] = cut
        return pixels


def _believed(
    reader: Reader,
    top: int,
    bottom: int,
    columns: tuple[int, int],
    picture: np.ndarray,
    allowed: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """alpha (n x m) and colour (3 x n x m) of a layer over a stripe, 0..1; alpha 0 outside the layer."""
    alpha, colour = np.zeros(picture.shape[1:], np.float32), np.zeros_like(picture)
    x0, y0, x1, y1 = reader.field.touched
    y0, y1 = max(top, y0), min(bottom, y1)
    if y0 < y1:
        part = np.s_[y0 - top : y1 - top, x0 - columns[0] : x1 - columns[0]]
        alpha[part], colour[:, *part] = reader.alpha_colour(y0, y1, (x0, x1), picture[:, *part])
    if allowed is not None:
        alpha *= allowed
    alpha *= np.minimum(1, alpha * np.float32(1 / TOE))
    return alpha, colour


def quantised(
    alpha: np.ndarray, colour: np.ndarray, target: np.ndarray, blend: BlendType
) -> tuple[np.ndarray, np.ndarray]:
    """Whole levels of alpha (n x m) and a first colour (3 x n x m), of the target's dtype.

    In add, alpha is raised to f / (1 - y) where it must be: then y + c never exceeds white, and programs that
    clip before they mix agree with those that do not.
    """
    top = np.float32(np.iinfo(target.dtype).max)
    if blend != BlendType.ADD:
        return np.rint(alpha * top).astype(target.dtype), np.rint(colour * top).astype(target.dtype)
    light, z = alpha * colour, target * (1 / top)
    clipped = target == target.dtype.type(top)
    if clipped.any():
        # There the sum went beyond white and y is anything above z - f: no darker than the pixel's brightest channel,
        # or burnt-out places come back in the flare's complementary colour.
        brightest = (z - light).max(axis=0)
        light -= clipped * np.maximum(light - (1 - brightest), 0)
    backdrop = (z - light).clip(0, 1)
    least = (light / np.maximum(1 - backdrop, 1e-6)).max(axis=0)
    whole = np.ceil(np.maximum(alpha, least).clip(0, 1) * top - np.float32(1e-3))
    whole *= alpha * top >= 0.5
    colour = np.minimum(light * (top * top) / np.maximum(whole, 1), top)
    return whole.astype(target.dtype), np.rint(colour).astype(target.dtype)


def regularised(
    alpha: np.ndarray,
    colour: np.ndarray,
    target: np.ndarray,
    below: np.ndarray,
    weight: np.ndarray,
    blend: BlendType,
) -> tuple[np.ndarray, np.ndarray]:
    """(colour, backdrop) guesses, whole levels: inversion where the layer lets light through, `below` where not.

    What the backdrop does not take of the picture the colour does, so that the solve finds the two in agreement.
    """
    top = np.float32(np.iinfo(target.dtype).max)
    a, c, z = alpha / top, colour / top, target / top
    light, let = emission_transmission(a, c, blend)
    y = ((let * (z - light) + weight * below) / (let * let + weight)).clip(0, 1)
    match blend:  # solve z = (1 - a) y + a B(y, c) for c
        case BlendType.NORMAL:
            c = (z - (1 - a) * y) / np.maximum(a, 1e-6)
        case BlendType.MULTIPLY:
            c = (z - (1 - a) * y) / np.maximum(a * y, 1e-6)
        case BlendType.SCREEN:
            c = (z - y) / np.maximum(a * (1 - y), 1e-6)
        case BlendType.ADD:
            c = (z - y) / np.maximum(a, 1e-6)
    return np.rint(c.clip(0, 1) * top).astype(target.dtype), np.rint(y * top).astype(target.dtype)
