"""Where a layer is: a clean region, so that no faint haze is left where there is no foreground.

Two thresholds with hysteresis on the estimate's own grid: a region counts where alpha reaches HIGH somewhere, and
extends as far as alpha stays above LOW. One more grid pixel around it keeps soft edges whole. Knows nothing
of colours.
"""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["HIGH", "LOW", "bounds", "region"]

LOW = 4 / 255
"""Alpha below this does not extend a region: 8-bit alpha 1-3 is what a network leaves on clean pixels."""

HIGH = 12 / 255
"""A region that nowhere reaches this is dropped: under 5 % opacity nobody sees a layer, and engines guess."""

CELLS = 1 << 21
"""The region is found on at most this many cells; a larger grid is first reduced by keeping each cell's maximum."""


def region(alpha: np.ndarray) -> np.ndarray:
    """uint8, 255 inside, 0 outside; the grid of `alpha` (h x w, 0..1), or a coarser one over the same box."""
    coarse = _maxima(alpha)
    extended = (coarse >= LOW).astype(np.uint8)
    if not extended.any():
        return extended
    labels = np.asarray(cv2.connectedComponents(extended, connectivity=8, ltype=cv2.CV_32S)[1], np.int32)
    keep = np.zeros(int(labels.max()) + 1, np.uint8)
    keep[labels[coarse >= HIGH]] = 255
    keep[0] = 0
    return cv2.dilate(keep[labels], np.ones((3, 3), np.uint8))


def _maxima(alpha: np.ndarray) -> np.ndarray:
    """`alpha` with blocks of n x n replaced by their maximum, so that at most CELLS remain; float32."""
    n = max(1, int(np.ceil(np.sqrt(alpha.size / CELLS))))
    if n == 1:
        return alpha.astype(np.float32)
    rows = [
        np.maximum.reduceat(alpha[top : top + n].max(axis=0), range(0, alpha.shape[1], n))
        for top in range(0, alpha.shape[0], n)
    ]
    return np.stack(rows).astype(np.float32)


def bounds(inside: np.ndarray, box: tuple[int, int, int, int]) -> tuple[int, int, int, int] | None:
    """x0, y0, x1, y1 in native pixels of what the region may touch; None where it is empty."""
    if not inside.any():
        return None
    x, y, width, height = box
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    sx, sy = width / inside.shape[1], height / inside.shape[0]
    # Bilinear enlargement spreads a cell by half a cell to each side.
    x0 = max(0, int((columns[0] - 0.5) * sx))
    y0 = max(0, int((rows[0] - 0.5) * sy))
    x1 = min(width, int(np.ceil((columns[-1] + 1.5) * sx)))
    y1 = min(height, int(np.ceil((rows[-1] + 1.5) * sy)))
    return x + x0, y + y0, x + x1, y + y1
