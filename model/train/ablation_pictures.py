"""The ablation's pictures: photographs of a few pixels under one white plate, with the layers known.

The task is narrow so that a network trained for minutes can learn it: the plate's place, size and opacity are drawn,
its colour and shape are not. What the answer needs is what decomposition needs: copy z where nothing lies on it,
estimate one opacity, and divide it out under the plate. Knows nothing of networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from ..alphablend.generator import AlphaBlend
from ..alphablend.sources import Split
from .flux.latents import Latents
from .triplets.sample import Told

__all__ = ["OPACITY", "Pictures", "draw", "under_plates"]

OPACITY = (0.3, 0.8)
"""Range of the plates' alpha: below it nothing much is to be removed, above it little is left to see."""
_CHUNK = 256


@dataclass(frozen=True, eq=False)
class Pictures:
    """float32 of 0..1: z, y (N, 3, H, W); x (N, 4, H, W), colour and alpha, 0 where the plate is not."""

    z: torch.Tensor
    x: torch.Tensor
    y: torch.Tensor

    def __len__(self) -> int:
        return len(self.z)

    def latents(self, chosen: torch.Tensor) -> Latents:
        """Some of them as latents: the RGBA pixels themselves, -1..1, in place of an autoencoder's four channels.

        chosen: (B,) indices. The code is fixed and loses nothing, so what is wrong in an answer is the network's doing.
        """
        z, x, y = self.z[chosen], self.x[chosen], self.y[chosen]
        opaque = torch.ones_like(z[:, :1])
        x, y, z = (part * 2 - 1 for part in (x, torch.cat([y, opaque], 1), torch.cat([z, opaque], 1)))
        return Latents(x[:, None], y, z, (Told("", None, 1),) * len(chosen))


def draw(pack: Path, split: Split, count: int, side: int, seed: int) -> Pictures:
    """`count` pictures of `side` x `side` pixels over the photographs of one split of a generator's pack.

    Raises FileNotFoundError where the pack has not been made.
    """
    source = AlphaBlend(pack, split, "cpu", seed)
    chunks = [source.batch(_CHUNK, side, {"none": 1.0}).y for _ in range(-(-count // _CHUNK))]
    return under_plates(torch.cat(chunks)[:count], torch.Generator().manual_seed(seed))


def under_plates(y: torch.Tensor, rng: torch.Generator) -> Pictures:
    """Lay a white plate on each of y (N, 3, H, W): a third to five sixths of each side, its edges between pixels.

    z is rounded to 8 bits, as files are.
    """
    count, _, height, width = y.shape
    inside = _spans(count, height, rng)[:, :, None] & _spans(count, width, rng)[:, None, :]  # (N, H, W)
    low, high = OPACITY
    opacity = low + (high - low) * torch.rand(count, 1, 1, generator=rng)
    white = inside[:, None].float()
    alpha = white * opacity[:, None]
    z = ((alpha + (1 - alpha) * y) * 255).round() / 255
    return Pictures(z, torch.cat([white.expand(-1, 3, -1, -1), alpha], 1), y)


def _spans(count: int, side: int, rng: torch.Generator) -> torch.Tensor:
    """bool (count, side): one run of pixels in each row."""
    least, most = -(-side // 3), side * 5 // 6
    lengths = torch.randint(least, most + 1, (count, 1), generator=rng)
    starts = (torch.rand(count, 1, generator=rng) * (side - lengths + 1)).long()
    at = torch.arange(side)[None]
    return (at >= starts) & (at < starts + lengths)
