"""How much stronger a layer must be, and how its rim must run, so that nothing of it is left in the background.

The picture is z = y + g u with u = a (c - b), the layer as it is over the backdrop b without detail, and y of course
not looking like u. So g is the slope of the picture against u, by least squares in the neighbourhood of each pixel,
what is smooth taken away from both: 1 where the layer is right, more where a ghost remains, less where it was
taken off too much. The rim, where half a pixel decides, is then measured again, on the line from the backdrop around
it to what the layer would make of it. Knows nothing of brushes.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..blending import blended, emission_transmission
from ..types import BlendType
from .cover import Cover, cover_near
from .patch import Patch, most_alpha

__all__ = ["gain_near", "gain_of", "matched", "sums"]

SMOOTH = 7.0
"""Pixels (sigma): what is smoother belongs to the picture, not to the edges of the layer."""

NEAR = 24.0
"""Pixels (sigma) over which one gain is looked for."""

PRIOR = 2e-5
"""Ridge towards 1: variance of u below which there is nothing to go by."""

LIMITS = 0.0, 4.0

ACROSS = 2.5
"""Pixels (sigma) across a rim from which the backdrop on it is taken."""


def gain_near(patch: Patch, colour: np.ndarray | None = None) -> np.ndarray:
    """h x w float32: the gain of the layer's alpha at each pixel; 1 where there is no layer. See `sums`."""
    return _ratio(*(cv2.GaussianBlur(x, (0, 0), NEAR) for x in sums(patch, colour)))


def matched(patch: Patch, cover: Cover) -> tuple[np.ndarray, np.ndarray]:
    """Canonical (alpha h x w, colour 3 x h x w), 0..1, that leave no ghost: the gain near by, and the rim measured."""
    alpha, colour = patch.cover
    most = most_alpha(patch.picture, colour, patch.blend)
    alpha = np.clip(alpha * gain_near(patch), 0, np.maximum(alpha, most))
    tint, opacity = cover_near(alpha, colour, cover)
    rim = _rim(alpha, opacity)
    colour = colour + (tint - colour) * rim
    light, let = emission_transmission(alpha[None], colour, patch.blend)
    below = np.clip((patch.picture - light) / np.maximum(let, 0.05), 0, 1)
    known = np.clip(1 - 2 * rim, 0, 1) * np.clip(let.min(axis=0) * 4, 0, 1) + np.float32(1e-4)
    mass = cv2.GaussianBlur(known, (0, 0), ACROSS)
    around = np.stack([cv2.GaussianBlur(plane * known, (0, 0), ACROSS) / mass for plane in below])
    line = blended(colour, around, patch.blend) - around
    length = (line * line).sum(axis=0)
    measured = ((patch.picture - around) * line).sum(axis=0) / np.maximum(length, 1e-4)
    sure = rim * length / (length + np.float32(0.01))
    return alpha + sure * (np.clip(measured, 0, np.minimum(1.05 * opacity, 1)) - alpha), colour


def _rim(alpha: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """h x w, 0..1: where alpha changes from one pixel to the next by a good part of the layer's opacity."""
    square = np.ones((3, 3), np.uint8)
    steep = (cv2.dilate(alpha, square) - cv2.erode(alpha, square)) / np.maximum(opacity, 0.02)
    return cv2.dilate(np.clip(2.5 * steep - 0.25, 0, 1), square)


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
