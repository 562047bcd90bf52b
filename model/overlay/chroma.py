"""Planes at half resolution, as most JPEG files (4:2:0) store colours.

The mean of 2 x 2 pixels is stored, and enlarged by a triangle again (libjpeg's "fancy upsampling"). Where brightness is
halved as well, little is left of what JPEG changes: it is mostly high frequencies. Knows nothing of overlays.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.luma import LUMA
from ..types import Box

__all__ = ["MARGIN", "halve", "with_halved_luma"]

MARGIN = 4
"""Pixels around a rectangle from which its halved planes are made."""


def halve(planes: np.ndarray, box: Box) -> np.ndarray:
    """h x w x c over `box`, of planes over `box` and MARGIN pixels around it: as stored at half resolution.

    The pairs of pixels begin at even coordinates of the picture.
    """
    x, y, w, h = box
    left, top = (x - MARGIN) % 2, (y - MARGIN) % 2
    even = planes[top:, left:]
    even = even[: even.shape[0] // 2 * 2, : even.shape[1] // 2 * 2]
    small = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    # OpenCV's linear interpolation at exactly 2 has libjpeg's weights, 3/4 and 1/4.
    large = cv2.resize(small, (even.shape[1], even.shape[0]), interpolation=cv2.INTER_LINEAR)
    return large.reshape(*large.shape[:2], -1)[MARGIN - top :, MARGIN - left :][:h, :w]


def with_halved_luma(crop: np.ndarray, box: Box) -> np.ndarray:
    """h x w x 3 of a picture over `box`, whose brightness is as its colours are. crop: with MARGIN around it."""
    luma = crop @ LUMA
    inner = np.s_[MARGIN : MARGIN + box[3], MARGIN : MARGIN + box[2]]
    return crop[inner] + (halve(luma[..., None], box) - luma[inner][..., None])
