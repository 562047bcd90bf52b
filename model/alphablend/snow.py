"""Snow and dirt: flakes, dust, scratches, splashes and stains.

Knows nothing of the picture below.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .dice import Dice
from .fog import drift
from .overlay import BLENDS, Overlay
from .shapes import coverage, turned
from .textures import wrapped
from .view import View

__all__ = ["dirt", "flakes", "stain"]


def _discs(view: View, banks: Banks, dice: Dice, low: float, high: float) -> Tensor:
    """(n, H, W) of 0..1: one depth of discs, whose texture spans low..high times what keeps a texel a pixel."""
    n = len(view)
    span = 512 * view.pixel * dice.log_uniform(n, low, high)
    x, y = turned(view.x, view.y, dice.uniform(n, -1.5, 1.5))
    u, v = x / span + dice.uniform(n), y / (span * dice.uniform(n, 0.9, 1.8)) + dice.uniform(n)
    return wrapped(banks.discs, dice.pick(n, len(banks.discs)), u, v)


def flakes(view: View, banks: Banks, dice: Dice, strength: Tensor) -> Overlay:
    """White flakes of three depths, the near ones large and out of focus."""
    n = len(view)
    far, middle = _discs(view, banks, dice, 0.5, 0.9), _discs(view, banks, dice, 0.9, 2.0)
    near = _discs(view, banks, dice, 2.5, 6) * dice.uniform(n, 0.2, 0.8) * dice.chance(n, 0.4)
    clear = (1 - far * dice.chance(n, 0.8)) * (1 - middle) * (1 - near)
    alpha = (1 - clear) * (0.3 + 0.65 * strength)
    alpha = alpha + (1 - alpha) * dice.uniform(n, 0, 0.2) * dice.chance(n, 0.3)
    light = (dice.uniform(n, 0.85, 1)[..., None] + dice.colours(n, -0.04, 0.04)).clamp(0, 1)
    normal, screen = BLENDS.index(BlendType.NORMAL), BLENDS.index(BlendType.SCREEN)
    return Overlay(alpha[:, None], light, torch.where(dice.chance(n, 0.75), normal, screen).reshape(-1))


def _earth(dice: Dice, n: int, low: float, high: float) -> Tensor:
    """(n, 3, 1, 1): browns, ochres, grays."""
    light = dice.uniform(n, low, high)[..., None]
    warm = torch.tensor([1.1, 0.95, 0.75], device=dice.device).view(1, 3, 1, 1)
    colour = light * torch.lerp(torch.ones_like(warm), warm, dice.uniform(n)[..., None])
    return (colour + dice.colours(n, -0.05, 0.05)).clamp(0, 1)


def _mode(dice: Dice, n: int, multiply: float) -> Tensor:
    modes = BLENDS.index(BlendType.MULTIPLY), BLENDS.index(BlendType.NORMAL)
    return torch.where(dice.chance(n, multiply), *modes).reshape(-1)


def dirt(view: View, banks: Banks, dice: Dice, strength: Tensor) -> Overlay:
    """Specks, dust and scratches, of film and of glass: dark ones multiply, dust covers."""
    n = len(view)
    specks = coverage(_discs(view, banks, dice, 0.6, 2.5) - dice.uniform(n, 0.3, 0.6), dice.uniform(n, 0.1, 0.5))
    x, y = turned(view.x, view.y, dice.uniform(n, -1.6, 1.6))
    bend = (drift(view, banks, dice, 0.5, 2) - 0.5) * dice.uniform(n, 0, 0.3)
    span = 512 * view.pixel * dice.log_uniform(n, 0.8, 2)
    texture = dice.pick(n, len(banks.streaks))
    scratches = wrapped(banks.streaks, texture, (x + bend) / span, y / (span * dice.uniform(n, 1, 5)))
    grime = coverage(drift(view, banks, dice, 0.2, 1) - dice.uniform(n, 0.4, 0.8), dice.uniform(n, 0.2, 0.6))
    seen = torch.maximum(specks, scratches * dice.chance(n, 0.5))
    seen = torch.maximum(seen, grime * dice.uniform(n, 0, 0.5) * dice.chance(n, 0.5))
    dark = dice.chance(n, 0.65)
    ink = torch.where(dark[..., None], _earth(dice, n, 0.05, 0.5), _earth(dice, n, 0.7, 1))
    blend = _mode(dice, n, 0.6)
    normal = torch.full_like(blend, BLENDS.index(BlendType.NORMAL))
    blend = torch.where(dark.reshape(-1), blend, normal)
    return Overlay((seen * (0.3 + 0.65 * strength))[:, None], ink, blend)


def stain(view: View, banks: Banks, dice: Dice, strength: Tensor) -> Overlay:
    """Dried liquid: blots and rings with a darker rim, tinted, mostly multiplied."""
    n = len(view)
    wobble = drift(view, banks, dice, 0.4, 2)
    x = view.x - view.left - dice.uniform(n) * view.width
    y = view.y - view.top - dice.uniform(n) * view.height
    radius = dice.log_uniform(n, 0.08, 0.6)
    around = radius - torch.sqrt(x * x + y * y + 1e-9) + (wobble - 0.5) * radius * dice.uniform(n, 0.05, 0.6)
    blot = (wobble - dice.uniform(n, 0.45, 0.75)) * dice.uniform(n, 0.2, 0.8)
    depth = torch.where(dice.chance(n, 0.6), around, blot)
    rim_width = dice.log_uniform(n, 0.006, 0.05)
    inside = coverage(depth, torch.maximum(dice.log_uniform(n, 0.004, 0.08), view.pixel))
    rim = torch.exp(-((depth / rim_width - 1) ** 2)) * dice.uniform(n, 0.3, 1)
    fill = dice.uniform(n, 0.25, 0.95) * (0.6 + 0.8 * drift(view, banks, dice, 0.2, 1))
    seen = torch.maximum(inside * fill, rim * inside).clamp(0, 1)
    blend = _mode(dice, n, 0.75)
    wine = torch.where(dice.chance(n, 0.4)[..., None], dice.colours(n, 0.05, 0.7), _earth(dice, n, 0.2, 0.65))
    return Overlay((seen * (0.5 + 0.5 * strength))[:, None], wine, blend)
