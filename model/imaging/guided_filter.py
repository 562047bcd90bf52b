"""The guided filter: smooths a map along the edges of a picture. He, Sun, Tang, "Guided image filtering", 2010."""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["guided_filter"]


def guided_filter(guide: np.ndarray, source: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """Per window of `radius`, the least-squares line from guide to source, averaged.

    guide, source: float32 h x w, 0..1. epsilon: variance of the guide below which it counts as flat.
    """

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(values, -1, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT)

    mean_guide, mean_source = mean(guide), mean(source)
    slope = (mean(guide * source) - mean_guide * mean_source) / (mean(guide * guide) - mean_guide**2 + epsilon)
    offset = mean_source - slope * mean_guide
    return mean(slope) * guide + mean(offset)
