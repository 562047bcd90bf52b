"""Trains nano's networks: one loop for CPU and CUDA, resuming across both.

    python -m model.train.nano --course marks --minutes 60 --processes 2     # two cores, one thread each
    python -m model.train.nano --course veils --device cuda --minutes 9 --resume data/runs/veils/checkpoint.pt

A run lasts --minutes and cools its learning rate down over its second half, so that what it leaves is usable
and the next run restarts warm. In --out: checkpoint.pt, COURSE.onnx (the average, exported and checked),
curve.csv (losses), validation.csv (background error over the unchanged picture's, by kind).
Samples come from `model.alphablend`; which kinds and when from `config`.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import socket
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...alphablend.generator import AlphaBlend
from ...nano.network import NanoNetwork, NanoParams
from ...nano.network.export import export
from .checkpoint import WeightAverage, load_network, save
from .config import CONFIGS, TrainConfig, stage
from .initialise import extended, initialised
from .inputs import network_inputs
from .losses import Losses, Truth, losses
from .negatives import as_negatives
from .validate import validate

__all__ = ["RunConfig", "main", "train"]


BACKBONE_SHARE = 0.2
"""Of the learning rate, for weights that have learned from photographs already."""


@dataclass(frozen=True)
class RunConfig:
    """One run. batch: samples a process and step; larger ones come in proportionally smaller batches."""

    pack: Path
    out: Path
    config: TrainConfig = CONFIGS["marks"]
    name: str = "marks"
    device: str = "cpu"
    minutes: float = 60.0
    resume: Path | None = None
    processes: int = 1
    batch: int = 16
    rate: float = 1e-3
    seed: int = 0
    steps: int | None = None
    log_every: int = 25
    save_minutes: float = 3.0
    compile: bool = False


@dataclass
class Trainer:
    """The state of one process."""

    run: RunConfig
    rank: int
    device: torch.device
    network: NanoNetwork
    average: WeightAverage
    optimiser: torch.optim.Optimizer
    step: int = 0
    samples: int = 0
    warmup: int = 100

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "average": self.average.weights,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "samples": self.samples,
        }


def adam(network: NanoNetwork, run: RunConfig) -> torch.optim.Optimizer:
    """From one checkpoint, 14 minutes each: text to 0.85 of unchanged, where Muon (0.006, decay 0.5) stayed at 0.97."""
    learned = list(network.backbone.parameters()) if network.backbone else []
    known = {id(p) for p in learned}
    others = [p for p in network.parameters() if id(p) not in known]
    groups = [{"params": others, "share": 1.0}] + [{"params": learned, "share": BACKBONE_SHARE}] * bool(learned)
    return torch.optim.AdamW(groups, lr=run.rate, betas=(0.9, 0.98), weight_decay=0.01)


def with_config_inputs(config: NanoParams, params: NanoParams) -> NanoParams:
    """The network's shape with the backbone and text detector that its config asks for and it does not have yet."""
    return replace(params, backbone=params.backbone or config.backbone, letters=params.letters or config.letters)


def start(run: RunConfig, rank: int) -> Trainer:
    torch.manual_seed(run.seed)  # the same fresh weights in every process
    device = torch.device(run.device)
    if run.resume:
        network, state = load_network(run.resume, device)
        wanted = with_config_inputs(run.config.params, network.params)
        if wanted != network.params:
            network, state = extended(network, wanted).to(device), {}
    else:
        network, state = initialised(run.config.params).to(device), {}
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    trainer = Trainer(run, rank, device, network, WeightAverage(network), adam(network, run))
    if state:
        trainer.average.weights = {name: value.clone() for name, value in state["average"].items()}
        trainer.optimiser.load_state_dict(state["optimiser"])
        trainer.step, trainer.samples, trainer.warmup = state["step"], state["samples"], 20
    elif run.resume:
        # Shipped weights: past the first stages. The optimiser knows nothing of them, and would unlearn before it does.
        trainer.step = trainer.samples = 10**6
        trainer.warmup = 500
    return trainer


def rate_factor(taken: int, warmup: int, done: float) -> float:
    """Warm-up, flat, then a cosine to zero over the last half (done: 0..1). taken: steps of this run."""
    warm = min(1.0, (taken + 1) / warmup)
    cooling = min(1.0, max(0.0, (done - 0.5) / 0.5))
    return warm * 0.5 * (1 + math.cos(math.pi * cooling))


def size(run: RunConfig, generator: torch.Generator) -> tuple[int, tuple[int, int]]:
    """(batch, (H, W)) of one step: sometimes larger samples, and fewer of them."""
    sizes = run.config.sizes
    number = int(torch.multinomial(torch.tensor([share for share, _ in sizes]), 1, generator=generator))
    (h, w), (least_h, least_w) = sizes[number][1], sizes[0][1]
    return max(1, round(run.batch * least_h * least_w / (h * w))), (h, w)


def average_gradients(network: nn.Module, done: float) -> float:
    """One all-reduce for every gradient and for how far the run is, so that all processes stop together."""
    import torch.distributed as dist

    parameters = [p for p in network.parameters() if p.grad is not None]
    flat = torch.cat([p.grad.flatten() for p in parameters] + [torch.tensor([done])])  # type: ignore[union-attr]
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    offset = 0
    for p in parameters:
        p.grad = flat[offset : offset + p.numel()].view(p.shape).to(memory_format=torch.preserve_format)
        offset += p.numel()
    return float(flat[-1])


def one_step(
    trainer: Trainer, forward: Any, source: AlphaBlend, cpu: torch.Generator, noise: torch.Generator
) -> Losses:
    run = trainer.run
    config = run.config
    now = stage(config, trainer.samples)
    n, shape = size(run, cpu) if now is not config.stages[0] else (run.batch, config.sizes[0][1])
    b = as_negatives(
        source.batch(n, shape, kinds=now.kinds, strength=now.strength, whole=config.whole), config.target_kinds
    )
    picture, condition = network_inputs(
        b.z, b.emission, b.transmission, b.alpha, b.blend, b.kind, noise, now.tiles, config.kind_given
    )
    classified = 1 - condition[:, -1]
    with torch.autocast(trainer.device.type, torch.bfloat16):
        raw = forward(picture.contiguous(memory_format=torch.channels_last), condition)
    truth = Truth(b.z, b.y, b.emission, b.transmission, b.blend, b.kind, classified)
    found = losses(raw, truth, ramp=min(1.0, trainer.step / 300))
    trainer.optimiser.zero_grad(set_to_none=True)
    found.total.backward()
    trainer.samples += run.batch * run.processes
    return found


def apply_gradients(trainer: Trainer, factor: float) -> None:
    norm = nn.utils.clip_grad_norm_(trainer.network.parameters(), 1.0)
    if torch.isfinite(norm):
        for group in trainer.optimiser.param_groups:
            group["lr"] = trainer.run.rate * factor * group["share"]
        trainer.optimiser.step()
    trainer.step += 1
    trainer.average.update(trainer.network, trainer.step)


def append(path: Path, row: dict[str, Any]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, row.keys())
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def keep(trainer: Trainer, unseen: AlphaBlend, began: float, final: bool) -> None:
    """Checkpoint, validation of the average and, at the end, the exported graph."""
    run = trainer.run
    save(run.out / "checkpoint.pt", trainer.state(), trainer.network.params)
    averaged = NanoNetwork(trainer.network.params).to(trainer.device)
    averaged.load_state_dict(trainer.average.weights)
    validated = run.config.validated
    subtypes = validated if final else validated[: run.config.validated_often]
    ratios = validate(averaged, unseen, run.config, subtypes, count=48 if final else 16)
    ratios = {subtype: ratios.get(subtype, "") for subtype in validated}
    row = {"minutes": round((time.monotonic() - began) / 60, 1), "step": trainer.step, "samples": trainer.samples}
    append(run.out / "validation.csv", row | ratios)
    print(row | ratios, flush=True)
    notes = {"samples": str(trainer.samples), "steps": str(trainer.step), "seed": str(run.seed)}
    export(averaged.cpu(), run.out / f"{run.name}.onnx", notes)


def train(run: RunConfig, rank: int = 0) -> None:
    """Runs the run to its end. run.steps, where given, ends it sooner (tests)."""
    trainer = start(run, rank)
    seed = run.seed + 1000 * (rank + 1) + trainer.step
    source = AlphaBlend(run.pack, "train", run.device, seed, run.config.exclude)
    unseen = source if rank else AlphaBlend(run.pack, "validation", run.device)
    cpu = torch.Generator().manual_seed(run.seed + rank + trainer.step)
    noise = torch.Generator(device=trainer.device).manual_seed(run.seed + rank + trainer.step)
    forward: Any = torch.compile(trainer.network, dynamic=False) if run.compile else trainer.network
    run.out.mkdir(parents=True, exist_ok=True)
    began = kept = time.monotonic()
    first, done = trainer.step, 0.0
    while done < 1 and (run.steps is None or trainer.step - first < run.steps):
        found = one_step(trainer, forward, source, cpu, noise)
        done = (time.monotonic() - began) / (60 * run.minutes)
        if run.processes > 1:
            done = average_gradients(trainer.network, done)
        factor = rate_factor(trainer.step - first, trainer.warmup, done)
        apply_gradients(trainer, factor)
        if rank:
            continue
        now = time.monotonic()
        if trainer.step % run.log_every == 0:
            row = {"seconds": round(now - began, 1), "step": trainer.step, "samples": trainer.samples}
            append(run.out / "curve.csv", row | {k: round(float(v.detach()), 5) for k, v in found._asdict().items()})
        if now - kept > 60 * run.save_minutes:
            keep(trainer, unseen, began, final=False)
            kept = time.monotonic()
    if not rank:
        keep(trainer, unseen, began, final=True)


def process(rank: int, run: RunConfig, port: int) -> None:
    import torch.distributed as dist

    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=run.processes)
    try:
        train(run, rank)
        dist.barrier()
    finally:
        dist.destroy_process_group()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model.train.nano", description="Train the embedded engine.")
    parser.add_argument(
        "--pack", type=Path, default=Path("data/alphablend.zip"), help="what model.alphablend.fetch wrote"
    )
    parser.add_argument("--course", dest="name", default="marks", choices=sorted(CONFIGS), help="which network")
    parser.add_argument("--out", type=Path, help="data/runs/COURSE if not given")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--resume", type=Path, help="a checkpoint.pt, or the shipped graph")
    parser.add_argument("--processes", type=int, default=1, help="CPU only: one thread each, gradients averaged")
    parser.add_argument("--batch", type=int, help="samples a process and step (16 on a CPU, 512 on CUDA)")
    parser.add_argument("--rate", type=float, help="learning rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, help="stop after so many steps")
    given = parser.parse_args(arguments)
    given.out = given.out or Path("data/runs") / given.name
    run = RunConfig(config=CONFIGS[given.name], **{k: v for k, v in vars(given).items() if v is not None})
    if run.device == "cuda":
        run = replace(run, batch=given.batch or 512, compile=True, processes=1)
    if run.processes == 1:
        train(run)
    else:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        from torch.multiprocessing.spawn import spawn

        spawn(process, (run, free_port()), nprocs=run.processes)
