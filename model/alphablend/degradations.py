"""What cameras and files do to pictures: blur, sharpening, gamma, noise, JPEG.

Batches (n, 3, H, W) of 0..1 in, the same out. Done to the backdrop it is part of the truth; done to the
composite it must stay mild, for then the truth no longer fits to the level.
"""

from __future__ import annotations

import math
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from .rng import Rng

__all__ = ["degraded_backdrop", "degraded_composite", "hue_jittered", "jpeg", "quantised"]

# Annex K of ITU-T T.81
_LUMA = (
    "16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62 "
    "18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99"
)
_CHROMA = (
    "17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 99 "
    "99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99"
)


@cache
def _constants(device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """The 8 x 8 cosine basis, RGB to YCbCr, and the quantisation tables (2, 8, 8)."""
    k = torch.arange(8, dtype=torch.float64)
    basis = torch.cos((2 * k[None] + 1) * k[:, None] * math.pi / 16) / 2
    basis[0] /= math.sqrt(2)
    colour = [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
    tables = [[float(x) for x in table.split()] for table in (_LUMA, _CHROMA)]
    return (
        basis.float().to(device),
        torch.tensor(colour, device=device),
        torch.tensor(tables, device=device).view(2, 8, 8),
    )


def _blocks(planes: Tensor, tables: Tensor, basis: Tensor) -> Tensor:
    """Planes (n, c, H, W), multiples of 8, through the quantised cosine transform; tables (n, 1, 1, 1, 8, 8)."""
    n, c, h, w = planes.shape
    cut = planes.view(n, c, h // 8, 8, w // 8, 8).transpose(3, 4)
    waves = basis @ cut @ basis.T
    waves = torch.round(waves / tables) * tables
    return (basis.T @ waves @ basis).transpose(3, 4).reshape(n, c, h, w)


def jpeg(pictures: Tensor, quality: Tensor, halved: bool) -> Tensor:
    """A JPEG round trip. quality: (n, 1, 1), 1..100 as the common encoders scale it; halved: 4:2:0 chroma."""
    h, w = pictures.shape[2:]
    basis, colour, tables = _constants(pictures.device)
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)[:, None]
    steps = ((tables[None] * scale + 50) / 100).floor().clamp(1, 255)[:, :, None, None]
    padded = F.pad(pictures, (0, -w % 16, 0, -h % 16), mode="replicate")
    middle = torch.tensor([128.0, 0, 0], device=pictures.device).view(1, 3, 1, 1)
    planes = (torch.einsum("dc,nchw->ndhw", colour, padded.mul(255).round()) - middle).round()
    luma = _blocks(planes[:, :1], steps[:, :1], basis).round()
    chroma = F.avg_pool2d(planes[:, 1:], 2).round() if halved else planes[:, 1:]
    chroma = _blocks(chroma, steps[:, 1:], basis).round()
    if halved:
        chroma = F.interpolate(chroma, scale_factor=2, mode="bilinear", align_corners=False)
    red = luma + 128 + 1.402 * chroma[:, 1:]
    green = luma + 128 - 0.344136 * chroma[:, :1] - 0.714136 * chroma[:, 1:]
    blue = luma + 128 + 1.772 * chroma[:, :1]
    return torch.cat([red, green, blue], 1)[..., :h, :w].round().clamp(0, 255) / 255


def quantised(pictures: Tensor) -> Tensor:
    """Rounded to 8 bits."""
    return (pictures.clamp(0, 1) * 255).round() / 255


def _blurred(pictures: Tensor, side: float | Tensor) -> Tensor:
    """A 3 x 3 binomial-like blur whose neighbours weigh `side`, (n, 1, 1) or a number, against 1."""
    if isinstance(side, Tensor):
        side = side[..., None]
    for axis in (2, 3):
        pad = (1, 1, 0, 0) if axis == 3 else (0, 0, 1, 1)
        wide = F.pad(pictures, pad, mode="replicate")
        length = pictures.shape[axis]
        pictures = (wide.narrow(axis, 0, length) + wide.narrow(axis, 2, length)) * side + wide.narrow(axis, 1, length)
        pictures = pictures / (1 + 2 * side)
    return pictures


def _some(pictures: Tensor, rng: Rng, share: float, change) -> Tensor:
    """`change` applied to about that share of the batch, chosen on the host."""
    chosen = torch.from_numpy((rng.host.random(len(pictures)) < share).nonzero()[0]).to(pictures.device)
    if len(chosen) == 0:
        return pictures
    return pictures.index_copy(0, chosen, change(pictures[chosen]))


def _noisy(pictures: Tensor, rng: Rng, low: float, high: float) -> Tensor:
    grain = rng.normal(pictures.shape)
    gray = rng.chance(len(pictures), 0.4)[..., None]
    grain = torch.where(gray, grain[:, :1], grain)
    return pictures + grain * rng.log_uniform(len(pictures), low, high)[..., None]


def hue_jittered(pictures: Tensor, rng: Rng) -> Tensor:
    """The same scene in other colours: hue turned about the grey axis, more or less saturated.

    There are few photographs, and a network learns them by heart: told apart from foggy ones, it knew those of training
    at 0.98 (area under the curve) and others at 0.86.
    """
    n = len(pictures)
    gray = pictures.mean(1, keepdim=True)
    angle = torch.where(rng.chance(n, 0.5), rng.uniform(n, -0.5, 0.5), rng.uniform(n, -math.pi, math.pi))[:, 0, 0]
    cos, sin = torch.cos(angle), torch.sin(angle)
    # Rodrigues' rotation about (1, 1, 1) / sqrt 3
    third, root = (1 - cos) / 3, sin / math.sqrt(3)
    row = torch.stack([cos + third, third - root, third + root], 1)
    turn = torch.stack([row, row.roll(1, 1), row.roll(2, 1)], 1)  # (n, 3, 3)
    colours = torch.einsum("ndc,nchw->ndhw", turn, pictures - gray)
    return (gray + colours * rng.uniform(n, 0.5, 1.4)[..., None]).clamp(0, 1)


def degraded_backdrop(backdrop: Tensor, rng: Rng) -> Tensor:
    """Backdrops as they may have come from anywhere, in 8 bits: all of it happened before the overlay."""

    def softened(y: Tensor) -> Tensor:
        return _blurred(y, rng.uniform(len(y), 0.1, 0.9))

    def sharpened(y: Tensor) -> Tensor:
        return y + rng.uniform(len(y), 0.2, 1.5)[..., None] * (y - _blurred(y, 0.5))

    def toned(y: Tensor) -> Tensor:
        contrast, light = rng.uniform(len(y), 0.7, 1.25)[..., None], rng.uniform(len(y), -0.1, 0.1)[..., None]
        y = (y.clamp(0, 1) + 1e-4) ** rng.log_uniform(len(y), 0.6, 1.7)[..., None]
        y = (y - 0.5) * contrast + 0.5 + light + rng.colours(len(y), -0.05, 0.05)
        gray = rng.chance(len(y), 0.12)[..., None]
        return torch.where(gray, y.mean(1, keepdim=True), y)

    backdrop = _some(backdrop, rng, 0.3, lambda y: hue_jittered(y, rng))
    backdrop = _some(backdrop, rng, 0.15, softened)
    backdrop = _some(backdrop, rng, 0.5, toned)
    backdrop = _some(backdrop, rng, 0.25, sharpened)
    backdrop = _some(backdrop, rng, 0.3, lambda y: _noisy(y, rng, 0.003, 0.03))
    for halved in (True, False):
        backdrop = _some(backdrop, rng, 0.2, lambda y, h=halved: jpeg(y, rng.uniform(len(y), 60, 98).round(), h))
    return quantised(backdrop)


def degraded_composite(composite: Tensor, rng: Rng) -> Tensor:
    """Composites as they are met, in 8 bits: two in three untouched, the rest with mild noise or JPEG."""
    composite = _some(composite, rng, 0.06, lambda z: _noisy(z, rng, 0.002, 0.008))
    for halved, share in ((True, 0.17), (False, 0.12)):
        composite = _some(composite, rng, share, lambda z, h=halved: jpeg(z, rng.uniform(len(z), 78, 98).round(), h))
    return quantised(composite)
