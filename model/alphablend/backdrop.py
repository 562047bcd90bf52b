"""Backdrops: crops of photographs at many scales, or whole photographs, with the view that belongs to each.

Knows nothing of overlays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .banks import Banks
from .photobank import Photograph, gathered_regions
from .rng import Rng
from .view import View

__all__ = ["crops", "whole_picture"]

_SNAPPED = 0.4  # share of crops that keep a level's own pixels
_MOST_REDUCTION = 1.5  # of one bilinear lookup
_ENLARGED = (0.75, 2.6)  # the picture that marks see is this much larger than the photograph seen


def _level(photo: Photograph, short_side: float) -> int:
    """The smallest level that is not reduced too much, nor enlarged more than need be."""
    sides = [min(level.shape[1:]) for level in photo.levels]
    fitting = [i for i, side in enumerate(sides) if side >= short_side * 0.999]
    best = fitting[-1] if fitting else 0
    if sides[best] / short_side <= _MOST_REDUCTION or best + 1 == len(sides):
        return best
    return best + 1


@dataclass(frozen=True, eq=False)
class _Cut:
    """A crop to be taken: from `level`, starting at texel (x, y), `ratio` texels a pixel."""

    level: Tensor
    ratio: float
    x: float
    y: float


def crops(banks: Banks, rng: Rng, n: int, size: tuple[int, int], whole: float = 0.0) -> tuple[Tensor, View]:
    """n crops of (H, W) pixels: (n, 3, H, W) of 0..1, and where each lies in its picture.

    The photograph's short side, in pixels of the crop, is anything from the crop's own to the photograph's; for a
    share `whole` of them it is the crop's own, and nothing lies beyond the photograph.
    """
    device, host = rng.device, rng.host
    room = math.ceil(max(size) * _MOST_REDUCTION) + 2
    lookups, windows = np.zeros((n, 5), np.float32), np.zeros((n, 5), np.float32)
    cuts, corners = [], np.zeros((n, 2), int)
    for i in range(n):
        least = host.random() < whole
        cut = _cut(banks.photographs.drawn(host), host, size, least)
        left, top = corners[i] = math.floor(cut.x), math.floor(cut.y)
        held = (min(room, side - start) for side, start in zip(cut.level.shape[:0:-1], (left, top), strict=True))
        lookups[i] = cut.ratio, cut.x - left, cut.y - top, *held
        windows[i] = _window(cut, host, size, least)
        cuts.append(cut.level)
    if device.type == "cpu":
        regions = _copied_regions(cuts, corners, room)
    else:
        regions = gathered_regions(banks.photographs.texels, cuts, corners, room)
    short, left, top, picture = torch.from_numpy(windows).to(device).split([1, 1, 1, 2], 1)
    flip = torch.from_numpy(host.random(n) < 0.5).to(device)
    pictures = _looked_up(regions, torch.from_numpy(lookups).to(device), size, flip)
    return pictures, View.window(size, short[:, 0], left[:, 0], top[:, 0], picture)


def _copied_regions(levels: list[Tensor], corners: np.ndarray, room: int) -> Tensor:
    """What `gathered_regions` gives, copied one by one: faster on a CPU, and zeros beyond a level's edges."""
    regions = torch.zeros(len(levels), 3, room, room, dtype=torch.uint8)
    for region, level, (left, top) in zip(regions, levels, corners, strict=True):
        piece = level[:, top : top + room, left : left + room]
        region[:, : piece.shape[1], : piece.shape[2]] = piece
    return regions


def _cut(photo: Photograph, host: np.random.Generator, size: tuple[int, int], least: bool) -> _Cut:
    short = _short_side(photo, host, size, least)
    number = _level(photo, short)
    snapped = not least and host.random() < _SNAPPED and short <= photo.short_side
    if snapped:
        number = min(number, _coarsest(photo, size))
    level = photo.levels[number]
    h, w = level.shape[1:]
    ratio = 1.0 if snapped else min(h, w) / short
    y, x = host.uniform(0, max(h - size[0] * ratio, 0)), host.uniform(0, max(w - size[1] * ratio, 0))
    return _Cut(level, ratio, math.floor(x), math.floor(y)) if ratio == 1 else _Cut(level, ratio, x, y)


def _window(cut: _Cut, host: np.random.Generator, size: tuple[int, int], least: bool) -> tuple[float, ...]:
    """The picture that marks see, in pixels: short side, left and top of the crop in it, width, height.

    It may be larger than the photograph, which is then taken for a part of it, or smaller.
    """
    h, w = (side / cut.ratio for side in cut.level.shape[1:])
    grown = 1.0 if least else math.exp(host.uniform(math.log(_ENLARGED[0]), math.log(_ENLARGED[1])))
    grown = max(grown, size[0] / h, size[1] / w)
    room_x, room_y = w * grown - size[1], h * grown - size[0]
    left = cut.x / cut.ratio + host.uniform(0, 1) * max(grown - 1, 0) * w
    top = cut.y / cut.ratio + host.uniform(0, 1) * max(grown - 1, 0) * h
    return min(h, w) * grown, min(left, room_x), min(top, room_y), w * grown, h * grown


def _short_side(photo: Photograph, host: np.random.Generator, size: tuple[int, int], at_least: bool) -> float:
    """Log-uniform between the smallest that holds a crop and the photograph's own; small ones less often."""
    h, w = photo.levels[0].shape[1:]
    own = float(photo.short_side)
    least = own * max(size[0] / h, size[1] / w)
    if least >= own:
        return least  # a small photograph is enlarged to hold the crop
    least = max(least, min(photo.levels[-1].shape[1:]) / _MOST_REDUCTION)
    return least if at_least else math.exp(math.log(own / least) * host.random() ** 0.75) * least


def _coarsest(photo: Photograph, size: tuple[int, int]) -> int:
    fits = [i for i, level in enumerate(photo.levels) if level.shape[1] >= size[0] and level.shape[2] >= size[1]]
    return fits[-1] if fits else 0


def _looked_up(regions: Tensor, lookups: Tensor, size: tuple[int, int], flip: Tensor) -> Tensor:
    """Regions (n, 3, S, S), some mirrored: (n, 3, H, W). lookups: texels a pixel, first x and y, texels held."""
    h, w = size
    ratio, first_x, first_y, held_x, held_y = lookups.split(1, 1)
    columns = torch.arange(w, device=regions.device) + 0.5
    columns = torch.where(flip[:, None], w - columns, columns)
    rows = (torch.arange(h, device=regions.device) + 0.5)[None]
    x = torch.minimum(columns * ratio + first_x, held_x - 0.5) * (2 / regions.shape[3]) - 1
    y = torch.minimum(rows * ratio + first_y, held_y - 0.5) * (2 / regions.shape[2]) - 1
    grid = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), -1)
    return F.grid_sample(regions.float() / 255, grid, mode="bilinear", padding_mode="border", align_corners=False)


def whole_picture(pixels: Tensor, short_side: int | None = None) -> tuple[Tensor, View]:
    """One whole picture, (3, H, W) uint8, at `short_side` pixels or as it is: (1, 3, h, w) and its view."""
    picture = pixels[None].float() / 255
    h, w = pixels.shape[1:]
    if short_side is not None and short_side != min(h, w):
        size = round(h * short_side / min(h, w)), round(w * short_side / min(h, w))
        picture = F.interpolate(picture, size=size, mode="bilinear", antialias=True, align_corners=False)
        h, w = size
    zero = torch.zeros(1, device=pixels.device)
    picture_size = torch.tensor([[w, h]], dtype=torch.float32, device=pixels.device)
    return picture.clamp(0, 1), View.window((h, w), zero + min(h, w), zero, zero, picture_size)
