"""Two ways to run the same model: "faithful" computes every step, "fast" takes fewer and skips what repeats.

A step is skipped when the velocity is expected to be nearly the last computed one. The expectation follows
EasyCache (arXiv 2507.02860): velocity changes in proportion to how far the latents have moved, at the rate
last seen. It is measured on the layers' tokens alone. Methods that test all tokens (first-block cache) would
see a third of them, z's, never change, and skip too much. Nothing hooks into the blocks, so they can be
compiled. Knows nothing of pictures.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import torch
from diffusers import FluxTransformer2DModel

__all__ = ["STEPS", "Alternate", "Mode", "StepCache", "Unchanged", "compile_blocks"]


class Mode(StrEnum):
    FAITHFUL = "faithful"
    FAST = "fast"


STEPS = {Mode.FAITHFUL: 28, Mode.FAST: 14}


class StepCache(Protocol):
    """What the sampler asks. Tensors are (1, tokens, C); a velocity's last tokens are the layers'."""

    def start(self, steps: int) -> None:
        """A new candidate begins: forget the last one."""
        ...

    def reuse(self, step: int, layers: torch.Tensor) -> torch.Tensor | None:
        """The velocity to use instead of a pass through the transformer, or None: compute it."""
        ...

    def keep(self, layers: torch.Tensor, velocity: torch.Tensor) -> None:
        """What a pass has given."""
        ...


class Unchanged:
    """Skips a step where the velocity is expected to have changed by less than `threshold` of its length.

    The first two steps and the last are always computed.
    """

    def __init__(self, threshold: float = 0.08) -> None:
        self.threshold = threshold
        self.start(0)

    def start(self, steps: int) -> None:
        self._steps = steps
        self._layers: torch.Tensor | None = None
        self._velocity: torch.Tensor | None = None
        self._rate = float("inf")

    def reuse(self, step: int, layers: torch.Tensor) -> torch.Tensor | None:
        if self._layers is None or self._velocity is None or step == self._steps - 1:
            return None
        own = self._velocity[:, -layers.shape[1] :]
        change = self._rate * (layers - self._layers).norm() / own.norm()
        return self._velocity if change < self.threshold else None

    def keep(self, layers: torch.Tensor, velocity: torch.Tensor) -> None:
        if self._layers is not None and self._velocity is not None:
            changed = (velocity - self._velocity)[:, -layers.shape[1] :].norm()
            self._rate = float(changed / (layers - self._layers).norm().clamp(min=1e-12))
        self._layers, self._velocity = layers, velocity


class Alternate:
    """Computes every second step whatever happens: half of them, for benchmarks."""

    def start(self, steps: int) -> None:
        self._velocity: torch.Tensor | None = None

    def reuse(self, step: int, layers: torch.Tensor) -> torch.Tensor | None:
        return self._velocity if step % 2 else None

    def keep(self, layers: torch.Tensor, velocity: torch.Tensor) -> None:
        self._velocity = velocity


def compile_blocks(transformer: FluxTransformer2DModel, backend: str = "inductor") -> None:
    """Compile each kind of block once and use it for all of its copies: most of the speed, a tenth of the wait.

    The number of tokens stays open, so a picture of another shape, or another number of layers, does not compile again.
    """
    transformer.compile_repeated_blocks(fullgraph=True, dynamic=True, backend=backend)
