"""The same background through a layer of another blend type. Knows nothing of how either was found."""

from __future__ import annotations

import numpy as np

from ..blending import canonical
from ..imaging.crop import Crop
from ..types import BlendType, Estimate

__all__ = ["retyped"]


def retyped(crop: Crop, layer: Estimate, blend: BlendType) -> Estimate:
    """An estimate of type `blend` that leaves the background of `layer`, as far as that type can: a screen or add
    layer cannot darken, a multiply layer cannot brighten.
    """
    light, let = layer.emission.astype(np.float32), layer.transmission.astype(np.float32)
    z = crop.pixels
    y = np.clip((z - light) / np.maximum(let, 0.02), 0, 1)
    match blend:
        case BlendType.NORMAL:
            alpha = 1 - let.min(axis=2, keepdims=True)
            light, let = z - (1 - alpha) * y, np.repeat(1 - alpha, 3, axis=2)
        case BlendType.MULTIPLY:
            light, let = 0 * z, np.clip(z / np.maximum(y, 0.02), 0, 1)
        case BlendType.SCREEN:
            light = np.clip((z - y) / np.maximum(1 - y, 0.02), 0, 1)
            let = 1 - light
        case BlendType.ADD:
            light, let = np.clip(z - y, 0, 1), np.ones_like(z)
    alpha, _ = canonical(light, let, blend)
    return crop.estimate(light, let, alpha[..., 0], blend, layer.confidence)
