"""Backdrops: crops of photographs at many scales, or whole photographs, with the view that belongs to each.

Knows nothing of overlays.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .banks import Banks, Photograph
from .dice import Dice
from .view import View

__all__ = ["crops", "whole"]

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


def crops(banks: Banks, dice: Dice, n: int, size: tuple[int, int]) -> tuple[Tensor, View]:
    """n crops of (H, W) pixels: (n, 3, H, W) of 0..1, and where each lies in its picture.

    The photograph's short side, in pixels of the crop, is anything from the crop's own to the photograph's.
    """
    device, host = dice.device, dice.host
    room = math.ceil(max(size) * _MOST_REDUCTION) + 2
    regions = torch.zeros(n, 3, room, room, dtype=torch.uint8, device=device)
    scale, offset, numbers = np.zeros((n, 2)), np.zeros((n, 2)), np.zeros((n, 5))
    for i in range(n):
        photo = banks.photographs[host.integers(len(banks.photographs))]
        short = _short_side(photo, host, size)
        number = _level(photo, short)
        if host.random() < _SNAPPED:
            number = min(number, _coarsest(photo, size))
            short = min(photo.levels[number].shape[1:])
        level = photo.levels[number]
        ratio = min(level.shape[1:]) / short  # texels a pixel
        h, w = level.shape[1:]
        span_y, span_x = size[0] * ratio, size[1] * ratio
        y, x = host.uniform(0, max(h - span_y, 0)), host.uniform(0, max(w - span_x, 0))
        if ratio == 1:
            y, x = math.floor(y), math.floor(x)
        top, left = math.floor(y), math.floor(x)
        piece = level[:, top : top + room, left : left + room]
        regions[i, :, : piece.shape[1], : piece.shape[2]] = piece
        scale[i], offset[i] = ratio, (x - left, y - top)
        numbers[i] = short, x / ratio, y / ratio, w / ratio, h / ratio
    grown = np.exp(host.uniform(math.log(_ENLARGED[0]), math.log(_ENLARGED[1]), (n, 1)))
    inner = host.uniform(0, 1, (n, 2)) * (grown - 1).clip(0) * numbers[:, 3:]
    grown = grown.clip(min=np.maximum(1e-3, (np.array(size) / numbers[:, 4:2:-1]).max(1, keepdims=True)))
    numbers *= np.concatenate([grown, np.ones((n, 2)), grown, grown], axis=1)
    numbers[:, 1:3] = np.minimum(numbers[:, 1:3] + inner, (numbers[:, 3:] - size[::-1]).clip(0))
    host_side = torch.from_numpy(np.concatenate([numbers, scale, offset], 1).astype(np.float32)).to(device)
    short, left, top, picture, scale_t, offset_t = host_side.split([1, 1, 1, 2, 2, 2], 1)
    flip = torch.from_numpy(host.random(n) < 0.5).to(device)
    view = View.window(size, short[:, 0], left[:, 0], top[:, 0], picture)
    return _looked_up(regions, scale_t, offset_t, size, flip), view


def _short_side(photo: Photograph, host: np.random.Generator, size: tuple[int, int]) -> float:
    """Log-uniform between the smallest that holds a crop and the photograph's own; small ones less often."""
    h, w = photo.levels[0].shape[1:]
    own = float(photo.short_side)
    least = own * max(size[0] / h, size[1] / w)
    if least >= own:
        return least  # a small photograph is enlarged to hold the crop
    return math.exp(math.log(own / least) * host.random() ** 0.75) * least


def _coarsest(photo: Photograph, size: tuple[int, int]) -> int:
    fits = [i for i, level in enumerate(photo.levels) if level.shape[1] >= size[0] and level.shape[2] >= size[1]]
    return fits[-1] if fits else 0


def _looked_up(regions: Tensor, scale: Tensor, offset: Tensor, size: tuple[int, int], flip: Tensor) -> Tensor:
    h, w = size
    room_y, room_x = regions.shape[2:]
    device = regions.device
    columns = torch.arange(w, device=device) + 0.5
    columns = torch.where(flip[:, None], w - columns, columns)
    x = (columns * scale[:, :1] + offset[:, :1]) * (2 / room_x) - 1
    y = ((torch.arange(h, device=device) + 0.5) * scale[:, 1:] + offset[:, 1:]) * (2 / room_y) - 1
    grid = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), -1)
    return F.grid_sample(regions.float() / 255, grid, mode="bilinear", padding_mode="border", align_corners=False)


def whole(pixels: Tensor, short_side: int | None = None) -> tuple[Tensor, View]:
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
