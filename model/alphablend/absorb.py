"""Absorbing objects: things seen by X-ray, and shadows cast on the picture. Both multiply.

The paper's formula is z = (1 - a) y + a (x y). Knows nothing of the picture below.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .fog import fractal_noise
from .overlay import BLENDS, Overlay
from .rng import Rng
from .shapes import SPREAD, coverage, rotated, silhouette
from .textures import tiled_lookup
from .view import View

__all__ = ["scan", "shadow"]

_OBJECTS = 3


def _silhouette(view: View, banks: Banks, rng: Rng, low: float, high: float) -> tuple[Tensor, Tensor]:
    """Distance (n, H, W) to the edge of an icon or a shape set into the window, in its sizes; and its size."""
    n = len(view)
    size = rng.log_uniform(n, low, high)
    x = view.x - view.left - rng.uniform(n, -0.05, 1.05) * view.width
    y = view.y - view.top - rng.uniform(n, -0.05, 1.05) * view.height
    x, y = rotated(x / size, y / size, rng.uniform(n, -3.1, 3.1))
    x = x * rng.uniform(n, 0.5, 1)
    return silhouette(banks.icons, rng, x, y, 0.5)(x, y), size


def scan(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Several bodies with thickness: light passes as exp(-absorption * thickness), each channel its own way."""
    n = len(view)
    through = torch.ones(n, 3, *view.x.shape[1:], device=view.x.device)
    gray = rng.chance(n, 0.35)[..., None]
    for number in range(_OBJECTS):
        distance, size = _silhouette(view, banks, rng, 0.12, 1.0)
        soft = torch.maximum(rng.log_uniform(n, 0.01, 0.08), 1.2 * view.pixel / size)
        dome = (distance.clamp(min=0) / SPREAD).clamp(max=1).sqrt()
        wall = torch.exp(-(((distance - 0.02) / rng.uniform(n, 0.02, 0.06)) ** 2)) * rng.uniform(n, 0, 0.8)
        flat = rng.uniform(n)
        thickness = coverage(distance, soft) * (flat + (1 - flat) * dome) + wall * (distance > 0)
        thickness = (
            thickness * (0.8 + 0.4 * fractal_noise(view, banks, rng, 0.1, 1)) * (rng.chance(n, 0.6) if number else 1)
        )
        absorbs = torch.where(gray, rng.uniform(n, 0.3, 1)[..., None], rng.colours(n, 0.05, 1.0))
        power = (0.25 + 2.0 * strength) * rng.uniform(n, 0.6, 1.2)
        through = through * torch.exp(-absorbs * (power * thickness)[:, None])
    alpha = rng.uniform(n, 0.75, 1)[..., None].expand(-1, -1, *view.x.shape[1:])
    return Overlay(alpha, through, torch.full((n,), BLENDS.index(BlendType.MULTIPLY), device=view.x.device))


def shadow(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Soft shadows: of things, of leaves, of blinds, of a dark corner."""
    n = len(view)
    blur = rng.log_uniform(n, 0.006, 0.12)
    distance, size = _silhouette(view, banks, rng, 0.3, 1.8)
    thing = coverage(distance, torch.maximum(blur / size * 2, torch.full_like(blur, 0.02)))
    leaves = coverage(fractal_noise(view, banks, rng, 0.5, 2.5) - rng.uniform(n, 0.3, 0.6), blur * 3)
    along = rotated(view.x, view.y, rng.uniform(n, -1.6, 1.6))[0]
    period = rng.log_uniform(n, 0.08, 0.5)
    bars = (torch.remainder(along / period + rng.uniform(n), 1) - 0.5).abs() * 2
    bars = coverage((bars - rng.uniform(n, 0.3, 0.7)) * period, blur)
    edge = coverage(along - along.mean((1, 2), keepdim=True) + rng.uniform(n, -0.3, 0.3), blur * 4)
    make = rng.weighted(n, (0.35, 0.25, 0.2, 0.2))[:, None, None]
    seen = torch.where(make == 0, thing, torch.where(make == 1, leaves, torch.where(make == 2, bars, edge)))
    grain = tiled_lookup(banks.noise, rng.pick(n, len(banks.noise)), view.x / 2, view.y / 2)
    seen = seen * (0.85 + 0.15 * grain)
    ink = rng.uniform(n, 0.0, 0.35)[..., None] + rng.colours(n, 0, 0.12) * torch.tensor(
        [0.6, 0.8, 1.3], device=view.x.device
    ).view(1, 3, 1, 1)
    multiply = torch.full((n,), BLENDS.index(BlendType.MULTIPLY), device=view.x.device)
    return Overlay((seen * (0.3 + 0.6 * strength))[:, None], ink, multiply)
