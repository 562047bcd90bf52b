"""What a training step sees, and what every source of it promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from ...types import BlendType

__all__ = ["Source", "Told", "Triplets", "one_seed"]


@dataclass(frozen=True)
class Told:
    """What is said of a sample. words: of its top foreground, may be empty.   blend: None where it is not known, or
    where its foregrounds differ in it.   foregrounds: how many there are."""

    words: str
    blend: BlendType | None
    foregrounds: int = 1


@dataclass(frozen=True, eq=False)
class Triplets:
    """A batch; float32 of 0..1. All samples of one have the same size and as many foregrounds.

    x: foregrounds, top first, (B, N, 4, H, W), straight alpha.   y: background, z: composite, (B, 3, H, W).
    told: one a sample.
    """

    x: torch.Tensor
    y: torch.Tensor
    z: torch.Tensor
    told: tuple[Told, ...]

    def __len__(self) -> int:
        return len(self.z)

    def to(self, device: torch.device) -> Triplets:
        """The same on `device`."""
        return Triplets(self.x.to(device), self.y.to(device), self.z.to(device), self.told)


class Source(Protocol):
    """Where triplets come from.

    What a step sees follows from the seed, the step and the process alone, not from what came before: so a training
    that was interrupted goes on with the very samples it would have seen.
    """

    def at(self, step: int, rank: int, count: int) -> Triplets:
        """The samples of one step of one process: the same whenever they are asked for."""
        ...

    def prompts(self) -> list[Told]:
        """Everything that can be said of a sample, so that text is encoded once and beforehand."""
        ...


def one_seed(seed: int, step: int, rank: int) -> int:
    """One seed for a generator out of three numbers."""
    return int(np.random.SeedSequence((seed, step, rank)).generate_state(1, np.uint32)[0])
