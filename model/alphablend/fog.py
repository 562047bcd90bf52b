"""Fog, haze and smoke: light scattered into the line of sight, thicker with distance.

Knows nothing of the picture below; depth is invented.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .dice import Dice
from .overlay import BLENDS, Overlay, blends
from .shapes import coverage, turned
from .textures import wrapped
from .view import View

__all__ = ["fog"]


def drift(view: View, banks: Banks, dice: Dice, low: float, high: float) -> Tensor:
    """(n, H, W) of 0..1: billowing noise whose texture spans `low` to `high` short sides, turned anyhow."""
    n = len(view)
    x, y = turned(view.x, view.y, dice.uniform(n, -0.5, 0.5))
    span = dice.log_uniform(n, low, high)
    u, v = x / span + dice.uniform(n), y / span + dice.uniform(n)
    return wrapped(banks.noise, dice.pick(n, len(banks.noise)), u, v)


def _depth(view: View, dice: Dice) -> Tensor:
    """(n, H, W), 0 near to 1 far: even, a ramp towards anywhere (upwards most), or a horizon."""
    n = len(view)
    across, down = view.x / view.wide - 0.5, view.y / view.tall - 0.5
    up = torch.where(dice.chance(n, 0.7), dice.uniform(n, -0.4, 0.4), dice.uniform(n, -math.pi, math.pi))
    ramp = (0.5 - turned(across, down, up)[1]).clamp(0, 1.2)
    horizon = dice.uniform(n, -0.3, 0.3)
    reach = dice.log_uniform(n, 0.1, 0.5)
    ridge = torch.exp(-(((down - horizon) / reach) ** 2))
    shape = dice.weighted(n, (0.25, 0.5, 0.25))[:, None, None]
    return torch.where(shape == 0, torch.ones_like(ramp), torch.where(shape == 1, ramp, ridge))


def fog(view: View, banks: Banks, dice: Dice, strength: Tensor) -> Overlay:
    """alpha = 1 - exp(-density * depth), with drifting density; one airlight, faintly uneven."""
    n = len(view)
    smoke = dice.chance(n, 0.25)
    billows = drift(view, banks, dice, 0.7, 4)
    fine = drift(view, banks, dice, 0.3, 1.2)
    uneven = dice.uniform(n, 0.0, 1.0)
    density = (1 - uneven) + uneven * 2 * billows * (0.7 + 0.6 * fine)
    thick = -torch.log1p(-(0.2 + 0.68 * strength) * dice.uniform(n, 0.85, 1.05).clamp(max=1))
    haze = 1 - torch.exp(-thick * (0.25 + 0.75 * _depth(view, dice)) * density)
    plume = coverage(0.62 * billows + 0.38 * fine - dice.uniform(n, 0.35, 0.6), dice.uniform(n, 0.15, 0.5) + 0 * fine)
    alpha = torch.where(smoke, plume * (0.3 + 0.6 * strength) * (0.6 + 0.4 * fine), haze).clamp(0, 0.97)
    light = torch.where(smoke & dice.chance(n, 0.5), dice.uniform(n, 0.05, 0.5), dice.uniform(n, 0.55, 1.0))[..., None]
    tint = torch.where(dice.chance(n, 0.12), 0.3, 0.06)[..., None] * (dice.colours(n, -1, 1))
    glow = (drift(view, banks, dice, 2, 6) - 0.5) * dice.uniform(n, 0, 0.12)
    colour = (light + tint + glow[:, None]).clamp(0, 1)
    screen = BLENDS.index(BlendType.SCREEN)
    blend = blends(dice, n, {BlendType.NORMAL: 0.93, BlendType.SCREEN: 0.07})
    bright = torch.where((blend == screen)[:, None, None, None], colour.clamp(min=0.5), colour)
    return Overlay(alpha[:, None], bright, blend)
