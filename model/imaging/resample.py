"""Working resolutions: the size that fits a number of pixels or a longest side, and reduction by area averaging.

Sizes are (width, height), as OpenCV takes them. Knows nothing of what the pixels mean.
"""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["fit_long_side", "fit_pixels", "reduce_to", "scaled_size"]


def scaled_size(size: tuple[int, int], scale: float, least: int = 1) -> tuple[int, int]:
    """`size` (width, height) times `scale`, rounded, each side at least `least` pixels."""
    return max(least, round(size[0] * scale)), max(least, round(size[1] * scale))


def fit_pixels(size: tuple[int, int], max_pixels: int, least: int = 1) -> tuple[int, int]:
    """`size` (width, height), reduced in proportion to about `max_pixels` pixels; never enlarged."""
    width, height = size
    return scaled_size(size, min(1.0, (max_pixels / (width * height)) ** 0.5), least)


def fit_long_side(size: tuple[int, int], side: int, least: int = 1) -> tuple[int, int]:
    """`size` (width, height), reduced in proportion so that the longer side is `side` pixels; never enlarged."""
    return scaled_size(size, min(1.0, side / max(size)), least)


def reduce_to(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """`pixels` (h x w or h x w x C, any dtype of OpenCV) averaged over areas to `size`; contiguous, the same dtype.

    A picture that has this size already is returned without resampling.
    """
    pixels = np.ascontiguousarray(pixels)
    if (pixels.shape[1], pixels.shape[0]) == tuple(size):
        return pixels
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
