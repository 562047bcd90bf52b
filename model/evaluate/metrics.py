"""Metrics: one number from two pictures, or from two layers. Knows nothing of engines or of what is compared why.

Pictures are uint8 H x W x 3; errors of pictures are in levels of 255.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..blending import canonical
from ..types import BlendType

__all__ = ["LayerError", "calibration_error", "layer_error", "psnr", "rmse", "ssim"]

LayerError = tuple[float, float]
"""Mean absolute error of alpha (0..1) and of colour (levels of 255)."""

SEEN = 2 / 255
"""Alpha above which a layer counts as being there."""

COLOURED = 0.1
"""Alpha of both layers above which a colour can be compared: below it hardly shows in the picture."""


def rmse(one: np.ndarray, other: np.ndarray, where: np.ndarray | None = None) -> float:
    """Root of the mean squared difference over all channels, in levels; over the pixels of the mask `where`."""
    square = (one.astype(np.float32) - other.astype(np.float32)) ** 2
    return float(np.sqrt(square.mean() if where is None else square[where].mean()))


def psnr(error: float) -> float:
    """Decibels from an RMSE in levels; 99 for equal pictures."""
    return min(99.0, 20 * float(np.log10(255 / error))) if error > 0 else 99.0


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    """Structural similarity, mean over channels; Gaussian window of 11 px, sigma 1.5 (Wang et al., 2004)."""

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(values, (11, 11), 1.5)

    a, b = one.astype(np.float32), other.astype(np.float32)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    ma, mb = mean(a), mean(b)
    va, vb, cov = mean(a * a) - ma * ma, mean(b * b) - mb * mb, mean(a * b) - ma * mb
    score = ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
    return float(score.mean())


def layer_error(
    truth: tuple[np.ndarray, np.ndarray], estimate: tuple[np.ndarray, np.ndarray], blend: BlendType
) -> LayerError:
    """Alpha and colour error between two layers given as (emission, transmission), float H x W x 3.

    Both go through the one canonical choice in the TRUE blend type, so that equal effect on the picture means equal
    alpha and colour. Alpha is compared where either layer is there, colour where both are plainly there.
    """
    alpha, colour = canonical(*truth, blend)
    other_alpha, other_colour = canonical(*estimate, blend)
    there = np.maximum(alpha, other_alpha)[..., 0] > SEEN
    both = np.minimum(alpha, other_alpha)[..., 0] > COLOURED
    alpha_error = float(np.abs(alpha - other_alpha)[there].mean()) if there.any() else 0.0
    colour_error = 255 * float(np.abs(colour - other_colour)[both].mean()) if both.any() else float("nan")
    return alpha_error, colour_error


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error: |confidence - share right| per bin, weighted by its size (Guo et al., 2017)."""
    if len(confidence) == 0:
        return float("nan")
    number = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [(number == b).mean() * abs(confidence[number == b].mean() - right[number == b].mean()) for b in set(number)]
    return float(sum(gaps))
