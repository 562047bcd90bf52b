"""Trains nano's networks: one loop for CPU and CUDA, resuming across both.

    python -m model.train.nano --course marks --minutes 60 --processes 2     # two cores, one thread each
    python -m model.train.nano --course veils --device cuda --minutes 9 --resume data/runs/veils/checkpoint.pt

A run lasts --minutes and cools its learning rate down over its second half, so that what it leaves is usable
and the next run restarts warm. In --out: checkpoint.pt, COURSE.onnx (the average, exported and checked),
curve.csv (losses), validation.csv (background error over the unchanged picture's, by kind).
Samples come from `model.alphablend`; which kinds and when from `curriculum`.
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
from .beginning import fresh, grown
from .checkpoint import Average, load_network, save
from .curriculum import COURSES, Course, stage
from .decoys import left_alone
from .inputs import network_inputs
from .losses import Losses, Truth, losses
from .validate import validate

__all__ = ["Plan", "main", "train"]


BACKBONE_SHARE = 0.2
"""Of the learning rate, for weights that have learned from photographs already."""


@dataclass(frozen=True)
class Plan:
    """One run. batch: samples a process and step; larger ones come in proportionally smaller batches."""

    pack: Path
    out: Path
    course: Course = COURSES["marks"]
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

    plan: Plan
    rank: int
    device: torch.device
    network: NanoNetwork
    average: Average
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


def adam(network: NanoNetwork, plan: Plan) -> torch.optim.Optimizer:
    """From one checkpoint, 14 minutes each: text to 0.85 of unchanged, where Muon (0.006, decay 0.5) stayed at 0.97."""
    learned = list(network.backbone.parameters()) if network.backbone else []
    known = {id(p) for p in learned}
    others = [p for p in network.parameters() if id(p) not in known]
    groups = [{"params": others, "share": 1.0}] + [{"params": learned, "share": BACKBONE_SHARE}] * bool(learned)
    return torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.01)


def with_eyes_of(course: NanoParams, params: NanoParams) -> NanoParams:
    """The network's shape, with what its course lets it see by that it does not see by yet."""
    return replace(params, backbone=params.backbone or course.backbone, letters=params.letters or course.letters)


def start(plan: Plan, rank: int) -> Trainer:
    torch.manual_seed(plan.seed)  # the same fresh weights in every process
    device = torch.device(plan.device)
    if plan.resume:
        network, state = load_network(plan.resume, device)
        wanted = with_eyes_of(plan.course.params, network.params)
        if wanted != network.params:
            network, state = grown(network, wanted).to(device), {}
    else:
        network, state = fresh(plan.course.params).to(device), {}
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    trainer = Trainer(plan, rank, device, network, Average(network), adam(network, plan))
    if state:
        trainer.average.weights = {name: value.clone() for name, value in state["average"].items()}
        trainer.optimiser.load_state_dict(state["optimiser"])
        trainer.step, trainer.samples, trainer.warmup = state["step"], state["samples"], 20
    elif plan.resume:
        # Shipped weights: past the curriculum. The optimiser knows nothing of them, and would unlearn before it does.
        trainer.step = trainer.samples = 10**6
        trainer.warmup = 500
    return trainer


def rate_factor(taken: int, warmup: int, done: float) -> float:
    """Warm-up, flat, then a cosine to zero over the last half (done: 0..1). taken: steps of this run."""
    warm = min(1.0, (taken + 1) / warmup)
    cooling = min(1.0, max(0.0, (done - 0.5) / 0.5))
    return warm * 0.5 * (1 + math.cos(math.pi * cooling))


def size(plan: Plan, generator: torch.Generator) -> tuple[int, tuple[int, int]]:
    """(batch, (H, W)) of one step: sometimes larger samples, and fewer of them."""
    sizes = plan.course.sizes
    number = int(torch.multinomial(torch.tensor([share for share, _ in sizes]), 1, generator=generator))
    (h, w), (least_h, least_w) = sizes[number][1], sizes[0][1]
    return max(1, round(plan.batch * least_h * least_w / (h * w))), (h, w)


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
    plan = trainer.plan
    course = plan.course
    now = stage(course, trainer.samples)
    n, shape = size(plan, cpu) if now is not course.stages[0] else (plan.batch, course.sizes[0][1])
    b = left_alone(source.batch(n, shape, kinds=now.kinds, strength=now.strength, whole=course.whole), course.own)
    picture, condition = network_inputs(
        b.z, b.emission, b.transmission, b.alpha, b.blend, b.kind, noise, now.tiles, course.kinds_told
    )
    classified = 1 - condition[:, -1]
    with torch.autocast(trainer.device.type, torch.bfloat16):
        raw = forward(picture.contiguous(memory_format=torch.channels_last), condition)
    truth = Truth(b.z, b.y, b.emission, b.transmission, b.blend, b.kind, classified)
    found = losses(raw, truth, warmth=min(1.0, trainer.step / 300))
    trainer.optimiser.zero_grad(set_to_none=True)
    found.total.backward()
    trainer.samples += plan.batch * plan.processes
    return found


def apply_gradients(trainer: Trainer, factor: float) -> None:
    norm = nn.utils.clip_grad_norm_(trainer.network.parameters(), 1.0)
    if torch.isfinite(norm):
        for group in trainer.optimiser.param_groups:
            group["lr"] = trainer.plan.rate * factor * group["share"]
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
    plan = trainer.plan
    save(plan.out / "checkpoint.pt", trainer.state(), trainer.network.params)
    averaged = NanoNetwork(trainer.network.params).to(trainer.device)
    averaged.load_state_dict(trainer.average.weights)
    looked_at = plan.course.looked_at
    looks = looked_at if final else looked_at[: plan.course.often]
    ratios = validate(averaged, unseen, plan.course, looks, count=48 if final else 16)
    ratios = {look: ratios.get(look, "") for look in looked_at}
    row = {"minutes": round((time.monotonic() - began) / 60, 1), "step": trainer.step, "samples": trainer.samples}
    append(plan.out / "validation.csv", row | ratios)
    print(row | ratios, flush=True)
    notes = {"samples": str(trainer.samples), "steps": str(trainer.step), "seed": str(plan.seed)}
    export(averaged.cpu(), plan.out / f"{plan.name}.onnx", notes)


def train(plan: Plan, rank: int = 0) -> None:
    """Runs the plan to its end. plan.steps, where given, ends it sooner (tests)."""
    trainer = start(plan, rank)
    seed = plan.seed + 1000 * (rank + 1) + trainer.step
    source = AlphaBlend(plan.pack, "train", plan.device, seed, plan.course.without)
    unseen = source if rank else AlphaBlend(plan.pack, "validation", plan.device)
    cpu = torch.Generator().manual_seed(plan.seed + rank + trainer.step)
    noise = torch.Generator(device=trainer.device).manual_seed(plan.seed + rank + trainer.step)
    forward: Any = torch.compile(trainer.network, dynamic=False) if plan.compile else trainer.network
    plan.out.mkdir(parents=True, exist_ok=True)
    began = kept = time.monotonic()
    first, done = trainer.step, 0.0
    while done < 1 and (plan.steps is None or trainer.step - first < plan.steps):
        found = one_step(trainer, forward, source, cpu, noise)
        done = (time.monotonic() - began) / (60 * plan.minutes)
        if plan.processes > 1:
            done = average_gradients(trainer.network, done)
        factor = rate_factor(trainer.step - first, trainer.warmup, done)
        apply_gradients(trainer, factor)
        if rank:
            continue
        now = time.monotonic()
        if trainer.step % plan.log_every == 0:
            row = {"seconds": round(now - began, 1), "step": trainer.step, "samples": trainer.samples}
            append(plan.out / "curve.csv", row | {k: round(float(v.detach()), 5) for k, v in found._asdict().items()})
        if now - kept > 60 * plan.save_minutes:
            keep(trainer, unseen, began, final=False)
            kept = time.monotonic()
    if not rank:
        keep(trainer, unseen, began, final=True)


def process(rank: int, plan: Plan, port: int) -> None:
    import torch.distributed as dist

    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=plan.processes)
    try:
        train(plan, rank)
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
    parser.add_argument("--course", dest="name", default="marks", choices=sorted(COURSES), help="which network")
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
    plan = Plan(course=COURSES[given.name], **{k: v for k, v in vars(given).items() if v is not None})
    if plan.device == "cuda":
        plan = replace(plan, batch=given.batch or 512, compile=True, processes=1)
    if plan.processes == 1:
        train(plan)
    else:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        from torch.multiprocessing.spawn import spawn

        spawn(process, (plan, free_port()), nprocs=plan.processes)
