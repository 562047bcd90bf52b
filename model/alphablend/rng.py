"""Seeded random numbers: the only source of randomness of the generator.

Numbers for pixels are drawn on the device, numbers that steer Python on the host, so that no batch
waits for the device. Knows nothing of what is drawn for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

__all__ = ["Rng"]


class Rng:
    """Same seed, same device, same numbers. Device draws have shape (n, 1, 1), to meet (n, H, W) fields."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self.device = device
        self.host = np.random.default_rng(seed)
        self._generator = torch.Generator(device).manual_seed(seed)

    def uniform(self, n: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return torch.rand(n, 1, 1, generator=self._generator, device=self.device) * (high - low) + low

    def log_uniform(self, n: int, low: float, high: float) -> Tensor:
        return self.uniform(n, math.log(low), math.log(high)).exp()

    def chance(self, n: int, probability: float) -> Tensor:
        return self.uniform(n) < probability

    def sign(self, n: int) -> Tensor:
        return self.chance(n, 0.5) * 2.0 - 1

    def pick(self, n: int, count: int) -> Tensor:
        """(n,) of 0..count-1."""
        return torch.randint(count, (n,), generator=self._generator, device=self.device)

    def weighted(self, n: int, weights: Sequence[float]) -> Tensor:
        """(n,) of indices, drawn by weight."""
        edges = torch.tensor(np.cumsum(weights) / sum(weights), device=self.device, dtype=torch.float32)
        return (self.uniform(n).reshape(n, 1) > edges[None, :-1]).sum(1)

    def colours(self, n: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """(n, 3, 1, 1)."""
        return torch.rand(n, 3, 1, 1, generator=self._generator, device=self.device) * (high - low) + low

    def random(self, shape: Sequence[int]) -> Tensor:
        return torch.rand(tuple(shape), generator=self._generator, device=self.device)

    def normal(self, shape: Sequence[int]) -> Tensor:
        return torch.randn(tuple(shape), generator=self._generator, device=self.device)

    def groups(self, n: int, weights: Sequence[float]) -> list[tuple[int, Tensor]]:
        """n samples dealt out by weight, on the host: (number, indices) of each group that got any."""
        drawn = self.host.choice(len(weights), n, p=np.asarray(weights) / sum(weights))
        dealt = ((number, (drawn == number).nonzero()[0]) for number in range(len(weights)))
        return [(number, torch.from_numpy(some).to(self.device)) for number, some in dealt if len(some)]
