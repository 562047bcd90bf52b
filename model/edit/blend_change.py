"""The same background through a layer of another blend type.

A screen or add layer cannot darken and a multiply layer cannot brighten: there the background gives way. Knows nothing
of levels.
"""

from __future__ import annotations

import numpy as np

from ..blending import canonical
from ..types import BlendType
from .patch import Patch

__all__ = ["fit_blend_type"]


def fit_blend_type(patch: Patch, blend: BlendType) -> tuple[np.ndarray, np.ndarray]:
    """Canonical (alpha h x w, colour 3 x h x w), 0..1, of a layer of type `blend` over the patch's backdrop.

    Nothing where the patch has nothing.
    """
    z, y, least = patch.picture, patch.below, patch.config.least_quotient
    transmission = patch.emission_and_transmission[1]
    match blend:
        case BlendType.NORMAL:
            # At least as opaque as some colour of 0..1 needs to be to turn y into z; else as the layer was.
            lighter = (z - y) / np.maximum(1 - y, least)
            darker = (y - z) / np.maximum(y, least)
            alpha = np.maximum(1 - transmission.min(axis=0), np.maximum(lighter, darker).max(axis=0)).clip(0, 1)
            colour = np.clip((z - (1 - alpha) * y) / np.maximum(alpha, least), 0, 1)
        case BlendType.MULTIPLY:
            kept = np.where(y < least, 1, np.clip(z / np.maximum(y, least), 0, 1))
            alpha, colour = _one(canonical(0 * z, kept, blend, axis=0))
        case BlendType.SCREEN:
            emission = np.where(y > 1 - least, 0, np.clip((z - y) / np.maximum(1 - y, least), 0, 1))
            alpha, colour = _one(canonical(emission, 1 - emission, blend, axis=0))
        case BlendType.ADD:
            alpha, colour = _one(canonical(np.clip(z - y, 0, 1), np.ones_like(z), blend, axis=0))
    return alpha * (patch.alpha > 0), colour


def _one(pair: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return pair[0][0], pair[1]
