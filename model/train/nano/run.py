"""One run of one network, on a CPU or on CUDA, resuming across both.

In the run's folder: checkpoint.pt (after SIGTERM too), stable.pt (before the cooldown), COURSE.onnx (the average,
exported and checked), curve.jsonl (losses), validation.csv (background error over the unchanged picture's, by kind)
and, where the run is compared with a graph, comparison.csv. Samples come from `model.alphablend`; which, from `config`.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...alphablend.generator import AlphaBlend
from ...nano.net.export import export
from ..curve import CURVE
from ..loop import Pace, loop, stop_on_sigterm
from .checkpoint import load_network
from .config import stage
from .distributed import begin_process
from .losses import Losses
from .schedule import rate_factor
from .step import apply_gradients, batch_losses, draw_batch, draw_size
from .trainer import CHECKPOINT, STABLE, RunConfig, Trainer, start
from .validate import validate

__all__ = ["append", "numbers_of", "train"]

RAMP_STEPS = 300
"""Steps over which the losses after the mask reach their weight."""


def append(path: Path, row: Mapping[str, Any]) -> None:
    """One row at the end of a CSV file, which begins with the columns' names."""
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row.keys())
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def export_average(trainer: Trainer) -> None:
    run = trainer.run
    notes = {"samples": str(trainer.samples), "steps": str(trainer.step), "seed": str(run.seed)}
    export(deepcopy(trainer.averaged).cpu(), run.out / f"{run.name}.onnx", notes)


def validated(trainer: Trainer, held_out: AlphaBlend, began: float, final: bool) -> None:
    """Writes a row of validation.csv and, at the end of a run that is compared with a graph, comparison.csv."""
    run = trainer.run
    every = run.config.validated
    subtypes, count = (every, 48) if final else (every[: run.config.validated_often], 16)
    ratios = validate(trainer.averaged, held_out, run.config, subtypes, count)
    row = {"minutes": round((time.monotonic() - began) / 60, 1), "step": trainer.step, "samples": trainer.samples}
    row |= {subtype: ratios.get(subtype, "") for subtype in every}
    append(run.out / "validation.csv", row)
    print(row, flush=True)
    if final and run.compare:
        other, _ = load_network(run.compare, trainer.device)
        theirs = validate(other, held_out, run.config, subtypes, count)
        for subtype in subtypes:
            append(run.out / "comparison.csv", {"kind": subtype, "run": ratios[subtype], "compared": theirs[subtype]})
        print({"compared with": str(run.compare), **theirs}, flush=True)


def numbers_of(trainer: Trainer, losses: Losses) -> dict[str, int | Tensor]:
    """What the curve says of a step; the losses stay on the device until they are written."""
    return {"samples": trainer.samples, **{name: value.detach() for name, value in losses._asdict().items()}}


def train(run: RunConfig) -> None:
    """Trains to the end of the run, or until SIGTERM; then saves, exports and (at its end) validates."""
    accelerator = begin_process() if run.processes > 1 else None
    rank = accelerator.process_index if accelerator else 0
    trainer = start(run, rank)
    held_out = None if rank else AlphaBlend(run.pack, "validation", run.device)
    began = time.monotonic()

    def save(_step: int) -> None:
        trainer.save(CHECKPOINT)
        if held_out is not None:
            validated(trainer, held_out, began, final=False)

    forward: Any = trainer.network if accelerator is None else accelerator.prepare(trainer.network)
    if run.compile:
        forward = torch.compile(forward, dynamic=False)
    steps = None if run.steps is None else trainer.step + run.steps
    pace = Pace(steps, 60 * run.minutes, run.log_every, save_seconds=60 * run.save_minutes)
    with stop_on_sigterm() as stop:
        loop(run.out / CURVE, trainer.step, pace, step_of(trainer, forward), save, stop, accelerator)
        if held_out is None:
            return
        trainer.save(CHECKPOINT)
        export_average(trainer)
        if stop.asked:
            print(f"stopped at step {trainer.step}: the same command goes on from {run.out / CHECKPOINT}", flush=True)
        else:
            validated(trainer, held_out, began, final=True)


def step_of(trainer: Trainer, forward: Any) -> Callable[[int, float], dict[str, int | Tensor]]:
    """One step as `model.train.loop` calls it. forward: the network, as it is wrapped or compiled."""
    run, rank, first = trainer.run, trainer.rank, trainer.step
    seed = run.seed + 1000 * (rank + 1) + first
    source = AlphaBlend(run.pack, "train", run.device, seed, run.config.exclude, run.varied)
    host = torch.Generator().manual_seed(run.seed + rank + first)
    noise = torch.Generator(device=trainer.device).manual_seed(run.seed + rank + first)
    steers = noise if trainer.device.type == "cpu" else host

    def one_step(step: int, done: float) -> dict[str, int | Tensor]:
        now = stage(run.config, trainer.samples)
        n, shape = draw_size(run, host) if now is not run.config.stages[0] else (run.batch, run.config.sizes[0][1])
        batch = draw_batch(source, run.config, now, n, shape, noise, steers)
        losses = batch_losses(forward, batch, min(1.0, step / RAMP_STEPS), run.weights)
        trainer.optimiser.zero_grad(set_to_none=True)
        losses.total.backward()
        trainer.samples += run.batch * run.processes
        if not trainer.cooled and run.cooldown > 0 and done > 1 - run.cooldown:
            if not rank:
                trainer.save(STABLE)
            trainer.cooled = True
        apply_gradients(trainer, rate_factor(step - first, trainer.warmup, done, run.cooldown))
        return numbers_of(trainer, losses)

    return one_step
