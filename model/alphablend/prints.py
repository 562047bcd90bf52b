"""Other photographs as foreground: laid over as a picture, or out of focus as a scene.

Knows nothing of the picture below.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .overlay import Overlay, blends
from .photobank import lookup
from .rng import Rng
from .shapes import coverage, rotated, silhouette
from .view import View

__all__ = ["photograph", "scene"]

_BLENDS = {BlendType.NORMAL: 0.7, BlendType.SCREEN: 0.15, BlendType.MULTIPLY: 0.15}


def scene(x: Tensor, y: Tensor, pixel: Tensor, banks: Banks, rng: Rng) -> Tensor:
    """(n, 3, H, W): random photographs looked up at x, y (n, H, W), where their short side is 1, mirrored beyond.

    pixel (n, 1, 1) is the side of a pixel in x and y, by which the level is chosen.
    """
    number = torch.from_numpy(rng.host.integers(len(banks.photographs), size=len(x))).to(x.device)
    return lookup(banks.photographs, number, x, y, pixel)


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
