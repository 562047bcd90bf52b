"""The region of a layer, so that no faint haze remains where there is no foreground.

Two thresholds with hysteresis on the estimate's own grid: a connected region counts where alpha reaches the high one
somewhere, and extends as far as alpha stays above the low one. One more grid pixel around it keeps soft edges whole.
Knows nothing of colours.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.boxes import bounding_spans
from ..types import Box
from .config import FinishConfig

__all__ = ["native_bounds", "region"]


def region(alpha: np.ndarray, config: FinishConfig) -> np.ndarray:
    """The region of a layer by hysteresis thresholding.

    Parameters
    ----------
    alpha : float h x w, 0..1
    config : FinishConfig

    Returns
    -------
    uint8, 255 inside, 0 outside, on the grid of `alpha` or a coarser one over the same box.
    """
    coarse = _block_maxima(alpha, config.region_max_cells)
    extended = (coarse >= config.region_low).astype(np.uint8)
    if not extended.any():
        return extended
    labels = np.asarray(cv2.connectedComponents(extended, connectivity=8, ltype=cv2.CV_32S)[1], np.int32)
    keep = np.zeros(int(labels.max()) + 1, np.uint8)
    keep[labels[coarse >= config.region_high]] = 255
    keep[0] = 0
    return cv2.dilate(keep[labels], np.ones((3, 3), np.uint8))


def _block_maxima(alpha: np.ndarray, max_cells: int) -> np.ndarray:
    """`alpha` with blocks of n x n replaced by their maximum, so that at most `max_cells` remain; float32."""
    n = max(1, int(np.ceil(np.sqrt(alpha.size / max_cells))))
    if n == 1:
        return alpha.astype(np.float32)
    rows = [
        np.maximum.reduceat(alpha[top : top + n].max(axis=0), range(0, alpha.shape[1], n))
        for top in range(0, alpha.shape[0], n)
    ]
    return np.stack(rows).astype(np.float32)


def native_bounds(inside: np.ndarray, box: Box) -> tuple[int, int, int, int] | None:
    """x0, y0, x1, y1 in native pixels of what a region over `box` may touch; None where it is empty."""
    spans = bounding_spans(inside)
    if spans is None:
        return None
    (top, bottom), (left, right) = spans
    x, y, width, height = box
    sx, sy = width / inside.shape[1], height / inside.shape[0]
    # Bilinear enlargement spreads a cell by half a cell to each side.
    x0, y0 = max(0, int((left - 0.5) * sx)), max(0, int((top - 0.5) * sy))
    x1, y1 = min(width, int(np.ceil((right + 0.5) * sx))), min(height, int(np.ceil((bottom + 0.5) * sy)))
    return x + x0, y + y0, x + x1, y + y1
