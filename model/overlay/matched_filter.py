"""A matched filter of gradients at one size: the overlay's edges against those of a reduced picture, at every place.

Over a smooth backdrop a layer of any blend type and ink adds to the picture's gradient a multiple of its alpha's
gradient, another in each channel, and of its colour's gradient: four matched filters (alpha and colour, in luma and in
chroma), whose squares are added (a generalised likelihood ratio). The picture's gradients are whitened first: divided
by their strength and that of their surroundings. Correlation is by Fourier transform, block by block (overlap-save);
luma and chroma are the real and the imaginary part of one transform. Knows nothing of which sizes are tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, pi
from typing import Any

import cv2
import numpy as np

from ..exact.compiled import compiled
from ..imaging.luma import LUMA
from .template import Pose, Template, render

__all__ = [
    "Blocks",
    "Filter",
    "FilterBank",
    "block_side",
    "filter_of",
    "mean_radius",
    "prepared",
    "response",
    "window",
]

CHROMA = np.array([0.5, 0.0, -0.5], np.float32)

NOISE = 0.01
"""Gradient below which the picture's edges are taken for noise, per pixel, 0..1."""


@dataclass(frozen=True, eq=False)
class Filter:
    """A turned template of a fixed size, as conjugated spectra: complex64 2 x block x block, of x and y.

    alpha: gradient of alpha. luma, chroma: of those of colour times alpha, less what of it alpha's gradient explains,
    chroma times the imaginary unit; None where little of both is left, as of a single ink. All of norm 1.
    """

    angle: float
    alpha: np.ndarray
    luma: np.ndarray | None
    chroma: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Blocks:
    """Whitened gradients of a reduced picture, in blocks that overlap by the template's window.

    luma, chroma: complex64 n x 2 x block x block, spectra of the gradient in x and y. both: luma and the imaginary unit
    times chroma. corners: top, left of each block. energy: float32 n x 2 x valid x valid, one over the energy of luma
    and of chroma under the template's window; 0 outside the picture.
    """

    luma: np.ndarray
    chroma: np.ndarray
    both: np.ndarray
    corners: list[tuple[int, int]]
    energy: np.ndarray


class FilterBank:
    """The filters of all angles at one size, each made when it is first asked for."""

    def __init__(self, template: Template, root: int, tolerance: float, block: int | None = None) -> None:
        """root: of the template's area, reduced pixels. tolerance: pixels by which an edge at the template's mean
        radius may be off between two angles. block: side of the blocks; None: what suits whole pictures."""
        self._template = template
        self._scale = root / template.area**0.5
        self.side = window(template, root)
        self.block = block or block_side(self.side)
        self.count = ceil(pi * mean_radius(template, root) / tolerance)
        self._made: dict[int, Filter] = {}

    def __getitem__(self, k: int) -> Filter:
        k %= self.count
        if k not in self._made:  # made twice at worst, where two threads ask at once
            self._made[k] = filter_of(self._template, self._scale, 2 * pi * k / self.count, self.side, self.block)
        return self._made[k]


def mean_radius(template: Template, root: float) -> float:
    """Root mean square distance of the template's edges from its centre, at a root of area of `root`."""
    w, h = template.size
    return root * ((w * w + h * h) / 12 / (w * h)) ** 0.5


def window(template: Template, root: float) -> int:
    """Side of the square that holds the template at any angle; even."""
    w, h = template.size
    return 2 * ceil(root / template.area**0.5 * (w * w + h * h) ** 0.5 / 2 + 2)


def block_side(side: int) -> int:
    """Side of the blocks for a window of `side`."""
    return cv2.getOptimalDFTSize(max(128, 3 * side))


def filter_of(template: Template, scale: float, angle: float, side: int, block: int) -> Filter:
    """The filter of one scale and angle, in a window of `side`, for blocks of `block`."""
    drawn = render(template, Pose(side / 2, side / 2, scale, angle), (0, 0, side, side), samples=2)
    alpha = _gradient(drawn[..., 3])
    energy = float((alpha * alpha).sum())
    colours = [_gradient(np.ascontiguousarray(drawn[..., :3] @ axis)) for axis in (LUMA, CHROMA)]
    whole = [float((colour * colour).sum()) for colour in colours]
    # What of the colours alpha's gradient does not explain.
    colours = [colour - alpha * (float((alpha * colour).sum()) / max(energy, 1e-12)) for colour in colours]
    own = [float((colour * colour).sum()) for colour in colours]
    spectra = [_spectra(colour / max(e, 1e-12) ** 0.5, block) for colour, e in zip(colours, own, strict=True)]
    spectra[1] *= 1j
    if energy < 1e-4 * whole[0]:  # a plate that covers everything: only its colours have edges
        return Filter(angle, np.zeros_like(spectra[0]), *spectra)
    if max(own) < 0.02 * energy:
        return Filter(angle, _spectra(alpha / energy**0.5, block), None, None)
    parts = [part if e > 0.02 * energy else np.zeros_like(part) for part, e in zip(spectra, own, strict=True)]
    return Filter(angle, _spectra(alpha / energy**0.5, block), *parts)


def prepared(small: np.ndarray, side: int, block: int, corner: tuple[int, int] | None = None) -> Blocks:
    """The blocks of a reduced picture, float32 h x w x 3. corner: only the one that begins there, maybe outside."""
    parts = [_whitened(_gradient(np.ascontiguousarray(small @ axis))) for axis in (LUMA, CHROMA)]
    half, valid = side // 2, block - side + 1
    h, w = small.shape[:2]
    corners = [corner] if corner else [(top, left) for top in range(0, h, valid) for left in range(0, w, valid)]
    before = half + max(0, -min(corner or (0, 0)))
    begin = before - half
    pad = ((before, block), (before, block))
    spectra, energies = [], []
    for part in parts:
        planes = [np.pad(plane, pad).astype(np.complex64) for plane in part]
        spectra.append(
            np.stack(
                [
                    [
                        _forward(plane[t + begin : t + begin + block, x + begin : x + begin + block].copy())
                        for plane in planes
                    ]
                    for t, x in corners
                ]
            )
        )
        square = (part * part).sum(axis=0)
        under = cv2.boxFilter(square, cv2.CV_32F, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
        under += 0.25 * side * side * float(square.mean()) + 1e-6
        padded = np.pad(1 / under, ((begin, block), (begin, block)))
        energies.append([padded[t + begin : t + begin + valid, x + begin : x + begin + valid] for t, x in corners])
    luma, chroma = spectra
    return Blocks(luma, chroma, luma + 1j * chroma, corners, np.array(energies, np.float32).swapaxes(0, 1).copy())


def response(one: Filter, blocks: Blocks, number: int) -> np.ndarray:
    """float32 valid x valid: the squares of the filters' responses over what energy there is, in one block."""
    energy = blocks.energy[number]
    out = np.zeros(energy.shape[1:], np.float32)
    product = np.empty(one.alpha.shape[1:], np.complex64)
    _multiply(blocks.both[number], one.alpha, product)
    _add_squares(_inverse(product), energy, out)
    if one.luma is not None and one.chroma is not None:
        _multiply_both(blocks.luma[number], one.luma, blocks.chroma[number], one.chroma, product)
        _add_squares(_inverse(product), energy, out)
    return out


@compiled
def _multiply(fields, filters, out):
    """out = fields[0] * filters[0] + fields[1] * filters[1]; complex64 2 x n x n, n x n."""
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            out[y, x] = fields[0, y, x] * filters[0, y, x] + fields[1, y, x] * filters[1, y, x]


@compiled
def _multiply_both(luma, luma_filters, chroma, chroma_filters, out):
    """The same of luma and chroma, added."""
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            out[y, x] = (
                luma[0, y, x] * luma_filters[0, y, x]
                + luma[1, y, x] * luma_filters[1, y, x]
                + chroma[0, y, x] * chroma_filters[0, y, x]
                + chroma[1, y, x] * chroma_filters[1, y, x]
            )


@compiled
def _add_squares(values, energy, out):
    """out += real(values)^2 energy[0] + imag(values)^2 energy[1], over the part that `out` covers."""
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            one = values[y, x]
            out[y, x] += one.real * one.real * energy[0, y, x] + one.imag * one.imag * energy[1, y, x]


def _gradient(plane: np.ndarray) -> np.ndarray:
    """float32 2 x h x w: derivatives in x and y, per pixel."""
    return np.stack([cv2.Scharr(plane, cv2.CV_32F, dx, 1 - dx, scale=1 / 32) for dx in (1, 0)])


def _whitened(gradient: np.ndarray) -> np.ndarray:
    strength = np.sqrt((gradient * gradient).sum(axis=0))
    around = cv2.blur(strength, (15, 15), borderType=cv2.BORDER_REFLECT)
    return gradient / (strength + around + NOISE)


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
