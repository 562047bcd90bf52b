"""From a candidate to a decomposition, a few rows at a time.

For each stripe, top layer first: enlarge the estimate, turn it into alpha and colour, quantise alpha, guess the
backdrop by regularised inversion, solve for exact integers; the solved backdrop is the target of the next layer. The
memory used beside the pictures themselves does not depend on the picture's height.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from ..blending import composite, stack
from ..exact import solve
from ..imaging.matte import flatten, has_transparency, matte_level
from ..imaging.stripes import each_stripe, stripes
from ..types import VEIL_KINDS, BlendType, Candidate, Decomposition, Kind, Layer, Provenance, Request, Tick
from .background import BackgroundPrior, background_prior
from .config import DEFAULT, FinishConfig
from .field import Field, Reader
from .gray import gray_candidate, is_gray
from .hint import limited_selection
from .invert import invert_levels, quantise_layer
from .translucent import split_translucent

__all__ = ["finish"]


def finish(request: Request, candidate: Candidate, tick: Tick, config: FinishConfig = DEFAULT) -> Decomposition:
    """Full-size layers whose stack is the composite, every pixel.

    Parameters
    ----------
    request : Request
        Nothing changes where its selection is 0, nor far from its hint, unless its options name a veil or the candidate
        says that the mark under the hint reaches further.
    candidate : Candidate
    tick : Tick
        Called after every band of rows as stage "finish".
    config : FinishConfig

    Returns
    -------
    Decomposition
        "Background" (the composite's own channels; a pixel that is not opaque is divided between it and a single normal
        watermark, see `translucent`, and stays in it as it is under any other layer), then
        "Foreground", or "Foreground 1", "Foreground 2"... with the top one last; each cropped to where it is, straight
        alpha. Empty layers are left out; with none left the background is the composite. Of a gray composite all
        layers are gray.

    Raises
    ------
    Whatever `tick` raises, between bands.
    """
    started = time.perf_counter()
    pixels = request.composite.pixels
    if candidate.layers and is_gray(pixels):
        candidate = gray_candidate(candidate)
    hint = None if candidate.beyond_hint or request.options.kind in VEIL_KINDS else request.hint
    if candidate.layers and hint is not None:
        request = replace(request, selection=limited_selection(hint, request.selection, config))
    seen = flatten(pixels, matte_level(pixels)) if has_transparency(pixels) else pixels
    fields = [field for estimate in candidate.layers if (field := Field.of(estimate, seen, config))]
    prior = background_prior(candidate, fields, seen, config) if fields else None
    work = _Work(request, fields, prior, config, seen)
    divides = seen is not pixels and len(fields) == 1 and candidate.kind is Kind.WATERMARK
    work.divides_translucent = divides and fields[0].blend is BlendType.NORMAL
    covered = error = 0
    if fields:
        height, width = pixels.shape[:2]
        total = len(stripes(width, height, config.band_pixels))
        for done, (count, worst) in each_stripe(work.band, width, height, config.band_pixels, config.threads):
            covered, error = covered + count, max(error, worst)
            tick("finish", done, total)
        if work.divides_translucent:
            more, worst = work.divide_translucent()
            covered, error = covered + more, max(error, worst)
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

    divides_translucent = False
    """Whether the layer's alpha at pixels that are not opaque is kept for `divide_translucent`."""

    def __init__(
        self,
        request: Request,
        fields: Sequence[Field],
        prior: BackgroundPrior | None,
        config: FinishConfig,
        seen: np.ndarray,
    ) -> None:
        """seen: the composite's pixels, over a matte where they are not opaque: what the estimates were made of."""
        self._pixels, self._seen = request.composite.pixels, seen
        self._selection = request.selection
        self._fields = fields  # top first
        self._prior = prior
        self._config = config
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
        present = [f for f in self._fields if f.touched[1] < bottom and f.touched[3] > top]
        if not present:
            return 0, 0
        columns = min(f.touched[0] for f in present), max(f.touched[2] for f in present)
        readers = [Reader(f, top, bottom) if f in present else None for f in self._fields]
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
        picture = np.stack(cv2.split(self._seen[here])[:3]) if self._seen is not self._pixels else target
        picture = picture.astype(np.float32) * np.float32(1 / self._top)
        allowed, opaque, fade = self._allowed(here), self._opaque(here), self._config.fade_alpha
        estimated = [
            _alpha_colour(reader, top, bottom, columns, picture, allowed, fade) for reader in readers if reader
        ]
        wished = estimated[0]
        if opaque is not None:
            estimated = [(alpha * opaque, colour) for alpha, colour in estimated]
        written = [n for n, reader in enumerate(readers) if reader]
        blends = [self._fields[n].blend for n in written]
        priors = self._priors(estimated, blends, here, picture)
        weight = np.zeros(()) if self._prior is None else self._prior.weight(top, bottom, columns)
        solved = []
        for n, blend, (alpha, colour), prior in zip(written, blends, estimated, priors, strict=True):
            a, c = quantise_layer(alpha, colour, target, blend)
            y = target  # without a prior the solve inverts every pixel: the guess does not matter
            if prior is not None:
                c, y = invert_levels(a, c, target, prior, weight, blend)
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
        if self.divides_translucent and opaque is not None:
            self._write_wished(*wished, opaque, here)
        return int(np.count_nonzero(covered)), int(error)

    def _allowed(self, here: tuple[slice, slice]) -> np.ndarray | None:
        """0..1, n x m: the share of a layer's alpha that the selection allows here; None where it allows all."""
        return None if self._selection is None else self._selection[here].astype(np.float32) / 255

    def _opaque(self, here: tuple[slice, slice]) -> np.ndarray | None:
        """bool n x m: where the composite is opaque; None for one without an alpha channel."""
        return self._pixels[here][..., 3] == self._top if self._pixels.shape[2] == 4 else None

    def _write_wished(
        self, alpha: np.ndarray, colour: np.ndarray, opaque: np.ndarray, here: tuple[slice, slice]
    ) -> None:
        """Put the single layer's rounded alpha and colour into its array where the composite is not opaque."""
        x0, y0, x1, y1 = self._fields[0].touched
        rows, columns = here
        top, bottom = max(rows.start, y0), min(rows.stop, y1)
        if top >= bottom:
            return
        part = np.s_[top - rows.start : bottom - rows.start, x0 - columns.start : x1 - columns.start]
        pixels = np.rint(cv2.merge([*colour, alpha])[part] * self._top).astype(self._pixels.dtype)
        there = ~opaque[part] & (pixels[..., 3] > 0)
        self._foregrounds[0][top - y0 : bottom - y0][there] = pixels[there]

    def divide_translucent(self) -> tuple[int, int]:
        """`split_translucent` of the single layer: (pixels that gained a foreground, recomposition error there)."""
        x0, y0, x1, y1 = self._fields[0].touched
        composite, layer, background = self._pixels[y0:y1, x0:x1], self._foregrounds[0], self._background[y0:y1, x0:x1]
        split_translucent(composite, layer, background)
        there = (composite[..., 3] < self._top) & (layer[..., 3] > 0)
        if not there.any():
            return 0, 0
        stacked = stack(layer[there][:, None], background[there][:, None], BlendType.NORMAL)[:, 0]
        return int(there.sum()), int(np.abs(stacked.astype(np.int32) - composite[there]).max())

    def _priors(
        self, estimated: list, blends: list[BlendType], here: tuple[slice, slice], picture: np.ndarray
    ) -> list[np.ndarray | None]:
        """The prior of each layer's backdrop, top first: the background prior under the lower layers."""
        if self._prior is None:
            return [None] * len(estimated)
        below = self._prior.read(here[0].start, here[0].stop, (here[1].start, here[1].stop), picture)
        out = []
        for (alpha, colour), blend in zip(reversed(estimated), reversed(blends), strict=True):
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


def _alpha_colour(
    reader: Reader,
    top: int,
    bottom: int,
    columns: tuple[int, int],
    picture: np.ndarray,
    allowed: np.ndarray | None,
    fade: float,
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
    alpha *= np.minimum(1, alpha * np.float32(1 / fade))
    return alpha, colour
