"""Rain: streaks in several depths, their faint veil, drops on the lens.

Knows nothing of the picture below.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .fog import fractal_noise
from .overlay import Overlay, blends, over
from .rng import Rng
from .shapes import coverage, rotated
from .textures import tiled_lookup
from .view import View

__all__ = ["rain", "strokes"]

_DEPTHS = 3


def _streaks(view: View, banks: Banks, rng: Rng) -> Tensor:
    """(n, H, W) of 0..1: near streaks long and broad, far ones fine, all falling one way."""
    n = len(view)
    fall = rng.uniform(n, -0.45, 0.45)
    # The texture's finest streak should be about a pixel wide or more: its span follows the pixel.
    finest = 512 * view.pixel * rng.log_uniform(n, 0.7, 1.6)
    seen = torch.zeros_like(view.x)
    for depth in range(_DEPTHS):
        x, y = rotated(view.x, view.y, fall + rng.uniform(n, -0.06, 0.06))
        span = finest * 2.0**depth * rng.uniform(n, 0.8, 1.25)
        texture = rng.pick(n, len(banks.streaks))
        stretch = rng.uniform(n, 0.5, 1.3)
        streak = tiled_lookup(banks.streaks, texture, x / span + rng.uniform(n), y / (span * stretch) + rng.uniform(n))
        power = rng.uniform(n, 0.5, 1) * rng.chance(n, (0.9, 0.75, 0.4)[depth])
        seen = seen + streak * power * (1 - seen)
    uneven = rng.uniform(n, 0, 0.7)
    return seen * (1 - uneven + uneven * fractal_noise(view, banks, rng, 0.6, 3))


def _drops(view: View, banks: Banks, rng: Rng) -> tuple[Tensor, Tensor]:
    """Alpha (n, 1, H, W) and gray of drops on the lens: a dark upper rim, a bright lower one."""
    n = len(view)
    span = rng.log_uniform(n, 0.8, 4)
    u, v = view.x / span + rng.uniform(n), view.y / span + rng.uniform(n)
    texture = rng.pick(n, len(banks.discs))
    here = tiled_lookup(banks.discs, texture, u, v)
    above = tiled_lookup(banks.discs, texture, u, v - 2.5 / 512)
    body = coverage(here - 0.5, torch.full_like(here, 0.35))
    shade = (0.55 + 1.4 * (here - above)).clamp(0, 1)
    return (body * rng.uniform(n, 0.2, 0.7))[:, None], shade[:, None]


def rain(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Bright streaks over the picture; a third with veil, a fifth with drops."""
    n = len(view)
    streaks = _streaks(view, banks, rng) * (0.3 + 0.6 * strength)
    veil = rng.uniform(n, 0.03, 0.3) * rng.chance(n, 0.35) * (0.6 + 0.8 * fractal_noise(view, banks, rng, 1, 4))
    alpha = streaks + veil * (1 - streaks)
    light = rng.uniform(n, 0.72, 1)[..., None] + rng.colours(n, -0.05, 0.05)
    drops, shade = _drops(view, banks, rng)
    drops = drops * rng.chance(n, 0.2)[..., None]
    alpha, colour = over(drops, shade.expand(-1, 3, -1, -1), alpha[:, None], light.clamp(0, 1))
    return Overlay(alpha, colour, blends(rng, n, {BlendType.NORMAL: 0.6, BlendType.SCREEN: 0.4}))


def _hashed(column: Tensor, row: Tensor, salt: Tensor) -> Tensor:
    """0..1, without order over whole numbers `column` and `row`; salt: (n, 1, 1), another sequence for each sample."""
    return torch.frac(torch.sin(column * 12.9898 + row * 78.233 + salt * 37.719) * 43758.5453).abs()


def _stroke_layer(view: View, rng: Rng) -> Tensor:
    """(n, H, W) of 0..1: straight strokes of one length and width, one at most in each cell of a turned grid."""
    n = len(view)
    x, y = rotated(view.x, view.y, rng.uniform(n, -0.6, 0.6))
    broad, tall = view.pixel * rng.log_uniform(n, 5, 40), view.pixel * rng.log_uniform(n, 16, 200)
    salt = rng.uniform(n, 0, 7)
    column = (x / broad).floor()
    along = y / tall + 9 * _hashed(column, torch.zeros_like(column), salt)
    row = along.floor()
    beside = (x / broad - column - 0.5 - 0.6 * (_hashed(column, row, salt + 1) - 0.5)) * broad
    width = view.pixel * rng.log_uniform(n, 0.7, 3)
    length = rng.uniform(n, 0.3, 0.95) * (0.6 + 0.4 * _hashed(column, row, salt + 2))
    inside = coverage(width / 2 - beside.abs(), view.pixel) * coverage(
        length / 2 - (along - row - 0.5).abs(), 0.1 + 0 * x
    )
    return inside * (_hashed(column, row, salt + 3) < rng.uniform(n, 0.15, 0.9))


def strokes(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Rain as it is drawn: straight strokes of one brightness, in one or two layers."""
    n = len(view)
    near = _stroke_layer(view, rng)
    far = _stroke_layer(view, rng) * rng.uniform(n, 0.3, 0.9) * rng.chance(n, 0.6)
    alpha = (near + far * (1 - near)) * (0.15 + 0.7 * strength)
    light = (rng.uniform(n, 0.6, 1)[..., None] + rng.colours(n, -0.06, 0.06)).clamp(0, 1)
    blend = blends(rng, n, {BlendType.NORMAL: 0.4, BlendType.SCREEN: 0.3, BlendType.ADD: 0.3})
    return Overlay(alpha[:, None], light, blend)
