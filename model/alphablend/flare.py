"""Lens flares: glow, starburst, ghosts along a line through the middle, veil, bokeh, light leaks.

All of it is light that is added. Knows nothing of the picture below.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .fog import fractal_noise
from .overlay import Overlay, blends
from .rng import Rng
from .shapes import coverage, rotated
from .view import View

__all__ = ["flare"]

_GHOSTS = 6


def _hue(rng: Rng, n: int, saturation: float) -> Tensor:
    """(n, 3, 1, 1): bright, with one channel at 1."""
    colour = 1 - saturation * rng.colours(n)
    return colour / colour.amax(1, keepdim=True)


def _source(view: View, rng: Rng) -> tuple[Tensor, Tensor]:
    """Where the lamp stands: in the window half of the time, else anywhere in or just outside the picture."""
    n = len(view)
    near = rng.chance(n, 0.5)
    x = torch.where(near, view.left + rng.uniform(n) * view.width, rng.uniform(n, -0.15, 1.15) * view.wide)
    y = torch.where(near, view.top + rng.uniform(n) * view.height, rng.uniform(n, -0.15, 1.0) * view.tall)
    # A lamp whose light misses the window would teach nothing: bring it within reach.
    reach = 0.45
    x = torch.minimum(torch.maximum(x, view.left - reach), view.left + view.width + reach)
    y = torch.minimum(torch.maximum(y, view.top - reach), view.top + view.height + reach)
    return x, y


def _core(view: View, rng: Rng, x: Tensor, y: Tensor) -> Tensor:
    """(n, 3, H, W): glow, halo and star about the source."""
    n = len(view)
    dx, dy = view.x - x, view.y - y
    r = torch.sqrt(dx * dx + dy * dy + 1e-9)
    size = rng.log_uniform(n, 0.02, 0.3)
    glow = (size / (r + size)) ** rng.uniform(n, 1.5, 3.5)
    ring = torch.exp(-(((r - rng.uniform(n, 0.15, 0.6)) / rng.log_uniform(n, 0.01, 0.06)) ** 2))
    spikes = rng.pick(n, 9)[:, None, None] + 2
    angle = torch.atan2(dy, dx) * spikes / 2 + rng.uniform(n, 0, math.pi)
    sharp = rng.log_uniform(n, 20, 400)
    fine = torch.cos(angle * 3 + rng.uniform(n, 0, 6)) * 0.3 + 0.7
    star = torch.cos(angle).abs() ** sharp * fine * torch.exp(-r / rng.log_uniform(n, 0.05, 0.5))
    star = star * rng.chance(n, 0.6)
    streak = torch.exp(-(dy / rng.log_uniform(n, 0.002, 0.012)).abs() - dx.abs() / rng.uniform(n, 0.2, 1.2))
    streak = streak * rng.chance(n, 0.2) * 0.7
    light = (glow + 0.7 * star)[:, None] * _hue(rng, n, 0.45)
    light = light + streak[:, None] * _hue(rng, n, 0.8)
    return light + (ring * rng.uniform(n, 0, 0.25) * rng.chance(n, 0.35))[:, None] * _hue(rng, n, 0.9)


def _disc(view: View, rng: Rng, x: Tensor, y: Tensor, radius: Tensor) -> Tensor:
    """(n, H, W): an aperture's image, round or many-sided, even, hollow or filled towards its rim."""
    n = len(view)
    dx, dy = rotated(view.x - x, view.y - y, rng.uniform(n, 0, 3))
    round_ = torch.sqrt(dx * dx + dy * dy + 1e-9)
    sides = rng.pick(n, 4)[:, None, None] + 5
    sector = 2 * math.pi / sides
    sided = round_ * torch.cos(torch.remainder(torch.atan2(dy, dx), sector) - sector / 2) / torch.cos(sector / 2)
    r = torch.where(rng.chance(n, 0.5), sided, round_) / radius
    edge = coverage(1 - r, torch.maximum(rng.uniform(n, 0.02, 0.7), view.pixel / radius))
    rim = (r.clamp(max=1) ** rng.log_uniform(n, 0.3, 6)) * rng.uniform(n, 0, 1)
    return edge * (1 - rng.uniform(n, 0, 0.8) + rim)


def _ghosts(view: View, rng: Rng, x: Tensor, y: Tensor) -> Tensor:
    """(n, 3, H, W): discs strung from the source through the picture's middle."""
    n = len(view)
    light = torch.zeros(n, 3, *view.x.shape[1:], device=view.x.device)
    for _ in range(_GHOSTS):
        along = rng.uniform(n, 0.3, 2.3)
        radius = rng.log_uniform(n, 0.01, 0.16)
        gx, gy = x + (view.wide / 2 - x) * along, y + (view.tall / 2 - y) * along
        power = rng.uniform(n, 0.08, 0.6) * rng.chance(n, 0.7)
        light = light + (_disc(view, rng, gx, gy, radius) * power)[:, None] * _hue(rng, n, 0.9)
    return light


def _bokeh(view: View, _banks: Banks, rng: Rng) -> Tensor:
    """(n, 3, H, W): lamps out of focus, about the window."""
    n = len(view)
    light = torch.zeros(n, 3, *view.x.shape[1:], device=view.x.device)
    hue, size = _hue(rng, n, 0.7), rng.log_uniform(n, 0.03, 0.15)
    for _ in range(_GHOSTS):
        x = view.left + rng.uniform(n, -0.1, 1.1) * view.width
        y = view.top + rng.uniform(n, -0.1, 1.1) * view.height
        disc = _disc(view, rng, x, y, size * rng.uniform(n, 0.7, 1.2)) * rng.uniform(n, 0.1, 0.6)
        light = light + disc[:, None] * torch.lerp(hue, _hue(rng, n, 0.7), 0.3)
    return light


def _leak(view: View, banks: Banks, rng: Rng) -> Tensor:
    """(n, 3, H, W): coloured light that creeps in from an edge, and an even veil."""
    n = len(view)
    across = rotated(view.x / view.wide - 0.5, view.y / view.tall - 0.5, rng.uniform(n, -math.pi, math.pi))[0]
    edge = ((across + rng.uniform(n, -0.1, 0.4)) / rng.uniform(n, 0.2, 0.8)).clamp(0, 1) ** rng.uniform(n, 1, 2.5)
    edge = edge * (0.5 + fractal_noise(view, banks, rng, 1.5, 5))
    warm = torch.tensor([1.0, 0.45, 0.15], device=view.x.device).view(1, 3, 1, 1)
    hue = torch.where(rng.chance(n, 0.5)[..., None], warm, _hue(rng, n, 0.9))
    return edge[:, None] * hue


def flare(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Added or screened light of one of four makes: lamp with ghosts, bokeh, leak, veil over a lamp."""
    n = len(view)
    light = torch.zeros(n, 3, *view.x.shape[1:], device=view.x.device)
    makes = (_lamp, _bokeh, _leak, _veil)
    for number, some in rng.groups(n, (0.6, 0.15, 0.17, 0.08)):
        light[some] = makes[number](view.of(some), banks, rng)
    light = light * (0.45 + 0.75 * strength)[..., None]
    light = 1 - torch.exp(-1.3 * light)  # film and sensors do not clip at once
    return Overlay(torch.ones_like(light[:, :1]), light, blends(rng, n, {BlendType.ADD: 0.5, BlendType.SCREEN: 0.5}))


def _lamp(view: View, _banks: Banks, rng: Rng) -> Tensor:
    x, y = _source(view, rng)
    return _core(view, rng, x, y) + _ghosts(view, rng, x, y)


def _veil(view: View, banks: Banks, rng: Rng) -> Tensor:
    n = len(view)
    x, y = _source(view, rng)
    even = rng.uniform(n, 0.1, 0.5)[..., None] * _hue(rng, n, 0.4)
    return _core(view, rng, x, y) * 0.6 + even * (0.6 + 0.8 * fractal_noise(view, banks, rng, 2, 6))[:, None]
