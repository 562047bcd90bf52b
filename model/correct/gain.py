"""How much stronger a layer must be so that nothing of it is left in the background.

The picture is z = y + g u with u = a (c - b), the layer as it is over the backdrop b without detail, and y of course
not looking like u. So g is the slope of the picture against u, by least squares in the neighbourhood of each pixel,
what is smooth taken away from both: 1 where the layer is right, more where a ghost remains, less where it was
taken off too much. Knows nothing of brushes.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..types import BlendType
from .patch import Patch

__all__ = ["gain_near", "gain_of", "sums"]

SMOOTH = 7.0
"""Pixels (sigma): what is smoother belongs to the picture, not to the edges of the layer."""

NEAR = 24.0
"""Pixels (sigma) over which one gain is looked for."""

PRIOR = 2e-5
"""Ridge towards 1: variance of u below which there is nothing to go by."""

LIMITS = 0.0, 4.0


def gain_near(patch: Patch, colour: np.ndarray | None = None) -> np.ndarray:
    """h x w float32: the gain of the layer's alpha at each pixel; 1 where there is no layer. See `sums`."""
    return _ratio(*(cv2.GaussianBlur(x, (0, 0), NEAR) for x in sums(patch, colour)))


def gain_of(parts: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """One gain for a whole layer, from the `sums` of samples of it."""
    against = float(sum(x.sum(dtype=np.float64) for x, _ in parts))
    itself = float(sum(x.sum(dtype=np.float64) for _, x in parts))
    return float(np.clip(against / itself, *LIMITS)) if itself > 0 else 1.0


def sums(patch: Patch, colour: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(z u, u u) at each pixel, summed over channels: their sums' ratio is the gain.

    colour: 3 x h x w or 3 x 1 x 1, in place of the layer's own.
    """
    u = _shape(patch, colour)
    against, itself = np.zeros_like(u[0]), np.zeros_like(u[0])
    for plane, light in zip(patch.picture, u, strict=True):
        detail = light - cv2.GaussianBlur(light, (0, 0), SMOOTH)
        against += detail * (plane - cv2.GaussianBlur(plane, (0, 0), SMOOTH))
        itself += detail * detail
    return against, itself


def _shape(patch: Patch, colour: np.ndarray | None) -> np.ndarray:
    """u = f + (T - 1) b: what the layer as it is does to a backdrop without detail; 3 x h x w."""
    b = _plain(patch)
    if colour is None:
        light, let = patch.light
        return light + (let - 1) * b
    alpha = patch.cover[0]
    match patch.blend:
        case BlendType.NORMAL:
            return alpha * (colour - b)
        case BlendType.MULTIPLY:
            return alpha * (colour - 1) * b
        case BlendType.SCREEN:
            return alpha * colour * (1 - b)
        case BlendType.ADD:
            return alpha * colour


def _plain(patch: Patch) -> np.ndarray:
    """The backdrop without detail, going by where little lies over it."""
    clear = 1 - patch.cover[0]
    weight = clear * clear + np.float32(1e-3)
    mass = cv2.GaussianBlur(weight, (0, 0), SMOOTH)
    return np.stack([cv2.GaussianBlur(plane * weight, (0, 0), SMOOTH) / mass for plane in patch.below])


def _ratio(against: np.ndarray, itself: np.ndarray) -> np.ndarray:
    return np.clip((against + np.float32(PRIOR)) / (itself + np.float32(PRIOR)), *LIMITS).astype(np.float32)
