"""Snow and dirt: flakes, dust, scratches, splashes and stains.

Knows nothing of the picture below.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .fog import fractal_noise
from .overlay import BLENDS, Overlay
from .rng import Rng
from .shapes import coverage, rotated
from .textures import tiled_lookup
from .view import View

__all__ = ["dirt", "flakes", "stain"]


def _discs(view: View, banks: Banks, rng: Rng, low: float, high: float) -> Tensor:
    """(n, H, W) of 0..1: one depth of discs, whose texture spans low..high times what keeps a texel a pixel."""
    n = len(view)
    span = 512 * view.pixel * rng.log_uniform(n, low, high)
    x, y = rotated(view.x, view.y, rng.uniform(n, -1.5, 1.5))
    u, v = x / span + rng.uniform(n), y / (span * rng.uniform(n, 0.9, 1.8)) + rng.uniform(n)
    return tiled_lookup(banks.discs, rng.pick(n, len(banks.discs)), u, v)


def flakes(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """White flakes of three depths, the near ones large and out of focus."""
    n = len(view)
    far, middle = _discs(view, banks, rng, 0.5, 0.9), _discs(view, banks, rng, 0.9, 2.0)
    near = _discs(view, banks, rng, 2.5, 6) * rng.uniform(n, 0.2, 0.8) * rng.chance(n, 0.4)
    clear = (1 - far * rng.chance(n, 0.8)) * (1 - middle) * (1 - near)
    alpha = (1 - clear) * (0.3 + 0.65 * strength)
    alpha = alpha + (1 - alpha) * rng.uniform(n, 0, 0.2) * rng.chance(n, 0.3)
    light = (rng.uniform(n, 0.85, 1)[..., None] + rng.colours(n, -0.04, 0.04)).clamp(0, 1)
    normal, screen = BLENDS.index(BlendType.NORMAL), BLENDS.index(BlendType.SCREEN)
    return Overlay(alpha[:, None], light, torch.where(rng.chance(n, 0.75), normal, screen).reshape(-1))


def _earth(rng: Rng, n: int, low: float, high: float) -> Tensor:
    """(n, 3, 1, 1): browns, ochres, grays."""
    light = rng.uniform(n, low, high)[..., None]
    warm = torch.tensor([1.1, 0.95, 0.75], device=rng.device).view(1, 3, 1, 1)
    colour = light * torch.lerp(torch.ones_like(warm), warm, rng.uniform(n)[..., None])
    return (colour + rng.colours(n, -0.05, 0.05)).clamp(0, 1)


def _mode(rng: Rng, n: int, multiply: float) -> Tensor:
    modes = BLENDS.index(BlendType.MULTIPLY), BLENDS.index(BlendType.NORMAL)
    return torch.where(rng.chance(n, multiply), *modes).reshape(-1)


def dirt(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Specks, dust and scratches, of film and of glass: dark ones multiply, dust covers."""
    n = len(view)
    specks = coverage(_discs(view, banks, rng, 0.6, 2.5) - rng.uniform(n, 0.3, 0.6), rng.uniform(n, 0.1, 0.5))
    x, y = rotated(view.x, view.y, rng.uniform(n, -1.6, 1.6))
    bend = (fractal_noise(view, banks, rng, 0.5, 2) - 0.5) * rng.uniform(n, 0, 0.3)
    span = 512 * view.pixel * rng.log_uniform(n, 0.8, 2)
    texture = rng.pick(n, len(banks.streaks))
    scratches = tiled_lookup(banks.streaks, texture, (x + bend) / span, y / (span * rng.uniform(n, 1, 5)))
    grime = coverage(fractal_noise(view, banks, rng, 0.2, 1) - rng.uniform(n, 0.4, 0.8), rng.uniform(n, 0.2, 0.6))
    seen = torch.maximum(specks, scratches * rng.chance(n, 0.5))
    seen = torch.maximum(seen, grime * rng.uniform(n, 0, 0.5) * rng.chance(n, 0.5))
    dark = rng.chance(n, 0.65)
    ink = torch.where(dark[..., None], _earth(rng, n, 0.05, 0.5), _earth(rng, n, 0.7, 1))
    blend = _mode(rng, n, 0.6)
    normal = torch.full_like(blend, BLENDS.index(BlendType.NORMAL))
    blend = torch.where(dark.reshape(-1), blend, normal)
    return Overlay((seen * (0.3 + 0.65 * strength))[:, None], ink, blend)


def stain(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Dried liquid: blots and rings with a darker rim, tinted, mostly multiplied."""
    n = len(view)
    wobble = fractal_noise(view, banks, rng, 0.4, 2)
    x = view.x - view.left - rng.uniform(n) * view.width
    y = view.y - view.top - rng.uniform(n) * view.height
    radius = rng.log_uniform(n, 0.08, 0.6)
    around = radius - torch.sqrt(x * x + y * y + 1e-9) + (wobble - 0.5) * radius * rng.uniform(n, 0.05, 0.6)
    blot = (wobble - rng.uniform(n, 0.45, 0.75)) * rng.uniform(n, 0.2, 0.8)
    depth = torch.where(rng.chance(n, 0.6), around, blot)
    rim_width = rng.log_uniform(n, 0.006, 0.05)
    inside = coverage(depth, torch.maximum(rng.log_uniform(n, 0.004, 0.08), view.pixel))
    rim = torch.exp(-((depth / rim_width - 1) ** 2)) * rng.uniform(n, 0.3, 1)
    fill = rng.uniform(n, 0.25, 0.95) * (0.6 + 0.8 * fractal_noise(view, banks, rng, 0.2, 1))
    seen = torch.maximum(inside * fill, rim * inside).clamp(0, 1)
    blend = _mode(rng, n, 0.75)
    wine = torch.where(rng.chance(n, 0.4)[..., None], rng.colours(n, 0.05, 0.7), _earth(rng, n, 0.2, 0.65))
    return Overlay((seen * (0.5 + 0.5 * strength))[:, None], wine, blend)
