"""A shadow under a hint, or anything else that only absorbs light: a multiply layer.

Without the shadow the low frequencies within the hint would continue those around it; their ratio is the transmission.
Detail is scaled with it. On the rim the transmission is estimated pixel by pixel, because hints and shadows differ in
softness.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.crop import Crop
from ..imaging.pyramid import membrane
from ..types import BlendType, Estimate
from .config import DEFAULT, ClassicConfig

__all__ = ["shadow"]


def shadow(crop: Crop, config: ClassicConfig = DEFAULT) -> Estimate | None:
    """The shadow under `crop.hint`, a multiply layer.

    Parameters
    ----------
    crop : Crop
        Its hint must be given.
    config : ClassicConfig
        Thresholds of the shadow.

    Returns
    -------
    Estimate, or None where nothing under the hint is darker than its surroundings, or the hint covers everything
    """
    assert crop.hint is not None
    hinted = crop.hint > 0.25
    outside = cv2.dilate(hinted.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    if not hinted.any() or not outside.any():
        return None
    depth = cv2.distanceTransform(hinted.astype(np.uint8), cv2.DIST_L2, 3)
    # The scale of the low frequencies follows the hint: fine for a thin bar, coarse for a large cloud.
    sigma = float(np.clip(depth.max() / 4, 2, max(crop.shape) / 20))
    core = depth > min(config.shadow_rim, depth.max() / 2)
    inside = _smoothed(crop.pixels, core, sigma)
    around = membrane(_smoothed(crop.pixels, outside, sigma), outside, ~outside)
    transmission = np.clip(inside / np.clip(around, 0.02, 1), config.shadow_min_transmission, 1)
    transmission = np.where(core[..., None], transmission, _measured(crop.pixels, core, outside, transmission))
    transmission[outside] = 1
    if transmission.min() > 0.97:
        return None
    return crop.estimate(np.zeros(3, np.float32), transmission, 1 - transmission.min(axis=2), BlendType.MULTIPLY, 0.6)


def _measured(pixels: np.ndarray, core: np.ndarray, outside: np.ndarray, transmission: np.ndarray) -> np.ndarray:
    """The transmission of each pixel of the rim, between that of the core and 1; h x w x 3."""
    known = core | outside
    solved = np.where(core[..., None], pixels / transmission, pixels)
    around = _smoothed(solved, known, 3.0)
    share = cv2.GaussianBlur(pixels, (0, 0), 0.8) / np.clip(around, 0.02, 1)
    return np.clip(share, transmission, 1)


def _smoothed(pixels: np.ndarray, where: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian mean over the pixels of `where` alone; float32 h x w x 3."""
    weight = where.astype(np.float32)
    mean = cv2.GaussianBlur(pixels * weight[..., None], (0, 0), sigma)
    return mean / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-4)[..., None]
