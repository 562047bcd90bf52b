"""Endless samples of the AlphaBlend generator, in aspect buckets, with one to three foregrounds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from ...blending import canonical
from ...diffdecompose.buckets import bucket
from ...diffdecompose.prompts import KIND_WORDS
from ...types import BlendType, Kind
from .sample import Told, Triplets, one_seed

__all__ = ["ASPECTS", "GeneratedSource", "foregrounds_of"]

ASPECTS = ((1, 1), (4, 5), (5, 4), (3, 4), (4, 3), (2, 3), (3, 2), (9, 16), (16, 9), (1, 2), (2, 1))
"""Height and width of what cameras, screens and posters have; a batch has one of them."""
_SQUARE = 0.4
"""Share of batches that are square; the other aspects are equally likely."""
_WHOLE = 0.7
"""Share of samples that show as much of their photograph as the shape allows: in use pictures are shown whole."""


class GeneratedSource:
    """Samples of about `size` x `size` pixels; foregrounds in the one canonical form.

    pack: of the generator.   device: where samples are made.   foregrounds: shares of batches with one, two, three.
    """

    def __init__(
        self, pack: Path, size: int, seed: int, device: str = "cpu", foregrounds: Sequence[float] = (1.0,)
    ) -> None:
        from ...alphablend.generator import AlphaBlend

        self._generator = AlphaBlend(pack, "train", device, seed)
        self._size = size
        self._seed = seed
        self._shares = np.asarray(foregrounds) / sum(foregrounds)

    def at(self, step: int, rank: int, count: int) -> Triplets:
        seed = one_seed(self._seed, step, rank)
        rng = np.random.default_rng(seed)
        height, width = ASPECTS[0 if rng.random() < _SQUARE else rng.integers(1, len(ASPECTS))]
        layers = 1 + int(rng.choice(len(self._shares), p=self._shares))
        self._generator.reseed(seed)
        stack = self._generator.stacked(count, bucket(height, width, self._size), layers, whole=_WHOLE)
        top_first = stack[::-1]
        foregrounds = torch.stack([foregrounds_of(batch) for batch in top_first], dim=1)
        return Triplets(foregrounds, stack[0].y, stack[-1].z, tuple(_told(top_first, i) for i in range(count)))

    def prompts(self) -> list[Told]:
        numbers = [number for number, share in enumerate(self._shares, 1) if share > 0]
        blends = {1: list(BlendType)}
        return [
            Told(_words(kind), blend, number)
            for number in numbers
            for kind in (None, *Kind)
            for blend in blends.get(number, [*BlendType, None])
        ]


def foregrounds_of(batch) -> torch.Tensor:
    """Colour and alpha of a batch's layers, (B, 4, H, W)."""
    layers = []
    for emission, transmission, blend in zip(batch.emission, batch.transmission, _blends(batch), strict=True):
        alpha, colour = canonical(emission, transmission, blend, axis=0)
        layers.append(torch.cat([colour, alpha]))
    return torch.stack(layers)


def _blends(batch) -> list[BlendType]:
    return [list(BlendType)[int(number)] for number in batch.blend]


def _told(top_first, i: int) -> Told:
    """What is said of sample i: its top layer's kind; its blend type where all its layers share one."""
    kind = int(top_first[0].kind[i])
    blends = {_blends(batch)[i] for batch in top_first}
    return Told(
        _words(list(Kind)[kind] if kind < len(Kind) else None),
        blends.pop() if len(blends) == 1 else None,
        len(top_first),
    )


def _words(kind: Kind | None) -> str:
    return KIND_WORDS[kind] if kind else ""
