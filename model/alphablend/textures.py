"""Pictures looked up at any coordinate, and the tiling textures that weather is made of.

A texture has period 1 in both directions and wraps. Knows nothing of photographs or of kinds.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .dice import Dice

__all__ = ["SIDE", "disc_textures", "line_textures", "noise_textures", "tap", "wrapped"]

SIDE = 512
_MOST = 1 << 25  # elements of one lookup: larger fields go row by row


def wrapped(bank: Tensor, index: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """Bilinear lookup with period 1. bank: (B, h, w); index: (n,); u, v: (n, H, W); gives (n, H, W) floats."""
    h, w = bank.shape[1:]
    return _four(bank, index, u * w - 0.5, v * h - 0.5, lambda i: i % w, lambda i: i % h)


def tap(bank: Tensor, index: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Bilinear lookup with edges repeated. x, y: (n, H, W), in texels. bank: (B, h, w); gives (n, H, W) floats."""
    h, w = bank.shape[1:]
    return _four(bank, index, x - 0.5, y - 0.5, lambda i: i.clamp(0, w - 1), lambda i: i.clamp(0, h - 1))


def _four(bank: Tensor, index: Tensor, x: Tensor, y: Tensor, column, row) -> Tensor:
    h, w = bank.shape[1:]
    flat = bank.reshape(-1)
    left, top = x.floor(), y.floor()
    across, down = x - left, y - top
    left, top = left.long(), top.long()
    start = (index * (h * w))[:, None, None]
    upper, lower = start + row(top) * w, start + row(top + 1) * w
    left, right = column(left), column(left + 1)

    def at(place: Tensor) -> Tensor:
        return flat[place].to(x.dtype)

    first = torch.lerp(at(upper + left), at(upper + right), across)
    second = torch.lerp(at(lower + left), at(lower + right), across)
    return torch.lerp(first, second, down)


def _frequencies(device: torch.device) -> tuple[Tensor, Tensor]:
    f = torch.fft.fftfreq(SIDE, 1 / SIDE, device=device)
    return f[:, None], f[None, : SIDE // 2 + 1].abs()


def noise_textures(dice: Dice, count: int) -> Tensor:
    """(count, SIDE, SIDE), 0..1 with equal shares of every value: 1/f noise, from billows to fine grain.

    The last third is stretched along one axis, like wisps.
    """
    across, down = _frequencies(dice.device)
    stretch = torch.ones(count, 1, 1, device=dice.device)
    stretch[2 * count // 3 :] = dice.log_uniform(count - 2 * count // 3, 2, 5)
    radius = torch.sqrt((across[None] * stretch) ** 2 + down[None] ** 2).clamp(min=1)
    spectrum = radius ** -dice.uniform(count, 1.2, 2.0)
    spectrum[:, 0, 0] = 0
    white = torch.fft.rfft2(dice.normal((count, SIDE, SIDE)))
    field = torch.fft.irfft2(white * spectrum, s=(SIDE, SIDE))
    field = field / field.std((1, 2), keepdim=True)
    return 0.5 * (1 + torch.erf(field / math.sqrt(2)))


def _scattered(dice: Dice, kernel: Tensor, density: Tensor) -> Tensor:
    """Kernels (count, SIDE, SIDE; centred at 0, 0) put down at random places, each with its own strength."""
    count = kernel.shape[0]
    seeds = (dice.normal((count, SIDE, SIDE)).abs() * 0.3 + 0.4).clamp(max=1)
    draw = torch.rand((count, SIDE, SIDE), generator=dice._generator, device=dice.device)
    seeds = seeds * (draw < density)
    field = torch.fft.irfft2(torch.fft.rfft2(seeds) * torch.fft.rfft2(kernel), s=(SIDE, SIDE))
    return field.clamp(0, 1)


def _distances(device: torch.device) -> tuple[Tensor, Tensor]:
    """Signed distances from (0, 0), in texels, wrapping."""
    d = torch.fft.fftfreq(SIDE, 1 / SIDE, device=device)
    return d[None, :, None], d[None, None, :]


def line_textures(dice: Dice, count: int) -> Tensor:
    """(count, SIDE, SIDE), 0..1: vertical streaks, sparse to dense, short to long."""
    down, across = _distances(dice.device)
    length, width = dice.log_uniform(count, 5, 40), dice.log_uniform(count, 0.55, 1.4)
    along = torch.sigmoid((length - down.abs()) / (0.25 * length)) * (1 + 0.5 * down / length).clamp(0, 1.5)
    kernel = along * torch.exp(-((across / width) ** 2))
    return _scattered(dice, kernel, dice.log_uniform(count, 0.15, 1.2) / (SIDE * length))


def disc_textures(dice: Dice, count: int) -> Tensor:
    """(count, SIDE, SIDE), 0..1: flakes and specks of three sizes each, soft to sharp."""
    down, across = _distances(dice.device)
    radius = torch.sqrt(down**2 + across**2)
    field = torch.zeros(count, SIDE, SIDE, device=dice.device)
    for low, high in ((1.0, 2.0), (2.0, 4.5), (4.5, 9.0)):
        size = dice.log_uniform(count, low, high)
        edge = dice.log_uniform(count, 0.12, 0.5) * size
        kernel = torch.sigmoid((size - radius) / edge)
        layer = _scattered(dice, kernel, dice.log_uniform(count, 0.01, 0.05) / size**2 * (low < 4 or 0.3))
        field = field + layer * (1 - field)
    return field
