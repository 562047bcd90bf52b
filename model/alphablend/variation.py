"""Domain randomisation: overlays and composites varied beyond what the painters of each kind draw.

For training alone (`AlphaBlend(varied=True)`), so that a network does not learn the generator's own hand: other blend
types, colours, softness, width, density, gamma and grain; resampled, gray and harder compressed pictures. The test
split is never varied, so figures on it stay comparable. Knows nothing of how a kind is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..types import BlendType, Kind
from .degradations import jpeg, quantised
from .overlay import BLENDS, Overlay
from .rng import Rng

__all__ = ["POSSIBLE", "resampled", "varied_composite", "varied_overlay"]

_LIGHT = (BlendType.NORMAL, BlendType.SCREEN, BlendType.ADD)
POSSIBLE: dict[Kind, tuple[BlendType, ...]] = {
    Kind.WATERMARK: tuple(BlendType),
    Kind.FOG: (BlendType.NORMAL, BlendType.SCREEN),
    Kind.RAIN: _LIGHT,
    Kind.SNOW: tuple(BlendType),
    Kind.FLARE: _LIGHT,
    Kind.XRAY: (BlendType.MULTIPLY, BlendType.NORMAL),
    Kind.CELL: tuple(BlendType),
    Kind.GLASS: _LIGHT,
}
"""Blend types a kind is met with in pictures of others, however its painter draws it."""

_REDRAWN = {Kind.RAIN: 0.4}
_REDRAWN_MOSTLY = 0.15
"""Share of overlays whose blend type is drawn anew, evenly over POSSIBLE."""


def _chosen(n: int, share: float, rng: Rng) -> Tensor:
    """Indices of about that share of n samples, drawn on the host; at least an empty tensor."""
    return torch.from_numpy((rng.host.random(n) < share).nonzero()[0]).to(rng.device)


def _changed(x: Tensor, share: float, rng: Rng, change: Callable[[Tensor], Tensor]) -> Tensor:
    some = _chosen(len(x), share, rng)
    return x if len(some) == 0 else x.index_copy(0, some, change(x[some]))


def _softened(alpha: Tensor, radius: int) -> Tensor:
    for _ in range(2):  # two boxes are nearly a Gaussian
        padded = F.pad(alpha, (radius,) * 4, mode="replicate")
        alpha = F.avg_pool2d(padded, 2 * radius + 1, stride=1)
    return alpha


def _shape(alpha: Tensor, rng: Rng) -> Tensor:
    """Softness, width, gamma, density and grain of what an overlay covers, (n, 1, H, W) of 0..1."""
    small = min(alpha.shape[-2:])
    radius = int(rng.host.integers(1, 4))
    if small > 2 * radius:
        alpha = _changed(alpha, 0.12, rng, lambda a: _softened(a, radius))
    alpha = _changed(alpha, 0.08, rng, lambda a: F.max_pool2d(a, 3, stride=1, padding=1))  # wider
    alpha = _changed(alpha, 0.08, rng, lambda a: -F.max_pool2d(-a, 3, stride=1, padding=1))  # thinner
    alpha = _changed(alpha, 0.3, rng, lambda a: (a + 1e-6) ** rng.log_uniform(len(a), 0.6, 1.7)[..., None])
    alpha = _changed(alpha, 0.3, rng, lambda a: a * rng.log_uniform(len(a), 0.55, 1.35)[..., None])

    def grained(a: Tensor) -> Tensor:
        return a * (1 + rng.normal(a.shape) * rng.uniform(len(a), 0.03, 0.3)[..., None])

    return _changed(alpha, 0.15, rng, grained).clamp(0, 1)


def _tinted(colour: Tensor, rng: Rng) -> Tensor:
    """Brighter, darker, of another tint, or gray."""
    n = len(colour)
    gain = rng.log_uniform(n, 0.6, 1.5)[..., None] * (1 + rng.colours(n, -0.25, 0.25))
    gray = rng.chance(n, 0.25)[..., None]
    colour = torch.where(gray, colour.mean(1, keepdim=True), colour)
    return (colour * gain).clamp(0, 1)


def _blends(overlay: Overlay, kind: Kind, rng: Rng) -> Tensor:
    possible = POSSIBLE[kind]
    numbers = torch.tensor([BLENDS.index(blend) for blend in possible], device=overlay.blend.device)
    drawn = numbers[rng.pick(len(overlay.blend), len(possible))]
    anew = rng.chance(len(overlay.blend), _REDRAWN.get(kind, _REDRAWN_MOSTLY)).reshape(-1)
    return torch.where(anew, drawn, overlay.blend)


def varied_overlay(overlay: Overlay, kind: Kind, rng: Rng) -> Overlay:
    """The overlay with other blend types, shape and colour. What glass displaces stays where it is drawn."""
    colour = overlay.colour
    if overlay.alpha.shape[1:] == colour.shape[1:] or colour.shape[-1] == 1:
        colour = _changed(colour, 0.3, rng, lambda c: _tinted(c, rng))
    else:  # light that is drawn in the colour: its gamma is its density
        colour = _changed(colour, 0.3, rng, lambda c: (c + 1e-6) ** rng.log_uniform(len(c), 0.7, 1.5)[..., None])
        colour = _changed(colour, 0.3, rng, lambda c: _tinted(c, rng))
    alpha, blend = _shape(overlay.alpha, rng), _blends(overlay, kind, rng)
    return replace(overlay, alpha=alpha, colour=colour.clamp(0, 1), blend=blend)


def resampled(pictures: list[Tensor], scale: float) -> list[Tensor]:
    """Each (n, c, H, W) reduced by `scale` below 1 and enlarged again, as a picture that was shared at another size."""
    h, w = pictures[0].shape[-2:]
    small = max(8, round(h * scale)), max(8, round(w * scale))

    def once(x: Tensor) -> Tensor:
        reduced = F.interpolate(x, size=small, mode="bilinear", antialias=True, align_corners=False)
        return F.interpolate(reduced, size=(h, w), mode="bicubic", align_corners=False).clamp(0, 1)

    return [once(x) for x in pictures]


def varied_composite(z: Tensor, rng: Rng) -> Tensor:
    """Composites compressed harder than `degradations.degraded_composite` does, in 8 bits."""
    for halved in (True, False):
        z = _changed(z, 0.12, rng, lambda x, h=halved: jpeg(x, rng.uniform(len(x), 55, 90).round(), h))
    return quantised(z)
