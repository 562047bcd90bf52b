"""Turns truth into what the network may be given: a coarse estimate, a hint, a colour, a blend type, or nothing.

A coarse estimate of a tile is the truth, degraded as a global pass would be: reduced, off in strength, with false and
missing marks. Early stages show it; later ones and inference do not, for it misled (see `model.nano.passes`).
Knows nothing of the network.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ...nano import layout

__all__ = ["degraded", "hint_mask", "network_inputs"]


def uniform(n: int, low: float, high: float, generator: torch.Generator, device: torch.device) -> Tensor:
    return torch.rand(n, 1, 1, 1, generator=generator, device=device) * (high - low) + low


def degraded(layer: Tensor, generator: torch.Generator, host: torch.Generator | None = None) -> Tensor:
    """(N, 6, H, W) emission and opacity -> the same as a reduced global pass would estimate it.

    host: a CPU generator for the numbers that steer Python, so that no step waits for the device; `generator` itself if
    not given, which must then be a CPU one.
    """
    n, _, h, w = layer.shape
    device = layer.device
    factor = 2 ** int(torch.randint(1, 5, (1,), generator=host or generator))  # 2..16
    small = F.avg_pool2d(layer, factor)
    small = small * uniform(n, 0.7, 1.2, generator, device)
    if small.shape[-1] > 3:  # a soft mask in place of a sharp one
        soft = F.avg_pool2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        mix = uniform(n, 0, 1, generator, device)
        small = small * mix + soft * (1 - mix)
    patchy = torch.rand(n, 1, max(1, h // 32), max(1, w // 32), generator=generator, device=device)
    patchy = F.interpolate(patchy, size=small.shape[-2:], mode="bilinear", align_corners=False)
    missing = (patchy < uniform(n, 0, 0.3, generator, device)).float()
    false = (patchy > uniform(n, 0.85, 1.3, generator, device)).float() * uniform(n, 0, 0.3, generator, device)
    small = (small * (1 - missing) + false).clamp(0, 1)
    noise = torch.randn(small.shape, generator=generator, device=device)
    small = small + noise * uniform(n, 0, 0.03, generator, device)
    return F.interpolate(small, size=(h, w), mode="bilinear", align_corners=False).clamp(0, 1)


def hint_mask(alpha: Tensor, generator: torch.Generator, host: torch.Generator | None = None) -> Tensor:
    """(N, 1, H, W) alpha -> a hint as a person draws it: too wide, or a few strokes of it. host: as of `degraded`."""
    n, _, h, w = alpha.shape
    margin = int(torch.randint(0, 6, (1,), generator=host or generator))
    mask = F.max_pool2d((alpha > 0.03).float(), 2 * margin + 1, stride=1, padding=margin)
    strokes = torch.rand(n, 1, max(1, h // 16), max(1, w // 16), generator=generator, device=alpha.device)
    strokes = F.interpolate(strokes, size=(h, w), mode="bilinear", align_corners=False)
    kept = uniform(n, -0.6, 0.6, generator, alpha.device)  # below 0: all of it
    return mask * (strokes > kept).float()


def network_inputs(
    z: Tensor,
    emission: Tensor,
    transmission: Tensor,
    alpha: Tensor,
    blend: Tensor,
    kind: Tensor,
    generator: torch.Generator,
    tiles: float = 0.4,
    kind_given: float = 0.1,
    host: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """-> picture (N, 12, H, W), condition (N, 17) as in `layout`.

    tiles: share of samples shown as a tile, with a coarse estimate and the blend type that goes with it.
    Colour and blend type are given rarely, so that the network learns to do without. The kind is given to a share
    `kind_given` of whole pictures: a veil is named first and measured at a second pass, given its kind, for a layer
    that hedges against "nothing there" measures too thin (fog: 0.85 of unchanged untold, 0.60 given, one network).
    host: a CPU generator, where `generator` is not one (see `degraded`).
    """
    n, _, h, w = z.shape
    device = z.device

    def chance(p: float) -> Tensor:
        return (torch.rand(n, generator=generator, device=device) < p).float()

    tile, hinted = chance(tiles), chance(0.15)
    some = (kind != layout.NO_KIND).float()
    picture = z.new_zeros(n, layout.PICTURE_CHANNELS, h, w)
    picture[:, layout.PICTURE] = z - 0.5
    coarse = torch.cat(
        [degraded(torch.cat([emission, 1 - transmission], dim=1), generator, host), torch.ones_like(alpha)], 1
    )
    picture[:, layout.COARSE] = coarse * tile[:, None, None, None]
    hint = torch.cat([hint_mask(alpha, generator, host), torch.ones_like(alpha)], dim=1)
    picture[:, layout.HINT] = hint * hinted[:, None, None, None]

    condition = z.new_zeros(n, layout.CONDITION_WIDTH)
    given = torch.maximum(tile * chance(0.7), chance(0.1)) * some
    condition[:, layout.GIVEN_BLEND] = F.one_hot(blend, len(layout.BLENDS)).float() * given[:, None]
    given = torch.maximum(tile * chance(0.5), chance(kind_given)) * some
    kinds = F.one_hot(kind, len(layout.KINDS) + 1)[:, : len(layout.KINDS)].float()
    condition[:, layout.GIVEN_KIND] = kinds * given[:, None]
    weight = (emission.amax(dim=1, keepdim=True) > 0.05).float()
    colour = (emission * weight).sum(dim=(2, 3)) / (alpha * weight).sum(dim=(2, 3)).clamp(min=1e-3)  # (N, 3)
    given = chance(0.1) * some * (weight.sum(dim=(1, 2, 3)) > 0).float()
    condition[:, layout.GIVEN_COLOUR] = colour.clamp(0, 1) * given[:, None]
    condition[:, layout.HAS_COLOUR] = given
    condition[:, layout.IS_TILE] = tile
    return picture, condition
