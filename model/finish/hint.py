"""How far from the user's hint a layer may reach.

A hint says where the foreground is. An engine that looks at the whole picture finds more of the same far away, such as
the printed letters of a scan whose stamp was marked, and would take them off as well.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.boxes import bounding_box
from ..imaging.resample import scaled_size
from .config import FinishConfig

__all__ = ["hint_neighbourhood", "limited_selection"]

MAX_PIXELS = 1 << 20
"""The distance to the hint is worked out on a reduced copy of at most this many pixels."""


def limited_selection(hint: np.ndarray, selection: np.ndarray | None, config: FinishConfig) -> np.ndarray:
    """The selection, limited to the neighbourhood of the hint; uint8 H x W."""
    near = hint_neighbourhood(hint, config)
    return near if selection is None else np.minimum(near, selection)


def hint_neighbourhood(hint: np.ndarray, config: FinishConfig) -> np.ndarray:
    """Where a layer may be that the user marked.

    Parameters
    ----------
    hint : uint8 H x W
    config : FinishConfig
        Its `hint_margin` and `hint_margin_share`: the margin is the larger of so many pixels and this share of the
        longer side of the hint's bounding box.

    Returns
    -------
    uint8 H x W
        255 up to the margin from the hint, falling to 0 at one and a half margins; 255 everywhere for an empty hint.
    """
    height, width = hint.shape
    scale = min(1.0, (MAX_PIXELS / hint.size) ** 0.5)
    size = scaled_size((width, height), scale)
    marked = cv2.resize(hint, size, interpolation=cv2.INTER_AREA)
    marked = (marked >= 0.5 * marked.max()) & (marked > 0)
    box = bounding_box(marked)
    if box is None:
        return np.full_like(hint, 255)
    margin = max(config.hint_margin * scale, config.hint_margin_share * max(box[2:]))
    distance = cv2.distanceTransform((~marked).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    near = np.clip(255 * (1.5 - distance / margin) / 0.5, 0, 255).astype(np.uint8)
    return cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR)
