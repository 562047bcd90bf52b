"""Fog, haze and smoke: light scattered into the line of sight, thicker with distance.

Knows nothing of the picture below; depth is invented.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .overlay import BLENDS, Overlay, blends
from .rng import Rng
from .shapes import coverage, rotated
from .textures import tiled_lookup
from .view import View

__all__ = ["fog"]


def fractal_noise(view: View, banks: Banks, rng: Rng, low: float, high: float) -> Tensor:
    """(n, H, W) of 0..1: billowing noise whose texture spans `low` to `high` short sides, turned anyhow."""
    n = len(view)
    x, y = rotated(view.x, view.y, rng.uniform(n, -0.5, 0.5))
    span = rng.log_uniform(n, low, high)
    u, v = x / span + rng.uniform(n), y / span + rng.uniform(n)
    return tiled_lookup(banks.noise, rng.pick(n, len(banks.noise)), u, v)


def _depth(view: View, rng: Rng) -> Tensor:
    """(n, H, W), 0 near to 1 far: even, a ramp towards anywhere (upwards most), or a horizon."""
    n = len(view)
    across, down = view.x / view.wide - 0.5, view.y / view.tall - 0.5
    up = torch.where(rng.chance(n, 0.7), rng.uniform(n, -0.4, 0.4), rng.uniform(n, -math.pi, math.pi))
    ramp = (0.5 - rotated(across, down, up)[1]).clamp(0, 1.2)
    horizon = rng.uniform(n, -0.3, 0.3)
    reach = rng.log_uniform(n, 0.1, 0.5)
    ridge = torch.exp(-(((down - horizon) / reach) ** 2))
    shape = rng.weighted(n, (0.25, 0.5, 0.25))[:, None, None]
    return torch.where(shape == 0, torch.ones_like(ramp), torch.where(shape == 1, ramp, ridge))


def fog(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """alpha = 1 - exp(-density * depth), with drifting density; one airlight, faintly uneven."""
    n = len(view)
    smoke = rng.chance(n, 0.25)
    billows = fractal_noise(view, banks, rng, 0.7, 4)
    fine = fractal_noise(view, banks, rng, 0.3, 1.2)
    uneven = rng.uniform(n, 0.0, 1.0)
    density = (1 - uneven) + uneven * 2 * billows * (0.7 + 0.6 * fine)
    thick = -torch.log1p(-(0.2 + 0.68 * strength) * rng.uniform(n, 0.85, 1.05).clamp(max=1))
    haze = 1 - torch.exp(-thick * (0.25 + 0.75 * _depth(view, rng)) * density)
    plume = coverage(0.62 * billows + 0.38 * fine - rng.uniform(n, 0.35, 0.6), rng.uniform(n, 0.15, 0.5) + 0 * fine)
    alpha = torch.where(smoke, plume * (0.3 + 0.6 * strength) * (0.6 + 0.4 * fine), haze).clamp(0, 0.97)
    light = torch.where(smoke & rng.chance(n, 0.5), rng.uniform(n, 0.05, 0.5), rng.uniform(n, 0.55, 1.0))[..., None]
    tint = torch.where(rng.chance(n, 0.12), 0.3, 0.06)[..., None] * (rng.colours(n, -1, 1))
    glow = (fractal_noise(view, banks, rng, 2, 6) - 0.5) * rng.uniform(n, 0, 0.12)
    colour = (light + tint + glow[:, None]).clamp(0, 1)
    screen = BLENDS.index(BlendType.SCREEN)
    blend = blends(rng, n, {BlendType.NORMAL: 0.93, BlendType.SCREEN: 0.07})
    bright = torch.where((blend == screen)[:, None, None, None], colour.clamp(min=0.5), colour)
    return Overlay(alpha[:, None], bright, blend)
