"""Glass: panes, discs and bodies with rim, tint and highlight, and mild refraction; window reflections.

Refraction moves the backdrop, which z = f + T y cannot say: it stays below two pixels. Knows nothing
of the picture below.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .fog import fractal_noise
from .overlay import BLENDS, Overlay, over
from .prints import scene
from .rng import Rng
from .shapes import coverage, rotated, silhouette
from .view import View

__all__ = ["pane", "reflection"]

_FORMS = ("ellipse", "box", "polygon")
_MOST_SHIFT = 1.6  # pixels


def _highlights(x: Tensor, y: Tensor, depth: Tensor, rng: Rng) -> Tensor:
    """(n, H, W): slanting bands, a lamp's spot, a bright arc along the rim."""
    n = len(x)
    across = rotated(x, y, rng.uniform(n, 0.4, 1.2))[0]
    width = rng.uniform(n, 0.02, 0.12)
    band = coverage(width - (across - rng.uniform(n, -0.35, 0.35)).abs(), rng.uniform(n, 0.01, 0.12))
    second = coverage(width / 3 - (across - rng.uniform(n, -0.35, 0.35)).abs(), rng.uniform(n, 0.01, 0.08))
    bands = torch.maximum(band, second) * rng.uniform(n, 0.1, 0.6) * rng.chance(n, 0.6)
    sx, sy = (x + rng.uniform(n, 0.0, 0.25)) / rng.uniform(n, 0.5, 2), y + rng.uniform(n, 0.0, 0.25)
    spot = torch.exp(-(sx * sx + sy * sy) / rng.log_uniform(n, 0.0005, 0.01)) * rng.uniform(n, 0.3, 1)
    lit = torch.cos(torch.atan2(y, x) + rng.uniform(n, 0, 2 * math.pi)).clamp(min=0) ** 2
    arc = torch.exp(-(((depth - 0.03) / rng.uniform(n, 0.008, 0.03)) ** 2)) * lit * rng.uniform(n, 0.3, 1)
    return torch.maximum(torch.maximum(bands, spot * rng.chance(n, 0.6)), arc)


def pane(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """One body of glass, larger or smaller than the window."""
    n = len(view)
    size = rng.log_uniform(n, 0.35, 1.8)
    slack = 0.5 * (view.width - size).abs() + 0.05
    x = view.x - view.left - view.width / 2 - rng.uniform(n, -1, 1) * slack
    y = view.y - view.top - view.height / 2 - rng.uniform(n, -1, 1) * slack
    x, y = rotated(x / size, y / size, rng.uniform(n, -3.1, 3.1) * rng.chance(n, 0.4))
    depth = silhouette(banks.icons, rng, x, y, 0.2, _FORMS)(x, y)
    soft = view.pixel / size * rng.uniform(n, 1, 2.5)
    inside = coverage(depth, soft)
    rim_width = rng.log_uniform(n, 0.01, 0.07)
    rim = torch.exp(-(depth / rim_width).clamp(min=0)) * inside * rng.uniform(n, 0.3, 1)
    streaky = 0.7 + 0.6 * fractal_noise(view, banks, rng, 0.3, 2)
    body = inside * rng.uniform(n, 0.06, 0.45) * streaky
    tint = rng.colours(n, 0.2, 1)
    pale = torch.lerp(tint, torch.ones_like(tint), rng.uniform(n, 0, 1)[..., None])
    edge = torch.where(rng.chance(n, 0.35)[..., None], pale * rng.uniform(n, 0.05, 0.5)[..., None], 0.6 + 0.4 * pale)
    power = (0.35 + 0.65 * strength)[:, None]
    alpha, colour = over(rim[:, None] * power, edge, body[:, None] * power, pale)
    alpha, colour = over((_highlights(x, y, depth, rng) * inside)[:, None] * power, 0.7 + 0.3 * pale, alpha, colour)
    screen = rng.chance(n, 0.35).reshape(-1)
    blend = torch.where(screen, BLENDS.index(BlendType.SCREEN), BLENDS.index(BlendType.NORMAL))
    bent = rng.uniform(n, 0, _MOST_SHIFT) * rng.chance(n, 0.6) * inside * torch.exp(-(depth / 0.1).clamp(min=0))
    radius = torch.sqrt(x * x + y * y + 1e-9)
    shift = torch.stack([bent * x / radius, bent * y / radius], -1)
    return Overlay(alpha, colour, blend, shift)


def reflection(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """A window pane that mirrors another scene, out of focus, brighter in places: screened."""
    n = len(view)
    blur = rng.log_uniform(n, 0.006, 0.03)  # only a small level is looked up, enlarged
    mirrored = scene(view.x * rng.uniform(n, 0.6, 1), view.y * rng.uniform(n, 0.6, 1), blur, banks, rng)
    across = rotated(view.x / view.wide - 0.5, view.y / view.tall - 0.5, rng.uniform(n, -3.1, 3.1))[0]
    uneven = (0.6 + rng.uniform(n, 0, 1) * across + 0.5 * (fractal_noise(view, banks, rng, 0.8, 4) - 0.5)).clamp(
        0.05, 1
    )
    tint = 1 - 0.35 * rng.colours(n)
    light = mirrored * tint * (uneven * (0.25 + 0.6 * strength))[:, None]
    screen = torch.full((n,), BLENDS.index(BlendType.SCREEN), device=view.x.device)
    return Overlay(torch.ones_like(light[:, :1]), light.clamp(0, 1), screen)
