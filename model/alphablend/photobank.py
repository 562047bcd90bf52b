"""Photographs as pyramids in one flat buffer on the device, so that a whole batch is one gather.

A level of a photograph is a view into the buffer. Knows nothing of which photograph or crop is chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from .pack import PackedPhoto

__all__ = ["Photograph", "Photographs", "gathered_regions", "lookup"]

_LEVELS = 4

DRAWINGS_SHARE = 0.15
"""Of the backdrops of a varied source."""


@dataclass(frozen=True, eq=False)
class Photograph:
    """levels: uint8, 3 x H x W, each half the size of the one before."""

    key: str
    licence: str
    author: str
    levels: list[Tensor]

    @property
    def short_side(self) -> int:
        return min(self.levels[0].shape[1:])


@dataclass(frozen=True, eq=False)
class Photographs(Sequence[Photograph]):
    """photos: the photographs, then `drawings` pictures that are none.   texels: uint8 (T,), all levels in a row.

    table: int64 (P, LEVELS, 3), first texel, height and width of each level; height 0 where there is none.
    """

    photos: list[Photograph]
    texels: Tensor
    table: Tensor
    drawings: int = 0

    def drawn(self, host: np.random.Generator) -> Photograph:
        """One at random; a drawing in DRAWINGS_SHARE of the cases where there are any."""
        photographs = len(self.photos) - self.drawings
        if self.drawings and host.random() < DRAWINGS_SHARE:
            return self.photos[photographs + host.integers(self.drawings)]
        return self.photos[host.integers(photographs)]

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, index):
        return self.photos[index]

    @staticmethod
    def load(packed: Sequence[PackedPhoto], device: torch.device, drawings: int = 0) -> Photographs:
        """Builds the pyramids on `device`."""
        pyramids = [_sizes(photo.pixels) for photo in packed]
        texels = torch.empty(sum(3 * h * w for sizes in pyramids for h, w in sizes), dtype=torch.uint8, device=device)
        table = torch.zeros(len(packed), _LEVELS, 3, dtype=torch.long)
        photos, first = [], 0
        for number, photo in enumerate(packed):
            levels = []
            for i, pixels in enumerate(_pyramid(photo.pixels)):
                h, w = pixels.shape[:2]
                level = texels[first : first + 3 * h * w].view(3, h, w)
                level.copy_(torch.from_numpy(pixels.transpose(2, 0, 1).copy()))
                table[number, i] = torch.tensor([first, h, w])
                levels.append(level)
                first += 3 * h * w
            photos.append(Photograph(photo.key, photo.licence, photo.author, levels))
        return Photographs(photos, texels, table.to(device), drawings)


def _sizes(pixels: np.ndarray) -> list[tuple[int, int]]:
    """Height and width of each level of the pyramid."""
    sizes = [(pixels.shape[0], pixels.shape[1])]
    while len(sizes) < _LEVELS and min(sizes[-1]) >= 128:
        sizes.append((sizes[-1][0] // 2, sizes[-1][1] // 2))
    return sizes


def _pyramid(pixels: np.ndarray) -> Iterator[np.ndarray]:
    for h, w in _sizes(pixels):
        if pixels.shape[:2] != (h, w):
            pixels = cv2.resize(pixels, (w, h), interpolation=cv2.INTER_AREA)
        yield pixels


def gathered_regions(texels: Tensor, levels: Sequence[Tensor], corners: np.ndarray, room: int) -> Tensor:
    """Square regions of `room` texels from (left, top) of each level: uint8 (n, 3, room, room), in one gather.

    texels: the buffer that every level is a view of.   corners: int (n, 2), left and top.
    Beyond a level's right and lower edge its last column and row repeat.
    """
    shapes = np.array([(level.storage_offset(), *level.shape[1:]) for level in levels], np.int64)
    held = torch.from_numpy(np.concatenate([shapes, corners.astype(np.int64)], 1)).to(texels.device)
    first, h, w, left, top = (column[:, None, None, None] for column in held.unbind(1))
    steps = torch.arange(room, device=texels.device)
    row = torch.minimum(top + steps[None, None, :, None], h - 1)
    column = torch.minimum(left + steps[None, None, None, :], w - 1)
    plane = torch.arange(3, device=texels.device)[None, :, None, None] * (h * w)
    return texels[first + plane + row * w + column]


def _mirrored(x: Tensor, length: Tensor) -> Tensor:
    """Coordinates folded back into 0..length."""
    return length - (torch.remainder(x, 2 * length) - length).abs()


def lookup(photographs: Photographs, number: Tensor, x: Tensor, y: Tensor, pixel: Tensor) -> Tensor:
    """(n, 3, H, W) of 0..1: photographs `number` (n,) at x, y (n, H, W), where their short side is 1, mirrored beyond.

    pixel: (n, 1, 1), side of a pixel in x and y, by which the level is chosen. Bilinear.
    """
    table = photographs.table[number]  # (n, LEVELS, 3)
    short = table[..., 1:].amin(-1)
    fitting = (short >= (1 / pixel).reshape(-1, 1) * 0.9).sum(1)  # levels shrink, so those that fit come first
    chosen = table.gather(1, (fitting - 1).clamp(min=0)[:, None, None].expand(-1, 1, 3))[:, 0]
    first, h, w = (column[:, None, None] for column in chosen.unbind(1))
    side = torch.minimum(h, w)
    u, v = _mirrored(x * side, w) - 0.5, _mirrored(y * side, h) - 0.5
    u, v = torch.minimum(u.clamp(min=0), w - 1.0), torch.minimum(v.clamp(min=0), h - 1.0)
    left, top = torch.minimum(u.floor(), w - 2.0), torch.minimum(v.floor(), h - 2.0)
    across, down = u - left, v - top
    place = first + top.long() * w + left.long()
    planes = []
    for plane in range(3):
        at = place + plane * h * w
        upper = torch.lerp(photographs.texels[at].float(), photographs.texels[at + 1].float(), across)
        lower = torch.lerp(photographs.texels[at + w].float(), photographs.texels[at + w + 1].float(), across)
        planes.append(torch.lerp(upper, lower, down))
    return torch.stack(planes, 1) / 255
