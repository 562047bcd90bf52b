"""Few-step distillation: a LoRA that takes in one step what another takes in several (Salimans and Ho 2022).

Between two neighbouring noise levels of the short schedule the teacher takes several Euler steps; the student learns
the one velocity that leads to the same place. Teacher and student are two adapters of one transformer. Measured at
tiny size, see `model/diffdecompose/README.md`. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch

__all__ = ["Velocity", "distillation_loss"]

Velocity = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""The velocity of the layers' tokens from noisy ones (B, T, C) and their noise levels (B,)."""


def distillation_loss(
    student: Velocity,
    teacher: Velocity,
    layers: torch.Tensor,
    noise: torch.Tensor,
    levels: torch.Tensor,
    substeps: int,
    generator: torch.Generator,
) -> torch.Tensor:
    """Mean square of the student's velocity minus the teacher's mean velocity between two levels of the schedule.

    layers, noise: (B, T, C).   levels: the student's schedule from 1 to 0, (steps + 1,).   substeps: of the teacher.
    One step of the schedule is drawn for the whole batch.
    """
    step = int(torch.randint(len(levels) - 1, (1,), generator=generator))
    high, low = levels[step], levels[step + 1]
    start = (1 - high) * layers + high * noise
    with torch.no_grad():
        moved = start
        for now, after in pairwise(torch.linspace(float(high), float(low), substeps + 1).to(layers.device)):
            moved = moved + (after - now) * teacher(moved, now.expand(len(layers)))
        target = (moved - start) / (low - high)
    return (student(start, high.expand(len(layers))) - target).square().mean()
