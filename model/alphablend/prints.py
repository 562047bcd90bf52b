"""Other photographs as foreground: laid over as a picture, or out of focus as a scene.

Knows nothing of the picture below.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .overlay import Overlay, blends
from .rng import Rng
from .shapes import coverage, rotated, silhouette
from .textures import bilinear_lookup
from .view import View

__all__ = ["photograph", "scene"]

_BLENDS = {BlendType.NORMAL: 0.7, BlendType.SCREEN: 0.15, BlendType.MULTIPLY: 0.15}


def _mirrored(x: Tensor, length: int) -> Tensor:
    """Coordinates folded back into 0..length."""
    return length - (torch.remainder(x, 2 * length) - length).abs()


def scene(x: Tensor, y: Tensor, pixel: Tensor, banks: Banks, rng: Rng) -> Tensor:
    """(n, 3, H, W): random photographs looked up at x, y (n, H, W), where their short side is 1, mirrored beyond.

    pixel (n, 1, 1) is the side of a pixel in x and y, by which the level is chosen.
    """
    sides = (1 / pixel).reshape(-1).tolist()
    first = torch.zeros(1, dtype=torch.long, device=x.device)
    pieces = []
    for i, number in enumerate(rng.host.integers(len(banks.photographs), size=len(x))):
        levels = banks.photographs[number].levels
        fitting = [level for level in levels if min(level.shape[1:]) >= sides[i] * 0.9]
        level = fitting[-1] if fitting else levels[0]
        short = min(level.shape[1:])
        h, w = level.shape[1:]
        u, v = _mirrored(x[i : i + 1] * short, w), _mirrored(y[i : i + 1] * short, h)
        pieces.append(bilinear_lookup(level[None], first, u, v))
    return torch.cat(pieces) / 255


def photograph(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Another photograph laid over, in a frame of any shape with a hard or soft edge."""
    n = len(view)
    size = rng.log_uniform(n, 0.3, 1.5)
    x = view.x - view.left - rng.uniform(n) * view.width
    y = view.y - view.top - rng.uniform(n) * view.height
    x, y = rotated(x / size, y / size, rng.uniform(n, -0.3, 0.3) * rng.chance(n, 0.5))
    distance = silhouette(banks.icons, rng, x, y, 0.0, ("ellipse", "box", "box", "polygon"))(x, y)
    soft = torch.where(rng.chance(n, 0.4), rng.log_uniform(n, 0.02, 0.4), view.pixel / size)
    laid = scene(x + 0.5, y + 0.5, view.pixel / size, banks, rng)
    opacity = 0.15 + 0.65 * strength
    return Overlay((coverage(distance, soft) * opacity)[:, None], laid, blends(rng, n, _BLENDS))
