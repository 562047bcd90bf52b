"""Pictures looked up at any coordinate, and the tiling textures that weather is made of.

A texture has period 1 in both directions and wraps. Knows nothing of photographs or of kinds.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .rng import Rng

__all__ = ["SIDE", "bilinear_lookup", "disc_textures", "line_textures", "noise_textures", "tiled_lookup"]

SIDE = 512  # a power of two: wrapping is then a bit mask


def tiled_lookup(bank: Tensor, index: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """Bilinear lookup with period 1. index: (n,); u, v: (n, H, W); gives (n, H, W).

    bank: (B, SIDE + 1, SIDE + 1), the first row and column once more at the end.
    """
    x, y = u * SIDE - 0.5, v * SIDE - 0.5
    left, top = x.floor(), y.floor()
    across, down = x - left, y - top
    column, row = left.int() & (SIDE - 1), top.int() & (SIDE - 1)
    return _four(bank, index, column, row, across, down)[:, 0]


def bilinear_lookup(bank: Tensor, index: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Bilinear lookup with edges repeated. bank: (B, h, w) or (B, planes, h, w), any dtype; index: (n,).

    x, y: (n, H, W), in texels; gives floats, (n, H, W) or (n, planes, H, W).
    """
    h, w = bank.shape[-2:]
    x, y = (x - 0.5).clamp(0, w - 1), (y - 0.5).clamp(0, h - 1)
    left, top = x.floor().clamp(max=w - 2), y.floor().clamp(max=h - 2)
    found = _four(bank, index, left.int(), top.int(), x - left, y - top)
    return found[:, 0] if bank.ndim == 3 else found


def _four(bank: Tensor, index: Tensor, column: Tensor, row: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Between four neighbours; one index serves them all, read at four offsets of the flat bank."""
    h, w = bank.shape[-2:]
    planes = bank.shape[1] if bank.ndim == 4 else 1
    flat = bank.reshape(-1)
    if flat.numel() >= 2**31:
        raise ValueError(f"a bank of {flat.numel()} elements is too large for 32-bit indices: load fewer")
    place = (row * w + column + (index.int() * (planes * h * w))[:, None, None]).reshape(-1)
    last = flat.numel() - (planes - 1) * h * w - w - 1

    def at(offset: int) -> Tensor:
        return flat[offset : offset + last].index_select(0, place).view(across.shape).to(across.dtype)

    found = []
    for first in range(0, planes * h * w, h * w):
        upper = torch.lerp(at(first), at(first + 1), across)
        found.append(torch.lerp(upper, torch.lerp(at(first + w), at(first + w + 1), across), down))
    return torch.stack(found, 1)


def _tiling(field: Tensor) -> Tensor:
    """(B, SIDE, SIDE) as `tiled_lookup` wants it."""
    field = torch.cat([field, field[:, :1]], 1)
    return torch.cat([field, field[:, :, :1]], 2)


def _frequencies(device: torch.device) -> tuple[Tensor, Tensor]:
    f = torch.fft.fftfreq(SIDE, 1 / SIDE, device=device)
    return f[:, None], f[None, : SIDE // 2 + 1].abs()


def noise_textures(rng: Rng, count: int) -> Tensor:
    """For `tiled_lookup`: 0..1 with equal shares of every value: 1/f noise, from billows to fine grain.

    The last third is stretched along one axis, like wisps.
    """
    across, down = _frequencies(rng.device)
    stretch = torch.ones(count, 1, 1, device=rng.device)
    stretch[2 * count // 3 :] = rng.log_uniform(count - 2 * count // 3, 2, 5)
    radius = torch.sqrt((across[None] * stretch) ** 2 + down[None] ** 2).clamp(min=1)
    spectrum = radius ** -rng.uniform(count, 1.2, 2.0)
    spectrum[:, 0, 0] = 0
    white = torch.fft.rfft2(rng.normal((count, SIDE, SIDE)))
    field = torch.fft.irfft2(white * spectrum, s=(SIDE, SIDE))
    field = field / field.std((1, 2), keepdim=True)
    return _tiling(0.5 * (1 + torch.erf(field / math.sqrt(2))))


def _scattered(rng: Rng, kernel: Tensor, density: Tensor) -> Tensor:
    """Kernels (count, SIDE, SIDE; centred at 0, 0) put down at random places, each with its own strength."""
    count = kernel.shape[0]
    seeds = (rng.normal((count, SIDE, SIDE)).abs() * 0.3 + 0.4).clamp(max=1)
    seeds = seeds * (rng.random((count, SIDE, SIDE)) < density)
    field = torch.fft.irfft2(torch.fft.rfft2(seeds) * torch.fft.rfft2(kernel), s=(SIDE, SIDE))
    return field.clamp(0, 1)


def _distances(device: torch.device) -> tuple[Tensor, Tensor]:
    """Signed distances from (0, 0), in texels, wrapping."""
    d = torch.fft.fftfreq(SIDE, 1 / SIDE, device=device)
    return d[None, :, None], d[None, None, :]


def line_textures(rng: Rng, count: int) -> Tensor:
    """For `tiled_lookup`: 0..1, vertical streaks, sparse to dense, short to long."""
    down, across = _distances(rng.device)
    length, width = rng.log_uniform(count, 5, 40), rng.log_uniform(count, 0.55, 1.4)
    along = torch.sigmoid((length - down.abs()) / (0.25 * length)) * (1 + 0.5 * down / length).clamp(0, 1.5)
    kernel = along * torch.exp(-((across / width) ** 2))
    return _tiling(_scattered(rng, kernel, rng.log_uniform(count, 0.03, 0.25) / (2 * length * width)))


def disc_textures(rng: Rng, count: int) -> Tensor:
    """For `tiled_lookup`: 0..1, flakes and specks of three sizes each, soft to sharp."""
    down, across = _distances(rng.device)
    radius = torch.sqrt(down**2 + across**2)
    field = torch.zeros(count, SIDE, SIDE, device=rng.device)
    for low, high in ((1.0, 2.0), (2.0, 4.5), (4.5, 9.0)):
        size = rng.log_uniform(count, low, high)
        edge = rng.log_uniform(count, 0.12, 0.5) * size
        kernel = torch.sigmoid((size - radius) / edge)
        layer = _scattered(rng, kernel, rng.log_uniform(count, 0.004, 0.04) / size**2 * (low < 4 or 0.3))
        field = field + layer * (1 - field)
    return _tiling(field)
