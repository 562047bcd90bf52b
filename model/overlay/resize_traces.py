"""Traces of resizing in a picture: what sizes it may have had before.

An interpolated pixel's second difference depends on where it lies between the original ones, so its mean over a column
is periodic across the picture; the period is the ratio of the sizes, and as both are whole numbers it falls on one
frequency of the discrete Fourier transform exactly (Gallagher 2005, "Detection of linear and cubic interpolation in
JPEG compressed images"). If the picture was a JPEG before, its blocks of 8 pixels have become blocks of another size,
and show at eighths of that frequency. Frequencies above half a cycle a pixel are folded back, so that a peak stands for
several sizes; the eighths tell them apart. Knows nothing of overlays.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.luma import LUMA
from .template import unit

__all__ = ["likely_sizes"]

RATIOS = (0.5, 2.0)
"""Of the picture's size to the original's."""

NEAR_ONE = 0.008
"""Ratios closer to 1 than this are not told from none."""

NEIGHBOURS = 15
"""Frequencies to each side with which one is compared."""

USUAL, LARGEST = 2.0, 10.0
"""What one frequency in fifteen reaches by chance, and how far above it one may count."""

KEPT, LEAST = 4, 7.0
"""How many sizes are named by each of the two scores, and the least score."""

CAP = 6 / 255
"""Second differences above this are edges of the scene, and count as this much."""


def likely_sizes(picture: np.ndarray) -> list[tuple[int, int]]:
    """(width, height) that the picture may have had before it was resized, likeliest first, at most 2 x KEPT.

    picture: H x W x 3 as for `unit`.
    """
    luma = unit(picture) @ LUMA
    if min(luma.shape) < 64:
        return []
    spectra = _spectrum(luma), _spectrum(np.ascontiguousarray(luma.T))
    # Interpolation alone, and with the blocks of a JPEG before.
    ranked = [_ranked(spectra, parts) for parts in (np.array([8]), np.arange(1, 9))]
    found = [size for sizes in ranked for size in sizes]
    return [size for size, _ in sorted(dict(sorted(found, key=lambda one: one[1])).items(), key=lambda one: -one[1])]


def _ranked(spectra: tuple[np.ndarray, np.ndarray], parts: np.ndarray) -> list[tuple[tuple[int, int], float]]:
    """The KEPT best sizes by the frequencies at `parts` eighths, of at least LEAST, with their scores."""
    w, h = (len(spectrum) for spectrum in spectra)
    widths = np.arange(int(w / RATIOS[1]), int(w / RATIOS[0]) + 1)
    heights = np.arange(max(1, int(h / RATIOS[1]) - 8), int(h / RATIOS[0]) + 9)
    of_width, of_height = (_scores(s, n, parts) for s, n in zip(spectra, (widths, heights), strict=True))
    found = []
    for width, score in zip(widths.tolist(), of_width.tolist(), strict=True):
        possible = _heights(width, w, h)
        if abs(w / width - 1) >= NEAR_ONE and possible:
            best = max(possible, key=lambda height: of_height[height - heights[0]])
            found.append(((width, best), score + float(of_height[best - heights[0]])))
    return [one for one in sorted(found, key=lambda one: -one[1])[:KEPT] if one[1] > LEAST]


def _scores(spectrum: np.ndarray, sizes: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """How far the frequencies stand out that a side of each of `sizes` would have left."""
    at = np.rint(parts[:, None] * sizes / 8).astype(int) % len(spectrum)
    return (spectrum[at] - USUAL).clip(0, LARGEST).sum(axis=0)


def _heights(width: int, w: int, h: int) -> range:
    """Heights of the original that give `h` when both sides are multiplied by one ratio and rounded, up or down."""
    low, high = (w - 1) / width, (w + 1) / width
    return range(max(1, int(np.ceil((h - 1) / high))), max(2, int((h + 1) / low) + 1))


def _spectrum(luma: np.ndarray) -> np.ndarray:
    """n, of n columns: how far a frequency of the columns' second differences stands out; 0: cannot be told."""
    n = luma.shape[1]
    padded = cv2.copyMakeBorder(luma, 0, 0, 1, 1, cv2.BORDER_REFLECT_101)
    second = np.abs(2 * padded[:, 1:-1] - padded[:, :-2] - padded[:, 2:])
    profile = np.log(np.minimum(second, CAP).mean(axis=0) + 1e-5)
    profile[[0, -1]] = profile[1:-1].mean()
    trend = cv2.GaussianBlur(profile[None], (0, 0), 12, borderType=cv2.BORDER_REFLECT)[0]
    size = np.abs(np.fft.fft(profile - trend))
    around = np.stack([np.roll(size, k) for k in range(-NEIGHBOURS, NEIGHBOURS + 1) if abs(k) > 1])
    out = size / (np.median(around, axis=0) + 1e-9)
    # The blocks of JPEG have peaks of their own, and slow changes are the scene's.
    for k in range(8):
        out[(round(k * n / 8) + np.array([-1, 0, 1])) % n] = 0
    return out
