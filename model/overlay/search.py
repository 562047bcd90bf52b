"""Where the overlay may be: a matched filter of gradients over all scales and angles, on reduced pictures.

At every scale the picture is reduced until the overlay is some 24 pixels wide (root of its area), so that one set of
turned templates serves all scales. Over a smooth backdrop a layer of any blend type and ink adds to the picture's
gradient a multiple of its alpha's gradient, another in each channel, and of its colour's gradient: four matched
filters (alpha and colour, in luma and in chroma), whose squares are added (a generalised likelihood ratio). The
picture's gradients are whitened first: divided by their strength and that of their surroundings. Correlation is by
Fourier transform, block by block (overlap-save). Gives candidates; `refine` says which of them are true.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil, log, log2, pi
from typing import Any

import cv2
import numpy as np

from ..imaging.resample import reduce_to
from ..imaging.stripes import THREADS
from ..types import Tick
from .template import Pose, Template, render, unit

__all__ = ["ROOTS", "Hit", "pose_response", "search"]


ROOTS = (24, 40)
"""Root of the template's area in the reduced picture: the larger sees fainter overlays, at some four times the cost."""

CLOSER = 48
"""The same where candidates are compared."""

MOST_PIXELS = 500_000
"""Of the reduced picture in which the smallest overlays are looked for."""

SCALES = (0.05, 8.0)
"""The scales that are looked at: 0.1 to 4, and the picture resized by 0.5 to 2 afterwards."""

TOLERANCE = 0.75
"""How far, in reduced pixels, an edge at the template's mean radius may be off between two steps of scale or angle."""

COMPARED = 64
"""Candidates that are looked at closer."""

KEPT = 32
"""Candidates of each octave of scale at most: where the overlay is small there are more by chance."""

LUMA, CHROMA = np.array([0.299, 0.587, 0.114], np.float32), np.array([0.5, 0.0, -0.5], np.float32)

NOISE = 0.01
"""Gradient below which the picture's edges are taken for noise, per pixel, 0..1."""


@dataclass(frozen=True)
class Hit:
    """A pose in native pixels, and its score: the matched filters' response in standard deviations by chance."""

    pose: Pose
    score: float


@dataclass(frozen=True, eq=False)
class _Filter:
    """A turned template of a fixed size, as conjugated spectra of block x block.

    alpha: gradient of alpha, x and y. luma, chroma: of those of colour times alpha, less what of it alpha's gradient
    explains; None where little is left, as of a single ink. All of norm 1.
    """

    angle: float
    alpha: np.ndarray
    luma: np.ndarray | None
    chroma: np.ndarray | None


def search(template: Template, picture: np.ndarray, root: int, tick: Tick) -> list[Hit]:
    """Candidates, best first. picture: h x w x 3 as for `unit`, native. root: ROOTS, of the template in the search."""
    first = _search_everywhere(template, picture, root, tick)[:COMPARED]
    bank = _Bank(template, CLOSER, cv2.getOptimalDFTSize(_window(template, CLOSER) + 2 * SLACK))
    halved = _halved(picture)

    def closer(hit: Hit) -> Hit:
        """Where the overlay is large, in a picture reduced beforehand: cutting it out natively would cost most."""
        spare = hit.pose.scale * template.area**0.5 / CLOSER / 1.3
        fewer = halved[min(max(int(log2(max(spare, 1))), 0), len(halved) - 1)]
        factor = fewer.shape[1] / picture.shape[1]
        found = _closer(template, fewer, Hit(hit.pose.scaled(factor), hit.score), bank)
        return Hit(found.pose.scaled(1 / factor), found.score)

    with ThreadPoolExecutor(THREADS) as pool:
        hits = list(pool.map(closer, first))
    tick("network", 1, 1)
    return _distinct(hits, template, len(hits))


def _halved(picture: np.ndarray) -> list[np.ndarray]:
    """The picture, and by halves smaller ones while they have some 200 pixels a side."""
    out = [picture]
    while min(out[-1].shape[:2]) >= 400:
        h, w = out[-1].shape[:2]
        out.append(reduce_to(out[-1], (w // 2, h // 2)))
    return out


def _search_everywhere(template: Template, picture: np.ndarray, root: int, tick: Tick) -> list[Hit]:
    """At most KEPT of each octave, best first."""
    bank = _Bank(template, root)
    height, width = picture.shape[:2]
    levels = list(_levels(template, (width, height), root, bank.side))
    reduced = unit(reduce_to(picture, (max(8, round(width * levels[0])), max(8, round(height * levels[0])))))
    base = root / template.area**0.5
    hits: list[Hit] = []

    def at_level(level: float) -> list[Hit]:
        return _at_level(base, reduced, (width, height), level, bank)

    with ThreadPoolExecutor(THREADS) as pool:
        for done, found in enumerate(pool.map(at_level, levels)):
            hits += found
            tick("network", done + 1, len(levels) + 1)
    return _distinct(hits, template, KEPT)


SLACK = 6
"""How far around a candidate its best place is looked for, in pixels at CLOSER."""


def _closer(template: Template, picture: np.ndarray, hit: Hit, bank: _Bank) -> Hit:
    """The best pose near a candidate, at a root of area of CLOSER: three scales, three or more angles, all places."""
    side, block = bank.side, bank.block
    angle = 2 * pi / bank.count
    reach = max(1, round(TOLERANCE / _radius(template, ROOTS[0]) / angle))
    middle = round(hit.pose.angle / angle)
    step = 1 + 2 * TOLERANCE / _radius(template, CLOSER)
    best = Hit(hit.pose, 0.0)
    for power in (-1, 0, 1):
        scale = hit.pose.scale * step**power
        level = CLOSER / (scale * template.area**0.5)
        h, w = picture.shape[:2]
        slack = (0.5 * side + SLACK + 4) / level
        left, right = max(int(hit.pose.x - slack), 0), min(int(hit.pose.x + slack) + 1, w)
        top, bottom = max(int(hit.pose.y - slack), 0), min(int(hit.pose.y + slack) + 1, h)
        if right - left < 4 or bottom - top < 4:
            continue
        crop = np.ascontiguousarray(picture[top:bottom, left:right])
        size = max(8, round((right - left) * level)), max(8, round((bottom - top) * level))
        small = unit(cv2.resize(crop, size, interpolation=cv2.INTER_AREA if level < 1 else cv2.INTER_LINEAR))
        fx, fy = (right - left) / size[0], (bottom - top) / size[1]
        corner = round((hit.pose.y - top) / fy) - SLACK, round((hit.pose.x - left) / fx) - SLACK
        prepared = _prepared(small, side, block, corner)
        for k in range(middle - reach, middle + reach + 1):
            one = bank[k]
            response = _response(one, prepared, block - side + 1)[0]
            _, value, _, (x, y) = cv2.minMaxLoc(response)
            score = side * float(value) ** 0.5
            if score > best.score:
                best = Hit(Pose(left + (corner[1] + x) * fx, top + (corner[0] + y) * fy, scale, one.angle), score)
    return best


def pose_response(template: Template, picture: np.ndarray, scale: float, angle: float) -> np.ndarray:
    """Score of the overlay's centre being at each pixel, at one scale and angle: float32 h x w, as `Hit.score`.

    picture: float32 h x w x 3, 0..1.
    """
    side = _window(template, scale * template.area**0.5)
    block = _block(side)
    prepared = _prepared(picture, side, block)
    values = _response(_filter(template, scale, angle, side, block), prepared, block - side + 1)
    h, w = picture.shape[:2]
    valid = block - side + 1
    out = np.zeros((h + valid, w + valid), np.float32)
    for (top, left), part in zip(prepared.corners, values, strict=True):
        out[top : top + valid, left : left + valid] = part
    out = out[:h, :w]
    return np.sqrt(out / (float(out.mean()) + 1e-12))


def _radius(template: Template, side: float) -> float:
    """Root mean square distance of the template's edges from its centre, at a root of area of `side`."""
    w, h = template.size
    return side * ((w * w + h * h) / 12 / (w * h)) ** 0.5


def _window(template: Template, root: float) -> int:
    """Side of the square that holds the template at any angle; even."""
    w, h = template.size
    return 2 * ceil(root / template.area**0.5 * (w * w + h * h) ** 0.5 / 2 + 2)


def _block(side: int) -> int:
    """Side of the blocks, which overlap by the template's window."""
    return cv2.getOptimalDFTSize(max(128, 3 * side))


def _gradient(plane: np.ndarray) -> np.ndarray:
    """float32 2 x h x w: derivatives in x and y, per pixel."""
    return np.stack([cv2.Scharr(plane, cv2.CV_32F, dx, 1 - dx, scale=1 / 32) for dx in (1, 0)])


class _Bank:
    """The filters of all angles at one size, each made when it is first asked for."""

    def __init__(self, template: Template, root: int, block: int | None = None) -> None:
        self._template = template
        self._scale = root / template.area**0.5
        self.side = _window(template, root)
        self.block = block or _block(self.side)
        self.count = ceil(2 * pi / (2 * TOLERANCE / _radius(template, root)))
        self._made: dict[int, _Filter] = {}

    def __getitem__(self, k: int) -> _Filter:
        k %= self.count
        if k not in self._made:  # made twice at worst, where two threads ask at once
            self._made[k] = _filter(self._template, self._scale, 2 * pi * k / self.count, self.side, self.block)
        return self._made[k]


def _filter(template: Template, scale: float, angle: float, side: int, block: int) -> _Filter:
    drawn = render(template, Pose(side / 2, side / 2, scale, angle), (0, 0, side, side), samples=2)
    alpha = _gradient(drawn[..., 3])
    energy = float((alpha * alpha).sum())
    colours = [_gradient(np.ascontiguousarray(drawn[..., :3] @ axis)) for axis in (LUMA, CHROMA)]
    whole = [float((colour * colour).sum()) for colour in colours]
    # What of the colours alpha's gradient does not explain.
    colours = [colour - alpha * (float((alpha * colour).sum()) / max(energy, 1e-12)) for colour in colours]
    own = [float((colour * colour).sum()) for colour in colours]
    spectra = [_spectra(colour / max(e, 1e-12) ** 0.5, block) for colour, e in zip(colours, own, strict=True)]
    if energy < 1e-4 * whole[0]:  # a plate that covers everything: only its colours have edges
        return _Filter(angle, spectra[0], None, spectra[1])
    parts = [part if e > 0.02 * energy else None for part, e in zip(spectra, own, strict=True)]
    return _Filter(angle, _spectra(alpha / energy**0.5, block), *parts)


def _spectra(field: np.ndarray, block: int) -> np.ndarray:
    """Conjugated spectra, complex64 2 x block x block, of a field of 2 x n x n."""
    out = np.zeros((2, block, block), np.complex64)
    n = field.shape[1]
    for k in range(2):
        padded = np.zeros((block, block), np.float32)
        padded[:n, :n] = field[k]
        out[k] = _forward(padded.astype(np.complex64))
    return np.conj(out)


def _forward(values: np.ndarray) -> np.ndarray:
    return _complex(cv2.dft(values.view(np.float32).reshape(*values.shape, 2)))


def _inverse(values: np.ndarray) -> Any:
    flags = cv2.DFT_INVERSE | cv2.DFT_SCALE
    return _complex(cv2.dft(values.view(np.float32).reshape(*values.shape, 2), flags=flags))


def _complex(pairs: np.ndarray) -> np.ndarray:
    return pairs.view(np.complex64)[..., 0]


def _levels(template: Template, picture: tuple[int, int], root: int, side: int) -> Iterator[float]:
    """By how much a picture of `picture` (width, height) is reduced, finest first."""
    w, h = picture
    step = 1 + 2 * TOLERANCE / _radius(template, root)
    base = template.area**0.5 / root
    level = min(1.0, (MOST_PIXELS / (h * w)) ** 0.5, 1 / (SCALES[0] * base))
    # The template may be somewhat larger than the picture.
    least = max(0.6 * side / max(h, w), 1 / (SCALES[1] * base))
    for k in range(int(log(level / least) / log(step)) + 2 if level > least else 1):
        yield level / step**k


@dataclass(frozen=True, eq=False)
class _Level:
    """Whitened gradients of a reduced picture, in blocks.

    fields: complex64 2 x n x block x block, spectra of the gradient in x and y: of luma, its imaginary part of chroma.
    corners: top, left of each block. energy: of the real and of the imaginary part under the
    template's window, n x valid x valid each.
    """

    fields: np.ndarray
    corners: list[tuple[int, int]]
    energy: tuple[np.ndarray, np.ndarray]


def _prepared(small: np.ndarray, side: int, block: int, corner: tuple[int, int] | None = None) -> _Level:
    """corner: only the block that begins there, which may lie partly outside."""
    parts = [_whitened(_gradient(np.ascontiguousarray(small @ axis))) for axis in (LUMA, CHROMA)]
    half, valid = side // 2, block - side + 1
    h, w = small.shape[:2]
    fields = parts[0] + 1j * parts[1]
    before = half + max(0, -min(corner or (0, 0)))
    pad = ((before, block), (before, block))
    fields = np.stack([np.pad(plane, pad) for plane in fields]).astype(np.complex64)
    corners = [corner] if corner else [(top, left) for top in range(0, h, valid) for left in range(0, w, valid)]
    begin = before - half
    at = [np.s_[t + begin : t + begin + block, x + begin : x + begin + block] for t, x in corners]
    spectra = np.stack([[_forward(plane[here].copy()) for here in at] for plane in fields])
    energies = []
    for part in parts:
        square = (part * part).sum(axis=0)
        under = cv2.boxFilter(square, cv2.CV_32F, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
        under += 0.25 * side * side * float(square.mean()) + 1e-6
        padded = np.pad(under, ((begin, block), (begin, block)), constant_values=1e9)
        energies.append(
            np.stack([padded[t + begin : t + begin + valid, x + begin : x + begin + valid] for t, x in corners])
        )
    return _Level(spectra, corners, (energies[0], energies[1]))


def _whitened(gradient: np.ndarray) -> np.ndarray:
    strength = np.sqrt((gradient * gradient).sum(axis=0))
    around = cv2.blur(strength, (15, 15), borderType=cv2.BORDER_REFLECT)
    return gradient / (strength + around + NOISE)


def _at_level(base: float, picture: np.ndarray, native: tuple[int, int], level: float, bank: _Bank) -> list[Hit]:
    """The best place of each angle in each block. base: pixels of the reduced picture a template pixel."""
    w, h = native
    size = max(8, round(w * level)), max(8, round(h * level))
    small = reduce_to(picture, size)
    prepared = _prepared(small, bank.side, bank.block)
    scale = base * w / size[0]
    hits, total = [], 0.0
    for one in (bank[k] for k in range(bank.count)):
        response = _response(one, prepared, bank.block - bank.side + 1)
        total += float(response.sum())
        best = response.reshape(len(response), -1).argmax(axis=1)
        rows, columns = np.unravel_index(best, response.shape[1:])
        for n, (top, left) in enumerate(prepared.corners):
            y, x = top + int(rows[n]), left + int(columns[n])
            pose = Pose(x * w / size[0], y * h / size[1], scale, one.angle)
            hits.append((pose, float(response[n, rows[n], columns[n]])))
    mean = total / (bank.count * size[0] * size[1]) + 1e-12
    return [Hit(pose, (value / mean) ** 0.5) for pose, value in hits]


def _response(one: _Filter, prepared: _Level, valid: int) -> np.ndarray:
    """n x valid x valid: the squares of the filters' responses over what energy there is."""
    product = prepared.fields[0] * one.alpha[0]
    product += prepared.fields[1] * one.alpha[1]
    response = np.empty((len(product), valid, valid), np.float32)
    luma, chroma = prepared.energy
    for n, spectrum in enumerate(product):
        values = _inverse(spectrum)[:valid, :valid]
        response[n] = values.real**2 / luma[n] + values.imag**2 / chroma[n]
    for part, energy, name in ((one.luma, luma, "real"), (one.chroma, chroma, "imag")):
        if part is None:
            continue
        np.multiply(prepared.fields[0], part[0], out=product)
        product += prepared.fields[1] * part[1]
        for n, spectrum in enumerate(product):
            response[n] += getattr(_inverse(spectrum)[:valid, :valid], name) ** 2 / energy[n]
    return response


def _distinct(hits: list[Hit], template: Template, most: int) -> list[Hit]:
    """The best hits, at most `most` of each octave, without those that a better one all but equals."""
    kept: list[Hit] = []
    count: dict[int, int] = {}
    side = template.area**0.5
    for hit in sorted(hits, key=lambda one: -one.score):
        pose = hit.pose
        octave = round(log2(pose.scale))
        if count.get(octave, 0) == most:
            continue
        near = (
            abs(log(pose.scale / other.pose.scale)) < 0.15
            and abs((pose.angle - other.pose.angle + pi) % (2 * pi) - pi) < 0.15
            and max(abs(pose.x - other.pose.x), abs(pose.y - other.pose.y)) < 0.15 * side * other.pose.scale
            for other in kept
        )
        if not any(near):
            kept.append(hit)
            count[octave] = count.get(octave, 0) + 1
    return kept
