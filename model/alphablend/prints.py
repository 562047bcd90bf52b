"""Other photographs as foreground: laid over as a picture, or out of focus as a scene.

Knows nothing of the picture below.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .dice import Dice
from .overlay import Overlay, blends
from .shapes import coverage, silhouette, turned
from .textures import tap
from .view import View

__all__ = ["photograph", "scene"]

_BLENDS = {BlendType.NORMAL: 0.7, BlendType.SCREEN: 0.15, BlendType.MULTIPLY: 0.15}


def _mirrored(x: Tensor, length: int) -> Tensor:
    """Coordinates folded back into 0..length."""
    return length - (torch.remainder(x, 2 * length) - length).abs()


def scene(x: Tensor, y: Tensor, pixel: Tensor, banks: Banks, dice: Dice) -> Tensor:
    """(n, 3, H, W): random photographs looked up at x, y (n, H, W), where their short side is 1, mirrored beyond.

    pixel (n, 1, 1) is the side of a pixel in x and y, by which the level is chosen.
    """
    sides = (1 / pixel).reshape(-1).tolist()
    first = torch.zeros(1, dtype=torch.long, device=x.device)
    pieces = []
    for i, number in enumerate(dice.host.integers(len(banks.photographs), size=len(x))):
        levels = banks.photographs[number].levels
        fitting = [level for level in levels if min(level.shape[1:]) >= sides[i] * 0.9]
        level = fitting[-1] if fitting else levels[0]
        short = min(level.shape[1:])
        h, w = level.shape[1:]
        u, v = _mirrored(x[i : i + 1] * short, w), _mirrored(y[i : i + 1] * short, h)
        pieces.append(tap(level[None], first, u, v))
    return torch.cat(pieces) / 255


def photograph(view: View, banks: Banks, dice: Dice, strength: Tensor) -> Overlay:
    """Another photograph laid over, in a frame of any shape with a hard or soft edge."""
    n = len(view)
    size = dice.log_uniform(n, 0.3, 1.5)
    x = view.x - view.left - dice.uniform(n) * view.width
    y = view.y - view.top - dice.uniform(n) * view.height
    x, y = turned(x / size, y / size, dice.uniform(n, -0.3, 0.3) * dice.chance(n, 0.5))
    distance = silhouette(banks.icons, dice, x, y, 0.0, ("ellipse", "box", "box", "polygon"))(x, y)
    soft = torch.where(dice.chance(n, 0.4), dice.log_uniform(n, 0.02, 0.4), view.pixel / size)
    laid = scene(x + 0.5, y + 0.5, view.pixel / size, banks, dice)
    opacity = 0.15 + 0.65 * strength
    return Overlay((coverage(distance, soft) * opacity)[:, None], laid, blends(dice, n, _BLENDS))
