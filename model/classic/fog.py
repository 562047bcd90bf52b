"""Fog, haze and smoke by the dark channel prior: an airlight of one colour whose opacity grows with distance.

z = A (1 - t) + t y. The airlight A and transmission t follow from the prior (He, Sun, Tang, "Single image haze removal
using dark channel prior", 2009) that in a clear photograph nearly every small window holds a pixel that is dark in
some channel.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.crop import Crop
from ..imaging.guided_filter import guided_filter
from ..types import BlendType, Estimate
from .config import DEFAULT, ClassicConfig

__all__ = ["dark_channel", "fog", "haze"]


def dark_channel(pixels: np.ndarray, radius: int) -> np.ndarray:
    """The smallest value of any channel within a square window around every pixel.

    Parameters
    ----------
    pixels : float32 h x w x 3, 0..1
    radius : pixels
        The window has a side of 2 radius + 1.

    Returns
    -------
    float32 h x w
    """
    return cv2.erode(pixels.min(axis=2), np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))


def haze(crop: Crop) -> float:
    """A measure of fog, 0..1: the second percentile of the dark channel."""
    dark = dark_channel(crop.pixels, _radius(crop))
    return float(np.percentile(dark, 2))


def fog(crop: Crop, config: ClassicConfig = DEFAULT) -> Estimate:
    """The fog over `crop` as a normal layer of one colour.

    Parameters
    ----------
    crop : Crop
    config : ClassicConfig
        Thresholds of the fog.

    Returns
    -------
    Estimate
        Transmission falls as the dark channel rises, at least `fog_min_transmission`; the confidence rises with
        `haze`, up to 0.9.
    """
    radius = _radius(crop)
    dark = dark_channel(crop.pixels, radius)
    airlight = _airlight(crop.pixels, dark)
    relative = dark_channel(crop.pixels / airlight, radius)
    gray = crop.pixels.mean(axis=2)
    # A bright wall has no dark pixel either: mixed with a quantile of the picture, it is not all taken for fog.
    local, whole = guided_filter(gray, relative, 4 * radius, 1e-3), np.quantile(relative, config.fog_quantile)
    thickness = config.fog_local_weight * local + (1 - config.fog_local_weight) * whole
    transmission = np.clip(1 - config.fog_strength * thickness, config.fog_min_transmission, 1)[..., None]
    alpha = 1 - transmission
    return crop.estimate(
        alpha * airlight, transmission, alpha[..., 0], BlendType.NORMAL, min(0.9, 0.3 + 2 * haze(crop))
    )


def _radius(crop: Crop) -> int:
    return max(2, round(min(crop.shape) / 24))


def _airlight(pixels: np.ndarray, dark: np.ndarray) -> np.ndarray:
    """The colour of the thickest fog, moved a fifth of the way to nearly white of the same tint.

    Even the haziest pixels transmit some of the scene, which darkens them: their median alone is too dark.
    """
    haziest = dark >= np.quantile(dark, 0.998)
    seen = np.clip(np.median(pixels[haziest], axis=0), 0.3, 1)
    return np.clip(0.8 * seen + 0.2 * 0.95 * seen / seen.mean(), 0.3, 1).astype(np.float32)
