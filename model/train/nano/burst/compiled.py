"""Compilation of a step, tried in another process first: it may fail, or take longer than it is worth.

The other process fills the compiler's cache on disk, from which this one then compiles in seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ....nano import layout
from ....nano.net import NanoNetwork, NanoParams
from ...precision import mixed_precision
from ..losses import RELATIVE, Losses, LossWeights, Truth, losses
from ..step import TrainBatch

__all__ = ["Objective", "begin_trial", "objective_of", "trial", "trial_succeeded"]

Objective = Callable[[TrainBatch, Tensor], Losses]
"""(samples, ramp (), 0..1) -> their losses."""

READY = "ready"


def objective_of(network: NanoNetwork, weights: LossWeights, compile: bool) -> Objective:
    """Network and losses as one function, of which one graph is made if it is to be compiled."""

    def compute(picture: Tensor, condition: Tensor, ramp: Tensor, *truth: Tensor) -> tuple[Tensor, ...]:
        with mixed_precision(picture.device):
            raw = network(picture, condition)
        return tuple(losses(raw, Truth(*truth), ramp, weights))  # type: ignore[arg-type]

    run: Any = torch.compile(compute, dynamic=False) if compile else compute

    def objective(batch: TrainBatch, ramp: Tensor) -> Losses:
        truth = [getattr(batch.truth, field.name) for field in fields(Truth)]
        return Losses(*run(batch.picture, batch.condition, ramp, *truth))

    return objective


def made_up(n: int, shape: tuple[int, int], device: torch.device) -> TrainBatch:
    """Samples of no content."""

    def values(*sizes: int) -> Tensor:
        return torch.rand(sizes, device=device)

    picture = values(n, layout.PICTURE_CHANNELS, *shape).contiguous(memory_format=torch.channels_last)
    z, y, emission, transmission = (values(n, 3, *shape) for _ in range(4))
    classes = torch.zeros(n, dtype=torch.long, device=device)
    truth = Truth(z, y, emission, transmission, classes, classes, torch.ones(n, device=device))
    return TrainBatch(picture, values(n, layout.CONDITION_WIDTH), truth)


def warmed_up(network: NanoNetwork, objective: Objective, sizes: list[tuple[int, tuple[int, int]]]) -> None:
    """One step without a change of weights for each (batch, (H, W)): whatever is to be compiled is then."""
    device = next(network.parameters()).device
    for n, shape in sizes:
        objective(made_up(n, shape, device), torch.ones((), device=device)).total.backward()
        network.zero_grad(set_to_none=True)


def trial(device: str, params: str, sizes: str) -> None:
    """What the other process does. The arguments are as `begin_trial` writes them."""
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(params).items()}
    network = NanoNetwork(NanoParams(**given)).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    print(READY, flush=True)
    shapes = [(n, (h, w)) for n, h, w in json.loads(sizes)]
    warmed_up(network, objective_of(network, RELATIVE, compile=True), shapes)


def begin_trial(
    device: str, params: NanoParams, sizes: list[tuple[int, tuple[int, int]]], log: Path
) -> subprocess.Popen[str]:
    """Starts the other process; its errors go to `log`."""
    words = [device, json.dumps(asdict(params)), json.dumps([(n, *shape) for n, shape in sizes])]
    with log.open("a", encoding="utf-8") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "model.train.nano.burst", "trial", *words],
            stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip


def trial_succeeded(process: subprocess.Popen[str], seconds: float) -> bool:
    """Waits until the trial has ended, but no longer than `seconds` after it was ready to compile."""
    assert process.stdout is not None
    began = time.monotonic()
    try:
        if seconds > 0:
            process.stdout.readline()
            began = time.monotonic()
        process.wait(timeout=max(0.0, seconds - (time.monotonic() - began)))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    finally:
        process.stdout.close()
    return process.returncode == 0
