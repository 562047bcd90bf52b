"""A hinted shadow, or anything that only absorbs light. Knows nothing of marks that have a colour of their own.

Within the hint the broad brightness should continue what lies around it: the share it has of that is what the
shadow lets through. Detail is left as it is, scaled. On the rim the share is measured pixel by pixel, because
hints and shadows are never equally soft.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.crop import Crop
from ..imaging.pyramid import membrane
from ..types import BlendType, Estimate

__all__ = ["shadow"]

_DARKEST = 0.08  # a shadow is believed to let at least this much through
_RIM = 5  # pixels inside the hint's outline where the share is measured


def shadow(view: Crop) -> Estimate | None:
    """What darkens the picture under `view.hint`; None where nothing there is darker than around."""
    assert view.hint is not None
    hinted = view.hint > 0.25
    beside = cv2.dilate(hinted.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    if not hinted.any() or not beside.any():
        return None
    depth = cv2.distanceTransform(hinted.astype(np.uint8), cv2.DIST_L2, 3)
    # The reach of "broad" follows the hint: a thin bar is judged finely, a large cloud coarsely.
    sigma = float(np.clip(depth.max() / 4, 2, max(view.shape) / 20))
    core = depth > min(_RIM, depth.max() / 2)
    inside = _smoothed(view.pixels, core, sigma)
    around = membrane(_smoothed(view.pixels, beside, sigma), beside, ~beside)
    let = np.clip(inside / np.clip(around, 0.02, 1), _DARKEST, 1)
    let = np.where(core[..., None], let, _measured(view.pixels, core, beside, let))
    let[beside] = 1
    if let.min() > 0.97:
        return None
    return view.estimate(np.zeros(3, np.float32), let, 1 - let.min(axis=2), BlendType.MULTIPLY, 0.6)


def _measured(pixels: np.ndarray, core: np.ndarray, beside: np.ndarray, let: np.ndarray) -> np.ndarray:
    """What each pixel of the rim lets through, between that of the core and everything; h x w x 3."""
    known = core | beside
    solved = np.where(core[..., None], pixels / let, pixels)
    around = _smoothed(solved, known, 3.0)
    share = cv2.GaussianBlur(pixels, (0, 0), 0.8) / np.clip(around, 0.02, 1)
    return np.clip(share, let, 1)


def _smoothed(pixels: np.ndarray, where: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian mean over the pixels of `where` alone; float32 h x w x 3."""
    weight = where.astype(np.float32)
    mean = cv2.GaussianBlur(pixels * weight[..., None], (0, 0), sigma)
    return mean / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-4)[..., None]
