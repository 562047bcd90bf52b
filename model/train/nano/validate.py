"""Validation during training: background error over the unchanged picture's, by subtype, on unseen data.

One forward pass over fixed 256-px crops; the real measure is `model.evaluate`. Knows nothing of the loop.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from ...alphablend.generator import AlphaBlend
from ...nano import layout
from ...nano.net import NanoNetwork
from ..precision import mixed_precision
from .config import NONE, TrainConfig
from .losses import solved_background

__all__ = ["background", "validate"]


def rmse(difference: Tensor) -> Tensor:
    """(N, 3, H, W) -> (N,) in levels of 255."""
    return 255 * difference.square().mean(dim=(1, 2, 3)).sqrt()


@torch.no_grad()
def background(network: NanoNetwork, z: Tensor) -> Tensor:
    """(N, 3, H, W) composites -> backgrounds, by one plain pass with nothing given."""
    picture = z.new_zeros(len(z), layout.PICTURE_CHANNELS, *z.shape[2:])
    picture[:, layout.PICTURE] = z - 0.5
    condition = z.new_zeros(len(z), layout.CONDITION_WIDTH)
    with mixed_precision(z.device):
        layer = network.estimates(picture.contiguous(memory_format=torch.channels_last), condition).layer.float()
    return solved_background(z, layer[:, :3], 1 - layer[:, 3:6], layer[:, 6:9]).clamp(0, 1)


def validate(
    network: NanoNetwork, source: AlphaBlend, config: TrainConfig, subtypes: Iterable[str], count: int
) -> dict[str, float]:
    """Median ratio by subtype, `count` crops each; for pictures without foreground the mean error in levels."""
    network.eval()
    size = 160 if config.whole else 256
    ratios = {}
    for subtype in subtypes:
        source.reseed(7)  # the same crops every time
        b = source.batch(count, size, kinds={subtype: 1.0}, strength=(0.0, 1.0), whole=float(config.whole > 0))
        after = torch.cat([rmse(background(network, z) - y) for z, y in zip(b.z.split(8), b.y.split(8), strict=True)])
        before = rmse(b.z - b.y)
        value = after.mean() if subtype == NONE else (after / before.clamp(min=0.5)).median()
        ratios[subtype] = round(float(value), 3)
    network.train()
    return ratios
