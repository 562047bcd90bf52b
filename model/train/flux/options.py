"""What both stages of DiffDecompose have in common as trainings: options, rate, accumulation, averaged weights.

Schedules and averages are diffusers' own. Knows nothing of what is trained.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from accelerate import Accelerator
from diffusers.optimization import get_scheduler
from diffusers.training_utils import EMAModel

__all__ = ["SCHEDULES", "LoopOptions", "Updates", "add_arguments", "resolved", "workers_for"]

SCHEDULES = ("constant", "linear", "cosine")
Plan = TypeVar("Plan", bound="LoopOptions")


@dataclass(frozen=True, kw_only=True)
class LoopOptions:
    """What both stages can be told. Everything but `save_every`, `checkpointing` and `workers` affects the result.

    model: a model folder.   data: a folder with z, x and y, or a pack of the generator.   out: the run's folder.
    rate: learning rate.   batch: samples a process and pass.   accumulate: passes whose gradients make one step.
    size: side of the square that a sample has the area of, pixels.
    warmup: steps in which the rate rises from 0.   schedule: what it does after that, one of SCHEDULES.
    ema: decay of the averaged weights that are saved and validated, such as 0.999; 0 = the last weights.
    bf16: mixed precision; None = on CUDA.   checkpointing: less memory, a third slower.
    workers: processes that prepare samples; None = four for folders on CUDA, else none.
    """

    model: Path = field(kw_only=False)
    data: Path = field(kw_only=False)
    out: Path = field(kw_only=False)
    steps: int = 30_000
    rate: float = 1e-4
    batch: int = 1
    accumulate: int = 1
    size: int = 512
    seed: int = 0
    warmup: int = 0
    schedule: str = "constant"
    ema: float = 0.0
    save_every: int = 1000
    bf16: bool | None = None
    checkpointing: bool = False
    workers: int | None = None


def add_arguments(parser: argparse.ArgumentParser, d: LoopOptions) -> None:
    """The options of LoopOptions but `model`, with `d` as defaults."""
    data = "a folder with z, x and y, or a pack of the generator"
    parser.add_argument("--data", type=Path, required=True, help=data)
    parser.add_argument("--out", type=Path, required=True, help="the run's folder; an unfinished run goes on")
    parser.add_argument("--steps", type=int, default=d.steps)
    parser.add_argument("--rate", type=float, default=d.rate, help="learning rate")
    parser.add_argument("--batch", type=int, default=d.batch, help="samples a process and pass")
    parser.add_argument("--accumulate", type=int, default=d.accumulate, help="passes a step")
    parser.add_argument("--size", type=int, default=d.size, help="side of the square that a sample has the area of")
    parser.add_argument("--seed", type=int, default=d.seed)
    parser.add_argument("--warmup", type=int, default=d.warmup, help="steps in which the rate rises")
    parser.add_argument("--schedule", choices=SCHEDULES, default=d.schedule, help="of the rate, after that")
    parser.add_argument("--ema", type=float, default=d.ema, help="decay of averaged weights, such as 0.999; 0 = off")
    parser.add_argument("--save-every", type=int, default=d.save_every)
    parser.add_argument(
        "--bf16", action=argparse.BooleanOptionalAction, default=d.bf16, help="mixed precision; the default on CUDA"
    )
    parser.add_argument("--checkpointing", action="store_true", help="less memory, a third slower")
    parser.add_argument("--workers", type=int, help="processes that prepare samples")


def resolved(options: Plan) -> Plan:
    """The same plan with what depends on the machine decided: bf16 on CUDA unless said otherwise."""
    return options if options.bf16 is not None else replace(options, bf16=torch.cuda.is_available())


def workers_for(options: LoopOptions, data: Path, device: torch.device) -> int:
    """How many processes prepare samples: a pack is drawn on the device itself, pictures are read beside it."""
    if options.workers is not None:
        return options.workers
    return min(4, os.cpu_count() or 1) if device.type == "cuda" and data.is_dir() else 0


class Updates:
    """One optimiser's steps: accumulated gradients, clipped, at the scheduled rate, into the averaged weights.

    parameters: what is trained.   optimiser: prepared by `accelerator`, which was made with the plan's `accumulate`.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        options: LoopOptions,
        parameters: Sequence[torch.nn.Parameter],
        optimiser: torch.optim.Optimizer,
    ) -> None:
        self._accelerator, self._parameters, self._optimiser = accelerator, list(parameters), optimiser
        bare = getattr(optimiser, "optimizer", optimiser)
        name = "constant_with_warmup" if options.schedule == "constant" else options.schedule
        self._schedule = get_scheduler(
            name, bare, num_warmup_steps=options.warmup, num_training_steps=max(options.steps, options.warmup + 1)
        )
        self._average = EMAModel(self._parameters, decay=options.ema, use_ema_warmup=True) if options.ema else None
        if self._average is not None:
            self._average.to(accelerator.device)

    @property
    def states(self) -> list[Any]:
        """What a checkpoint has to hold beside the weights, in a fixed order."""
        return [self._optimiser, self._schedule, *([self._average] if self._average is not None else [])]

    def after_backward(self) -> None:
        """Call after every pass's `backward`, inside `accelerator.accumulate`; steps when a step is full."""
        if self._accelerator.sync_gradients:
            self._accelerator.clip_grad_norm_(self._parameters, 1.0)
        self._optimiser.step()
        self._optimiser.zero_grad()
        if self._accelerator.sync_gradients:
            self._schedule.step()
            if self._average is not None:
                self._average.step(self._parameters)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Within the block the model has the averaged weights, if there are any."""
        if self._average is None:
            yield
            return
        self._average.store(self._parameters)
        self._average.copy_to(self._parameters)
        try:
            yield
        finally:
            self._average.restore(self._parameters)
