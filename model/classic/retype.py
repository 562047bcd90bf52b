"""Converts an estimate to another blend type over the same background."""

from __future__ import annotations

import numpy as np

from ..blending import canonical
from ..imaging.crop import Crop
from ..types import BlendType, Estimate

__all__ = ["retyped"]


def retyped(crop: Crop, layer: Estimate, blend: BlendType) -> Estimate:
    """An estimate of another blend type with the background of `layer`.

    Exact where that type can produce the composite: a screen or add layer cannot darken, a multiply layer cannot
    brighten.

    Parameters
    ----------
    crop : the composite
    layer : on the grid of `crop`
    blend : the wanted type
    """
    emission, transmission = layer.emission.astype(np.float32), layer.transmission.astype(np.float32)
    z = crop.pixels
    y = np.clip((z - emission) / np.maximum(transmission, 0.02), 0, 1)
    match blend:
        case BlendType.NORMAL:
            alpha = 1 - transmission.min(axis=2, keepdims=True)
            emission, transmission = z - (1 - alpha) * y, np.repeat(1 - alpha, 3, axis=2)
        case BlendType.MULTIPLY:
            emission, transmission = 0 * z, np.clip(z / np.maximum(y, 0.02), 0, 1)
        case BlendType.SCREEN:
            emission = np.clip((z - y) / np.maximum(1 - y, 0.02), 0, 1)
            transmission = 1 - emission
        case BlendType.ADD:
            emission, transmission = np.clip(z - y, 0, 1), np.ones_like(z)
    alpha, _ = canonical(emission, transmission, blend)
    return crop.estimate(emission, transmission, alpha[..., 0], blend, layer.confidence)
