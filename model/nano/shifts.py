"""Where a mark repeats itself: the shifts that lay a tiled watermark over itself.

Found in the soft mask of what a network saw, not in the picture: there a repeat stands out, however busy the scene
(of 24 validation pictures 14 of the 15 tiled ones correlate at 0.57 and more, single marks at 0.5 and less, but for
two of few large letters, at 0.64 and 0.68). Knows nothing of networks, colours or estimates.
"""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["SelfCorrelation", "Shift", "count_over_shifts", "find_shifts", "sum_over_shifts"]

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

BAND = 32
"""Rows that are added up at a time: they stay in the processor's cache, which takes two thirds of the time."""

MOST = 12
"""Shifts that are used; 24 take twice the time for next to nothing (background error over tiled validation marks 0.385
and 0.380)."""


def find_shifts(alpha: np.ndarray) -> list[Shift]:
    """The shifts by which a mask (h x w, 0..1) repeats itself, best first; none where it does not.

    Looked for at half the size, where everything is worked out in a quarter of the time, then placed to the pixel.
    """
    mask = np.asarray(alpha, np.float32)
    height, width = mask.shape
    half = cv2.resize(mask, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    dx, dy = (2 * shift for shift in peaks(half))
    if not len(dx):
        return []
    # Every place within two pixels: the sizes are halved downwards, so far shifts come out a little short.
    near = np.arange(-2, 3)
    dx = np.clip(dx[:, None] + np.tile(near, 5), 1 - width, width - 1)
    dy = np.clip(dy[:, None] + np.repeat(near, 5), 0, height - 1)
    alike, overlap = SelfCorrelation(mask).at(dx, dy)
    best = np.arange(len(dx)), alike.argmax(axis=1)
    dx, dy, alike, overlap = dx[best], dy[best], alike[best], overlap[best]
    order = np.argsort(-alike * overlap**0.25, kind="stable")
    kept = [i for i in order if alike[i] >= NEARLY * alike.max()]
    return [(int(dx[i]), int(dy[i])) for i in kept[:MOST]]


def peaks(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(dx, dy): the shifts, n each, by which a mask at half its size may repeat itself."""
    height, width = mask.shape
    correlation = SelfCorrelation(mask)
    dx = np.arange(-(width - 1), width)[None, :]
    alike, overlap = np.empty((height, dx.size), np.float32), np.empty((height, dx.size), np.float32)
    for start in range(0, height, ROWS):
        here = np.s_[start : min(start + ROWS, height)]
        alike[here], overlap[here] = correlation.at(dx, np.arange(start, here.stop)[:, None])
    alike = cv2.GaussianBlur(alike, (0, 0), 0.5)  # a repeat is as wide as a stroke, chance need not be
    peak = alike == cv2.dilate(alike, np.ones((5, 5), np.uint8))
    dy, column = np.nonzero(peak & (overlap > OVERLAP * width * height) & (alike >= ALIKE))
    dx = column - (width - 1)
    far = (4 * (dx**2 + dy**2) > SHORTEST**2) & ~((dy == 0) & (dx < 0))
    return dx[far], dy[far]


class SelfCorrelation:
    """Pearson's coefficient of a mask (float32 h x w) and the same moved, over their overlap alone.

    By one Fourier transform and running sums: any number of shifts cost little more than one.
    """

    def __init__(self, mask: np.ndarray) -> None:
        self.height, self.width = mask.shape
        self.product = products(mask)
        self.total, self.squares = cv2.integral2(mask, sdepth=cv2.CV_64F, sqdepth=cv2.CV_64F)
        self.least = max(MASS * float(self.squares[-1, -1] - self.total[-1, -1] ** 2 / mask.size), 1e-6)

    def at(self, dx: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(coefficient, overlap in pixels) for the mask moved by dx in -(w-1)..w-1 and dy in 0..h-1, broadcast.

        0 where too little of the mask is left in the overlap.
        """
        height, width = self.height, self.width
        count = ((height - dy) * (width - np.abs(dx))).astype(np.float64)
        pickers = (
            slice_sums(dy * 0, height - dy, np.maximum(0, -dx), width - np.maximum(0, dx)),
            slice_sums(dy, height + dy * 0, np.maximum(0, dx), width - np.maximum(0, -dx)),
        )
        sums = [pick(self.total) for pick in pickers]
        spread = [pick(self.squares) - s * s / count for pick, s in zip(pickers, sums, strict=True)]
        scale = np.sqrt(np.maximum(spread[0] * spread[1], 0))
        covariance = self.product[dy, dx + width - 1] - sums[0] * sums[1] / count
        return np.where(scale > self.least, covariance / np.maximum(scale, self.least), 0), count


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


def sum_over_shifts(plane: np.ndarray, shifts: list[Shift]) -> np.ndarray:
    """`plane` (h x w ...) added up over every pixel and all its repeats; 0 where a repeat lies outside."""
    height, width = plane.shape[:2]
    total = plane.copy()
    for start in range(0, height, BAND):
        for dx, dy in with_negatives(shifts):
            top, bottom = max(start, -dy), min(start + BAND, height, height - dy)
            if top < bottom:
                left, right = max(0, -dx), min(width, width - dx)
                total[top:bottom, left:right] += plane[top + dy : bottom + dy, left + dx : right + dx]
    return total


def count_over_shifts(shape: tuple[int, int], shifts: list[Shift]) -> np.ndarray:
    """float32 h x w: how many repeats, itself included, every pixel has within the picture."""
    height, width = shape
    steps = np.zeros((height + 1, width + 1), np.float32)  # of a running sum: each shift counts in one rectangle
    for dx, dy in [(0, 0), *with_negatives(shifts)]:
        top, bottom = max(0, -dy), min(height, height - dy)
        left, right = max(0, -dx), min(width, width - dx)
        if top < bottom and left < right:
            steps[[top, bottom], [left, right]] += 1
            steps[[top, bottom], [right, left]] -= 1
    return steps.cumsum(axis=0).cumsum(axis=1)[:-1, :-1]


def with_negatives(shifts: list[Shift]) -> list[Shift]:
    return [way for x, y in shifts for way in ((x, y), (-x, -y))]
