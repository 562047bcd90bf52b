"""Watermarks: text, icons, shapes, coloured logos and photographs, single or tiled, plain or decorated.

Knows nothing of the picture below.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..types import BlendType
from .banks import LINE_HEIGHT, Banks
from .overlay import Overlay, blends, over
from .rng import Rng
from .shapes import coverage, rotated, silhouette, stored_distance
from .textures import bilinear_lookup, tiled_lookup
from .view import View

__all__ = ["logos", "marks", "plain_text", "solid", "sticker", "text"]

_BLENDS = {BlendType.NORMAL: 0.8, BlendType.SCREEN: 0.07, BlendType.MULTIPLY: 0.07, BlendType.ADD: 0.06}
Distance = Callable[[Tensor, Tensor], Tensor]
"""Distance to a mark's edge at x, y (n, H, W), all in its heights."""

Opacity = Callable[[View, Banks, Rng, Tensor], Tensor]
"""How much a mark covers, (n, 1, H, W) or (n, 1, 1, 1), by strength."""

_FULL = (0.15, 0.85)  # opacity at strength 0 and 1


@dataclass(frozen=True, eq=False)
class _Place:
    """A mark's own frame. x, y: (n, H, W), from its centre, in its heights.

    height: (n, 1, 1), picture units.   width: (n, 1, 1), in heights.
    """

    x: Tensor
    y: Tensor
    height: Tensor
    width: Tensor


def _placed(view: View, rng: Rng, aspect: Tensor, height: Tensor, tiled: Tensor) -> _Place:
    """Puts a mark of `aspect` x 1 heights into the window, rotated, perhaps repeated all over."""
    n = len(view)

    def along(start: Tensor, span: Tensor, mark: Tensor) -> Tensor:
        # A mark that fits lies within the window, a larger one covers it; now and then neither.
        slack = (span - mark).abs() / 2 * torch.where(rng.chance(n, 0.15), 1.5, 1.0)
        return start + span / 2 + rng.uniform(n, -1, 1) * slack

    x = view.x - along(view.left, view.width, aspect * height)
    y = view.y - along(view.top, view.height, height)
    slanted = rng.sign(n) * rng.uniform(n, 0, math.pi / 4)
    upright = rng.chance(n, 0.12) * rng.sign(n) * math.pi / 2
    x, y = rotated(x, y, torch.where(rng.chance(n, 0.4), slanted, upright))
    x, y = x / height, y / height
    step_x, step_y = aspect * rng.uniform(n, 1.08, 2.2) + 0.35, rng.log_uniform(n, 1.3, 5)
    row = torch.round(y / step_y)
    tiled_x = torch.remainder(x + row * step_x * rng.uniform(n, 0, 0.5) + step_x / 2, step_x) - step_x / 2
    return _Place(torch.where(tiled, tiled_x, x), torch.where(tiled, y - row * step_y, y), height, aspect)


def _inks(rng: Rng, n: int) -> Tensor:
    """(n, 3, 1, 1): white most often, black, grays, any colour."""
    kind = rng.weighted(n, (0.34, 0.12, 0.14, 0.4))[:, None, None, None]
    gray = rng.uniform(n)[..., None]
    lively = rng.colours(n)
    lively = (lively - lively.mean(1, keepdim=True)) * 1.6 + lively.mean(1, keepdim=True)
    ink = torch.where(kind == 2, gray.expand(-1, 3, -1, -1), lively.clamp(0, 1))
    near = rng.uniform(n, 0, 0.08)[..., None]
    return torch.where(kind == 0, 1 - near, torch.where(kind == 1, near, ink))


def _seen(ink: Tensor, blend: Tensor) -> Tensor:
    """Inks that their blend type shows: multiply needs dark ones, screen and add bright ones."""
    mode = blend[:, None, None, None]
    multiply, light = BLENDS_INDEX[BlendType.MULTIPLY], (BLENDS_INDEX[BlendType.SCREEN], BLENDS_INDEX[BlendType.ADD])
    bright = ink / ink.amax(1, keepdim=True).clamp(min=0.2) * 0.9
    dark = ink - (ink.amin(1, keepdim=True) - 0.25).clamp(min=0)
    return torch.where(mode == multiply, dark, torch.where((mode == light[0]) | (mode == light[1]), bright, ink))


BLENDS_INDEX = {blend: i for i, blend in enumerate(BlendType)}


def _heights(view: View, rng: Rng, low: float, high: float) -> Tensor:
    """Mark heights in picture units: of any share of the picture, but at least 7 pixels high."""
    return torch.maximum(rng.log_uniform(len(view), low, high), 7 * view.pixel * rng.uniform(len(view), 1, 2))


def text(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Lines and blocks of text, half of them tiled."""
    place, distance = _lines(view, banks, rng)
    return _drawn(view, banks, rng, strength, place, distance)


def plain_text(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Text as most watermarks are: one white, gray or black ink, filled, one opacity, blend normal."""
    place, distance = _lines(view, banks, rng)
    fill = coverage(distance(place.x, place.y), view.pixel / place.height)[:, None]
    shades = torch.tensor((1.0, 0.97, 0.5, 0.0), device=fill.device)
    shade = shades[rng.weighted(len(view), (0.55, 0.2, 0.1, 0.15))]
    colour = shade[:, None, None, None].expand(-1, 3, *fill.shape[2:])
    blend = torch.full((len(view),), BLENDS_INDEX[BlendType.NORMAL], device=fill.device)
    return Overlay(fill * (_FULL[0] + (_FULL[1] - _FULL[0]) * strength)[:, None], colour, blend)


def _lines(view: View, banks: Banks, rng: Rng) -> tuple[_Place, Distance]:
    """Where a line of text stands, and the distances to its letters' edges."""
    n = len(view)
    line = rng.pick(n, len(banks.lines))
    width = banks.line_width[line][:, None, None] / LINE_HEIGHT
    tiled = rng.chance(n, 0.4)
    height = _heights(view, rng, 0.03, 0.4)
    height = torch.where(tiled, height.clamp(max=0.18), height)
    spanning = rng.uniform(n, 0.4, 1) * view.wide / width  # across the picture, as stock agencies do
    height = torch.where(~tiled & rng.chance(n, 0.3), spanning.clamp(0.04, 0.6), height)
    height = torch.minimum(height, torch.maximum(1.3 * view.width, 0.5 * view.wide))
    place = _placed(view, rng, width, height, tiled)
    return place, lambda x, y: stored_distance(banks.lines, line, x, y, width)


def marks(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Icons and geometric shapes in one or two inks."""
    n = len(view)
    tiled = rng.chance(n, 0.3)
    height = _heights(view, rng, 0.06, 0.9)
    height = torch.where(tiled, height.clamp(max=0.25), height)
    place = _placed(view, rng, torch.ones_like(height), height, tiled)

    return _drawn(view, banks, rng, strength, place, silhouette(banks.icons, rng, place.x, place.y, 0.65))


def solid(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Text through which nothing shines: a caption, a date, a title."""
    place, distance = _lines(view, banks, rng)
    return _drawn(view, banks, rng, strength, place, distance, _opaque)


def sticker(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """A logo through which nothing shines."""
    return _sprites(view, banks, rng, strength, _opaque)


def _drawn(
    view: View,
    banks: Banks,
    rng: Rng,
    strength: Tensor,
    place: _Place,
    distance: Distance,
    opacity: Opacity | None = None,
) -> Overlay:
    """A mark from its distances: filled or outlined, with shadow, two inks, gradients, worn patches."""
    n = len(view)
    softness = view.pixel / place.height * torch.where(rng.chance(n, 0.2), rng.log_uniform(n, 1.5, 5), 1.0)
    d = distance(place.x, place.y)
    style = rng.weighted(n, (0.5, 0.13, 0.14, 0.15, 0.08))[
        :, None, None
    ]  # filled, hollow, outlined, shadowed, on a plate
    pen = torch.maximum(rng.uniform(n, 0.012, 0.05), 0.9 * view.pixel / place.height)
    hollow = coverage(pen / 2 - (d + pen / 2).abs(), softness)
    fill = torch.where(style == 1, hollow, coverage(d, softness))[:, None]
    shadow_x, shadow_y = (rng.sign(n) * rng.uniform(n, 0.01, 0.07) for _ in range(2))
    cast = coverage(distance(place.x - shadow_x, place.y - shadow_y), softness + rng.uniform(n, 0.0, 0.16))
    plate = torch.minimum(place.width / 2 + 0.15 - place.x.abs(), 0.6 - place.y.abs())
    below = torch.where(style == 2, coverage(d + pen, softness), cast * (style == 3))
    below = torch.where(style == 4, coverage(plate, softness), below)
    below = (below * rng.uniform(n, 0.5, 1))[:, None]
    blend = blends(rng, n, _BLENDS)
    ink, other = _seen(_inks(rng, n), blend), _seen(_inks(rng, n), blend)
    gradient = ((place.y + 0.5).clamp(0, 1) * rng.chance(n, 0.12))[:, None]
    ink = torch.lerp(ink, _seen(_inks(rng, n), blend), gradient)
    alpha, colour = over(fill, ink, below, other)
    return Overlay(alpha * (opacity or _opacity)(view, banks, rng, strength), colour, blend)


def _opaque(view: View, _banks: Banks, rng: Rng, _strength: Tensor) -> Tensor:
    """(n, 1, 1, 1): as good as 1, often exactly."""
    n = len(view)
    return torch.where(rng.chance(n, 0.6), torch.ones_like(view.pixel), rng.uniform(n, 0.92, 1))[:, None]


def _opacity(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Tensor:
    """(n, 1, H, W) or (n, 1, 1, 1): even over the mark; sometimes fading along it, worn away, or opaque."""
    n = len(view)
    opacity = torch.where(rng.chance(n, 0.05), rng.uniform(n, 0.9, 1), _FULL[0] + (_FULL[1] - _FULL[0]) * strength)
    angle = rng.uniform(n, 0, 2 * math.pi)
    along = rotated(view.x - view.left - view.width / 2, view.y - view.top - view.height / 2, angle)[0]
    fade = torch.where(rng.chance(n, 0.1), (0.65 + along / view.width).clamp(0.15, 1), torch.ones_like(along))
    grain = tiled_lookup(banks.noise, rng.pick(n, len(banks.noise)), view.x, view.y)
    worn = torch.where(rng.chance(n, 0.06), coverage(grain - rng.uniform(n, 0.1, 0.45), 0.1 + 0 * grain), 1.0)
    return (opacity * fade * worn)[:, None]


def logos(view: View, banks: Banks, rng: Rng, strength: Tensor) -> Overlay:
    """Coloured pictures with their own alpha: single or tiled, a fifth in one ink."""
    return _sprites(view, banks, rng, strength, _opacity)


def _sprites(view: View, banks: Banks, rng: Rng, strength: Tensor, opacity: Opacity) -> Overlay:
    n = len(view)
    side = banks.sprites.shape[-1]
    tiled = rng.chance(n, 0.3)
    height = _heights(view, rng, 0.08, 0.9)
    height = torch.where(tiled, height.clamp(max=0.3), height)
    height = torch.minimum(height, 3.5 * side * view.pixel)  # beyond that a sprite is a blur
    place = _placed(view, rng, torch.ones_like(height), height, tiled)
    flip = rng.sign(n)
    u, v = (place.x * flip + 0.5) * side, (place.y + 0.5) * side
    planes = bilinear_lookup(banks.sprites, rng.pick(n, len(banks.sprites)), u, v) / 255
    inside = ((place.x.abs() < 0.5) & (place.y.abs() < 0.5))[:, None]
    blend = blends(rng, n, _BLENDS)
    gray = planes[:, :3].mean(1, keepdim=True).expand(-1, 3, -1, -1)
    colour = torch.where(rng.chance(n, 0.12)[..., None], gray, planes[:, :3])
    colour = torch.where(rng.chance(n, 0.12)[..., None], _inks(rng, n), colour)
    alpha = planes[:, 3:] * inside * opacity(view, banks, rng, strength)
    return Overlay(alpha, _seen(colour, blend), blend)
