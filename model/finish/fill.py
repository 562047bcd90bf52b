"""A background for places where nothing shines through: filled smoothly from around (pull-push).

Gortler et al., "The Lumigraph", 1996, section 3.4: averages of what is known are pulled up a pyramid, and
pushed down into what is not. Smooth and without seams; it invents no texture. Knows nothing of layers.
"""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["pull_push"]


def pull_push(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """`values` (h x w x 3 float32) kept where `weight` (h x w, 0..1) is 1, filled in from around where it is 0."""
    if min(weight.shape) == 1 or weight.min() >= 1:
        total = float(weight.sum())
        average = (values * weight[..., None]).sum(axis=(0, 1)) / total if total > 0 else values.mean(axis=(0, 1))
        return values * weight[..., None] + (1 - weight[..., None]) * average.astype(np.float32)
    small = ((weight.shape[1] + 1) // 2, (weight.shape[0] + 1) // 2)
    mass = cv2.resize(weight, small, interpolation=cv2.INTER_AREA)
    summed = cv2.resize(values * weight[..., None], small, interpolation=cv2.INTER_AREA)
    below = pull_push(summed / np.maximum(mass, 1e-6)[..., None], np.minimum(1, mass * 4))
    around = cv2.resize(below, weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return values * weight[..., None] + around * (1 - weight[..., None])
