"""One run of one network, on a CPU or on CUDA, resuming across both.

In the run's folder: checkpoint.pt (after SIGTERM too), stable.pt (before the cooldown), COURSE.onnx (the average,
exported and checked), curve.csv (losses), validation.csv (background error over the unchanged picture's, by kind) and,
where the run is compared with a graph, comparison.csv. Samples come from `model.alphablend`; which, from `config`.
"""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

import torch

from ...alphablend.generator import AlphaBlend
from ...nano.net import NanoNetwork
from ...nano.net.export import export
from .checkpoint import load_network, save
from .config import stage
from .distributed import average_gradients
from .schedule import StopRequest, rate_factor, stop_on_sigterm
from .step import apply_gradients, batch_losses, draw_batch, draw_size
from .trainer import CHECKPOINT, STABLE, RunConfig, Trainer, start
from .validate import validate

__all__ = ["append", "train"]

RAMP_STEPS = 300
"""Steps over which the losses after the mask reach their weight."""


def append(path: Path, row: dict[str, Any]) -> None:
    """One row at the end of a CSV file, which begins with the columns' names."""
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row.keys())
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def averaged(trainer: Trainer) -> NanoNetwork:
    """The network with the average of its weights, which is what ships."""
    network = NanoNetwork(trainer.network.params).to(trainer.device)
    network.load_state_dict(trainer.network.state_dict() | trainer.average.weights)
    return network


def export_average(trainer: Trainer) -> None:
    run = trainer.run
    notes = {"samples": str(trainer.samples), "steps": str(trainer.step), "seed": str(run.seed)}
    export(averaged(trainer).cpu(), run.out / f"{run.name}.onnx", notes)


def validated(trainer: Trainer, held_out: AlphaBlend, began: float, final: bool) -> None:
    """Writes a row of validation.csv and, at the end of a run that is compared with a graph, comparison.csv."""
    run = trainer.run
    every = run.config.validated
    subtypes, count = (every, 48) if final else (every[: run.config.validated_often], 16)
    ratios = validate(averaged(trainer), held_out, run.config, subtypes, count)
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


def note_losses(trainer: Trainer, losses: Any, began: float) -> None:
    row = {
        "seconds": round(time.monotonic() - began, 1),
        "step": trainer.step,
        "samples": trainer.samples,
        **{name: round(float(value.detach()), 5) for name, value in losses._asdict().items()},
    }
    append(trainer.run.out / "curve.csv", row)


def train(run: RunConfig, rank: int = 0) -> None:
    """Trains to the end of the run, or until SIGTERM; then saves, exports and (at its end) validates."""
    trainer = start(run, rank)
    run.out.mkdir(parents=True, exist_ok=True)
    with stop_on_sigterm() as stop:
        began = time.monotonic()
        steps_until_end(trainer, stop, began)
        if rank:
            return
        save(run.out / CHECKPOINT, trainer.state(), trainer.network.params)
        export_average(trainer)
        if stop.asked:
            print(f"stopped at step {trainer.step}: the same command goes on from {run.out / CHECKPOINT}", flush=True)
        else:
            validated(trainer, AlphaBlend(run.pack, "validation", run.device), began, final=True)


def steps_until_end(trainer: Trainer, stop: StopRequest, began: float) -> None:
    run, rank = trainer.run, trainer.rank
    seed = run.seed + 1000 * (rank + 1) + trainer.step
    source = AlphaBlend(run.pack, "train", run.device, seed, run.config.exclude, run.varied)
    host = torch.Generator().manual_seed(run.seed + rank + trainer.step)
    noise = torch.Generator(device=trainer.device).manual_seed(run.seed + rank + trainer.step)
    steers = noise if trainer.device.type == "cpu" else host
    forward: Any = torch.compile(trainer.network, dynamic=False) if run.compile else trainer.network
    held_out = None if rank else AlphaBlend(run.pack, "validation", run.device)
    saved, first, done, stopped = began, trainer.step, 0.0, False
    while done < 1 and not stopped and (run.steps is None or trainer.step - first < run.steps):
        now = stage(run.config, trainer.samples)
        n, shape = draw_size(run, host) if now is not run.config.stages[0] else (run.batch, run.config.sizes[0][1])
        batch = draw_batch(source, run.config, now, n, shape, noise, steers)
        losses = batch_losses(forward, batch, min(1.0, trainer.step / RAMP_STEPS), run.weights)
        trainer.optimiser.zero_grad(set_to_none=True)
        losses.total.backward()
        trainer.samples += run.batch * run.processes
        done, stopped = (time.monotonic() - began) / (60 * run.minutes), stop.asked
        if run.processes > 1:
            done, stopped = average_gradients(trainer.network, done, stopped)
            stop.asked = stopped
        if not trainer.cooled and run.cooldown > 0 and done > 1 - run.cooldown:
            if not rank:
                save(run.out / STABLE, trainer.state(), trainer.network.params)
            trainer.cooled = True
        apply_gradients(trainer, rate_factor(trainer.step - first, trainer.warmup, done, run.cooldown))
        if held_out is None:
            continue
        if trainer.step % run.log_every == 0:
            note_losses(trainer, losses, began)
        if time.monotonic() - saved > 60 * run.save_minutes:
            save(run.out / CHECKPOINT, trainer.state(), trainer.network.params)
            validated(trainer, held_out, began, final=False)
            saved = time.monotonic()
