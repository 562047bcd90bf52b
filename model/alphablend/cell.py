"""Cells: membranes, plasma and nuclei, as a microscope shows them: stained, or glowing.

Knows nothing of the picture below.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .fog import fractal_noise
from .overlay import BLENDS, Overlay, over
from .rng import Rng
from .shapes import coverage, rotated
from .view import View

__all__ = ["cell"]

_CELLS = 5


def _spot(view: View, rng: Rng, size: Tensor) -> tuple[Tensor, Tensor]:
    """x, y (n, H, W) about a place in the window, in sizes; in half of the views repeated over a loose lattice."""
    n = len(view)
    x = view.x - view.left - rng.uniform(n, -0.15, 1.15) * view.width
    y = view.y - view.top - rng.uniform(n, -0.15, 1.15) * view.height
    x, y = rotated(x / size, y / size, rng.uniform(n, -3.1, 3.1))
    across, down = rng.uniform(n, 1.6, 4), rng.uniform(n, 1.6, 4)
    many = rng.chance(n, 0.5)
    near_x = torch.remainder(x + across / 2, across) - across / 2
    near_y = torch.remainder(y + down / 2, down) - down / 2
    return torch.where(many, near_x, x), torch.where(many, near_y, y)


def _one(view: View, rng: Rng, size: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Membrane, plasma and nucleus, each (n, H, W) of 0..1."""
    n = len(view)
    x, y = _spot(view, rng, size)
    y = y / rng.uniform(n, 0.55, 1)
    lobes = rng.pick(n, 4)[:, None, None] + 2
    angle = torch.atan2(y, x)
    radius = 0.5 * (1 + rng.uniform(n, 0, 0.18) * torch.cos(lobes * angle + rng.uniform(n, 0, 2 * math.pi)))
    depth = radius - torch.sqrt(x * x + y * y + 1e-9)
    soft = torch.maximum(rng.log_uniform(n, 0.015, 0.08), view.pixel / size)
    inside = coverage(depth, soft)
    thick = torch.maximum(rng.log_uniform(n, 0.015, 0.06), 0.7 * view.pixel / size)
    membrane = torch.exp(-(((depth - thick) / thick) ** 2))
    nx, ny = x - rng.uniform(n, -0.12, 0.12), y - rng.uniform(n, -0.12, 0.12)
    nucleus = coverage(rng.uniform(n, 0.1, 0.24) - torch.sqrt(nx * nx + ny * ny + 1e-9), soft * 1.5)
    return membrane, inside * (0.4 + 0.6 * (1 - depth.clamp(0, 0.5) * 2)), nucleus * inside


def cell(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """A handful to a field of cells of one make; glowing cells add, stained cells cover or multiply."""
    n = len(view)
    mode = rng.weighted(n, (0.45, 0.35, 0.2))  # add, normal, multiply
    size = rng.log_uniform(n, 0.1, 0.6)
    size = torch.maximum(size, 20 * view.pixel)
    grain = 0.6 + 0.8 * fractal_noise(view, banks, rng, 0.05, 0.5)
    dark = (mode == 2)[:, None, None, None]
    body, core = (torch.where(dark, rng.colours(n, 0.05, 0.75), rng.colours(n, 0.15, 1)) for _ in range(2))
    shares = rng.uniform(n, 0.3, 1), rng.uniform(n, 0.08, 0.45), rng.uniform(n, 0.3, 0.95)
    alpha = torch.zeros_like(view.x)[:, None]
    colour = body.expand(-1, -1, *view.x.shape[1:])
    for number in range(_CELLS):
        membrane, plasma, nucleus = _one(view, rng, size * rng.uniform(n, 0.75, 1.3))
        present = rng.chance(n, 0.7) if number else torch.ones_like(size, dtype=torch.bool)
        coat = torch.maximum(membrane * shares[0], plasma * shares[1] * grain)
        one, ink = over((nucleus * shares[2] * grain).clamp(0, 1)[:, None], core, coat.clamp(0, 1)[:, None], body)
        alpha, colour = over(one * present[:, None], ink, alpha, colour)
    blend = torch.tensor([BLENDS.index(b) for b in (BlendType.ADD, BlendType.NORMAL, BlendType.MULTIPLY)])
    screen = torch.full_like(mode, BLENDS.index(BlendType.SCREEN))
    blend = blend.to(mode.device)[mode]
    blend = torch.where((mode == 0) & rng.chance(n, 0.3).reshape(-1), screen, blend)
    return Overlay(alpha * (0.35 + 0.6 * strength)[:, None], colour, blend)
