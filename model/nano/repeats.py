"""Where a mark repeats itself: the shifts that lay a tiled watermark over itself.

Found in the soft mask of what a network saw, not in the picture: there a repeat stands out, however busy the scene
(of 24 validation pictures 14 of the 15 tiled ones correlate at 0.57 and more, single marks at 0.5 and less, but for
two of few large letters, at 0.64 and 0.68). Knows nothing of networks, colours or estimates.
"""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["Shift", "repeats", "self_correlation", "shifted"]

Shift = tuple[int, int]
"""(dx, dy) in pixels, dy >= 0: the mark at p is there again at p + shift, and at p - shift."""

ALIKE = 0.7
"""Correlation of the mask with itself from which on a shift is believed to be a repeat."""

NEARLY = 0.8
"""Share of the best shift's correlation that another must reach: half a tile further, other letters lie over these."""

SHORTEST = 40
"""Length of a shift, pixels: below it letters look like letters."""

OVERLAP = 0.05
"""Share of the picture that must still lie over itself for a correlation to mean anything."""

MASS = 0.04
"""Share of the mask's variance that must lie in that overlap."""

ROWS = 64
"""Shifts down that are worked out at a time: whole tables in float64 would be the peak of all memory."""

MOST = 12
"""Shifts that are used; 24 take twice the time for next to nothing (background error over tiled validation marks 0.385
and 0.380)."""


def repeats(alpha: np.ndarray) -> list[Shift]:
    """The shifts by which a mask (h x w, 0..1) repeats itself, best first; none where it does not."""
    alike, overlap = self_correlation(np.asarray(alpha, np.float32))
    height, width = alpha.shape
    alike = cv2.GaussianBlur(alike, (0, 0), 1.0)
    peak = alike == cv2.dilate(alike, np.ones((9, 9), np.uint8))
    dy, column = np.nonzero(peak & (overlap > OVERLAP * width * height) & (alike >= ALIKE))
    dx = column - (width - 1)
    far = (dx**2 + dy**2 > SHORTEST**2) & ~((dy == 0) & (dx < 0))
    dx, dy, column = dx[far], dy[far], column[far]
    if not len(dx):
        return []
    values = alike[dy, column]
    order = np.argsort(-values * overlap[dy, column] ** 0.25, kind="stable")
    kept = [i for i in order if values[i] >= NEARLY * values.max()]
    return [(int(dx[i]), int(dy[i])) for i in kept[:MOST]]


def self_correlation(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(correlation, overlap), each float32 h x (2 w - 1): of the mask with itself moved by 0..h-1 down and -(w-1)..w-1
    across.

    Pearson's coefficient over the overlap alone, whose size in pixels is the second answer; 0 where too
    little of the mask is left in it. By one Fourier transform and running sums, ROWS shifts down at a time.
    """
    height, width = mask.shape
    product = products(mask)
    total, squares = cv2.integral2(mask, sdepth=cv2.CV_64F, sqdepth=cv2.CV_64F)
    least = max(MASS * float(squares[-1, -1] - total[-1, -1] ** 2 / mask.size), 1e-6)
    alike, overlap = np.empty_like(product), np.empty_like(product)
    dx = np.arange(-(width - 1), width)[None, :]
    for start in range(0, height, ROWS):
        here = np.s_[start : start + ROWS]
        dy = np.arange(start, min(start + ROWS, height))[:, None]
        count = ((height - dy) * (width - np.abs(dx))).astype(np.float64)
        pickers = (
            slice_sums(dy * 0, height - dy, np.maximum(0, -dx), width - np.maximum(0, dx)),
            slice_sums(dy, height + dy * 0, np.maximum(0, dx), width - np.maximum(0, -dx)),
        )
        sums = [pick(total) for pick in pickers]
        spread = [pick(squares) - s * s / count for pick, s in zip(pickers, sums, strict=True)]
        scale = np.sqrt(np.maximum(spread[0] * spread[1], 0))
        covariance = product[here] - sums[0] * sums[1] / count
        alike[here] = np.where(scale > least, covariance / np.maximum(scale, least), 0)
        overlap[here] = count
    return alike, overlap


def products(mask: np.ndarray) -> np.ndarray:
    """float32 h x (2 w - 1): sums of the mask times itself moved."""
    height, width = mask.shape
    rows, columns = cv2.getOptimalDFTSize(2 * height), cv2.getOptimalDFTSize(2 * width)
    plane = np.zeros((rows, columns), np.float32)
    plane[:height, :width] = mask
    plane = cv2.dft(plane)
    plane = cv2.mulSpectrums(plane, plane, 0, conjB=True)
    plane = cv2.dft(plane, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT)[:height]
    return np.concatenate([plane[:, columns - (width - 1) :], plane[:, :width]], axis=1)


def slice_sums(top: np.ndarray, bottom: np.ndarray, left: np.ndarray, right: np.ndarray):
    """Sums over many rectangles at once, given a running sum of (h + 1) x (w + 1)."""

    def pick(running: np.ndarray) -> np.ndarray:
        return running[bottom, right] - running[top, right] - running[bottom, left] + running[top, left]

    return pick


def shifted(plane: np.ndarray, dx: int, dy: int) -> np.ndarray:
    """`plane` (h x w ...) as seen at p + (dx, dy); 0 where that is outside."""
    height, width = plane.shape[:2]
    out = np.zeros_like(plane)
    to = np.s_[max(0, -dy) : min(height, height - dy), max(0, -dx) : min(width, width - dx)]
    of = np.s_[max(0, dy) : min(height, height + dy), max(0, dx) : min(width, width + dx)]
    out[to] = plane[of]
    return out
