"""The guided filter: smooths a map along the edges of a picture. He, Sun, Tang, "Guided image filtering", 2010.

Built on OpenCV's box filter: `cv2.ximgproc.guidedFilter` is in opencv-contrib alone, which must not be installed beside
the opencv-python-headless that this project depends on.
"""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["guided_filter"]


def guided_filter(guide: np.ndarray, source: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """Smooth `source` where `guide` is flat, and keep its edges where the guide has them.

    Parameters
    ----------
    guide, source : float32 h x w, 0..1
    radius : int
        Of the square window, pixels.
    epsilon : float
        Variance of the guide below which it counts as flat.

    Returns
    -------
    float32 h x w
    """

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(values, -1, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT)

    mean_guide, mean_source = mean(guide), mean(source)
    slope = (mean(guide * source) - mean_guide * mean_source) / (mean(guide * guide) - mean_guide**2 + epsilon)
    offset = mean_source - slope * mean_guide
    return mean(slope) * guide + mean(offset)
