"""One training step: samples drawn, losses of them, weights changed. The host never waits for the device in it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn

from ...alphablend.generator import AlphaBlend
from ..precision import mixed_precision
from .config import Stage, TrainConfig
from .inputs import network_inputs
from .losses import Losses, LossWeights, Truth, losses
from .negatives import as_negatives
from .trainer import RunConfig, Trainer

__all__ = ["TrainBatch", "apply_gradients", "batch_losses", "draw_batch", "draw_size"]


@dataclass(frozen=True, eq=False)
class TrainBatch:
    """picture (N, 12, H, W), condition (N, 17): what the network is given (`layout`).   truth: what it is to find."""

    picture: Tensor
    condition: Tensor
    truth: Truth

    def split(self, parts: int) -> list[TrainBatch]:
        """Equal parts, in order; N must be a multiple of `parts`."""
        pieces = [getattr(self.truth, f.name).chunk(parts) for f in fields(Truth)]
        truths = [Truth(*piece) for piece in zip(*pieces, strict=True)]
        pictures, conditions = self.picture.chunk(parts), self.condition.chunk(parts)
        return [TrainBatch(*piece) for piece in zip(pictures, conditions, truths, strict=True)]


def draw_size(run: RunConfig, generator: torch.Generator) -> tuple[int, tuple[int, int]]:
    """(batch, (H, W)) of one step: sometimes larger samples, and fewer of them. generator: on the CPU."""
    sizes = run.config.sizes
    number = int(torch.multinomial(torch.tensor([share for share, _ in sizes]), 1, generator=generator))
    (h, w), (least_h, least_w) = sizes[number][1], sizes[0][1]
    return max(1, round(run.batch * least_h * least_w / (h * w))), (h, w)


def draw_batch(
    source: AlphaBlend,
    config: TrainConfig,
    stage: Stage,
    n: int,
    shape: tuple[int, int],
    noise: torch.Generator,
    host: torch.Generator,
) -> TrainBatch:
    """n samples of `shape` = (H, W). noise: a generator on the source's device; host: one on the CPU."""
    b = source.batch(n, shape, kinds=stage.kinds, strength=stage.strength, whole=config.whole)
    b = as_negatives(b, config.target_kinds)
    layer = b.emission, b.transmission, b.alpha, b.blend, b.kind
    picture, condition = network_inputs(b.z, *layer, noise, stage.tiles, config.kind_given, host)
    truth = Truth(b.z, b.y, b.emission, b.transmission, b.blend, b.kind, 1 - condition[:, -1])
    return TrainBatch(picture.contiguous(memory_format=torch.channels_last), condition, truth)


def batch_losses(forward: Any, batch: TrainBatch, ramp: float, weights: LossWeights, loss: Any = losses) -> Losses:
    """forward: the network, compiled or not; computed in `mixed_precision`.   loss: `losses`, compiled or not."""
    with mixed_precision(batch.picture.device):
        raw = forward(batch.picture, batch.condition)
    return loss(raw, batch.truth, ramp, weights)


def apply_gradients(trainer: Trainer, factor: float) -> None:
    """A step of the optimiser at `factor` of the run's rate; none where a gradient is not finite."""
    norm = nn.utils.clip_grad_norm_(trainer.network.parameters(), 1.0)
    for group in trainer.optimiser.param_groups:
        group["lr"] = trainer.run.rate * factor * group["share"]
    if trainer.optimiser.defaults["fused"]:
        trainer.optimiser.found_inf = (~torch.isfinite(norm)).float()  # type: ignore[attr-defined]
        trainer.optimiser.step()
    elif torch.isfinite(norm):
        trainer.optimiser.step()
    trainer.step += 1
    trainer.average.update_parameters(trainer.network)
