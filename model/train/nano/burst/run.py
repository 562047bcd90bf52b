"""The run itself: a smoke step of every kind, compilation, training against the clock, weights every minute."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from ....alphablend.generator import SUBTYPES, AlphaBlend
from ....nano.net import NanoNetwork
from ...checkpoint import trained
from ...curve import CURVE
from ...loop import Pace, loop, stop_on_sigterm
from ..checkpoint import weight_average
from ..config import CONFIGS, NONE, Stage, TrainConfig, stage
from ..losses import RELATIVE, losses
from ..run import append, numbers_of
from ..schedule import rate_factor
from ..step import apply_gradients, batch_losses, draw_batch, draw_size
from ..trainer import SHIPPED_SAMPLES, RunConfig, Trainer, adam
from ..validate import validate
from ..widen import widened
from .compiled import Objective, begin_trial, objective_of, trial_succeeded, warmed_up
from .pack import PACK, WEIGHTS
from .weights import network_of, save_weights

__all__ = ["BurstConfig", "burst"]

GIVEN_UP = 60.0
"""Seconds after which compilation is not waited for any longer."""


@dataclass(frozen=True)
class BurstConfig:
    """bundle: the folder that `pack` wrote.   out: where results go, each file under 16 MiB.

    minutes: of training, from the first step on; what comes before is not counted.   name: of the config.
    widths: of a larger network that begins as the same function; None: those it has.
    batch: samples a gradient step, of the first of `sizes`.   parts: gradient steps for one synthesised batch.
    sizes: (share, (H, W)): one or two, for each is compiled.   horizon: of the weights' average, steps.
    crops: that each kind is validated on at the end.
    """

    bundle: Path
    out: Path
    minutes: float = 8.0
    name: str = "marks"
    device: str = "cuda"
    widths: tuple[int, ...] | None = None
    batch: int = 512
    parts: int = 2
    sizes: tuple[tuple[float, tuple[int, int]], ...] = ((0.6, (128, 128)), (0.4, (256, 256)))
    rate: float = 1e-3
    warmup: int = 60
    cooldown: float = 0.35
    horizon: int = 200
    compile: bool = True
    compile_seconds: float = GIVEN_UP
    save_seconds: float = 60.0
    log_seconds: float = 5.0
    crops: int = 96
    seed: int = 0
    steps: int | None = None


@dataclass
class Log:
    """Lines on the screen and in OUT/log.txt, each with the seconds since the program began."""

    out: Path
    began: float = field(default_factory=time.monotonic)

    def __call__(self, line: str) -> None:
        line = f"{time.monotonic() - self.began:7.1f} s  {line}"
        print(line, flush=True)
        with (self.out / "log.txt").open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def burst(config: BurstConfig) -> None:
    """Trains for `config.minutes` or until SIGTERM; leaves network.safetensors and average.safetensors in its out."""
    config.out.mkdir(parents=True, exist_ok=True)
    log = Log(config.out)
    torch.manual_seed(config.seed)
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    network = network_of(config.bundle / WEIGHTS)
    if config.widths:
        network = widened(network, config.widths)
    log(f"{sum(p.numel() for p in network.parameters()) / 1e6:.1f} M parameters, widths {network.params.widths}")
    asked = None
    if config.compile:
        asked = begin_trial(config.device, network.params, batches(config), config.out / "compile.txt")
    network = network.to(config.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    trainer = trainer_of(config, network)
    keep_weights(trainer, log)
    shown = trainer.run.config
    source = AlphaBlend(config.bundle / PACK, "train", config.device, config.seed, shown.exclude, varied=True)
    log(f"{len(source.banks.photographs)} pictures on the device")
    usable = smoke(trainer, source, log)
    compiled = asked is not None and trial_succeeded(asked, config.compile_seconds)
    log("compiled" if compiled else "not compiled")
    objective = ready(trainer, config, compiled, log)
    with stop_on_sigterm() as stop:
        step = step_of(trainer, config, source, objective, usable)
        end = None if config.steps is None else trainer.step + config.steps
        pace = Pace(end, 60 * config.minutes, note_seconds=config.log_seconds, save_seconds=config.save_seconds)
        save = partial(keep_weights, trainer, log)
        loop(config.out / CURVE, trainer.step, pace, step, save, stop, tell=speed(log))
    keep_weights(trainer, log)
    if not stop.asked:
        compared(trainer, config, log)


def batches(config: BurstConfig) -> list[tuple[int, tuple[int, int]]]:
    """(samples a gradient step, (H, W)) of each size."""
    h, w = config.sizes[0][1]
    return [(max(1, config.batch * h * w // (size[0] * size[1])), size) for _, size in config.sizes]


def trainer_of(config: BurstConfig, network: NanoNetwork) -> Trainer:
    shown = replace(CONFIGS[config.name], sizes=config.sizes)
    run = RunConfig(
        config.bundle / PACK, config.out, shown, config.name, config.device, config.minutes, config.cooldown
    )
    run = replace(run, batch=config.batch, rate=config.rate, weights=RELATIVE, varied=True, seed=config.seed)
    device = torch.device(config.device)
    optimiser = adam(network, config.rate, fused=device.type == "cuda")
    # The average begins at the shipped weights: it is longer than a run's first steps.
    average = weight_average(network, SHIPPED_SAMPLES, config.horizon)
    return Trainer(run, 0, device, network, average, optimiser, SHIPPED_SAMPLES, SHIPPED_SAMPLES, config.warmup)


def keep_weights(trainer: Trainer, log: Log, _step: int = 0) -> None:
    """Both files in float16, each whole at any moment; only what is trained."""
    networks = {"network": trainer.network, "average": trainer.averaged}
    notes = {"samples": str(trainer.samples), "steps": str(trainer.step), "seed": str(trainer.run.seed)}
    for name, network in networks.items():
        save_weights(trainer.run.out / f"{name}.safetensors", trained(network), trainer.network.params, notes)
    log(f"weights kept at {trainer.samples} samples")


def smoke(trainer: Trainer, source: AlphaBlend, log: Log) -> set[str]:
    """A step of every subtype on the device, weights unchanged; gives those that went through."""
    host = torch.Generator().manual_seed(0)
    noise = torch.Generator(trainer.device).manual_seed(0)
    usable = set()
    for subtype in [*SUBTYPES, NONE]:
        try:
            one = Stage(float("inf"), {subtype: 1.0}, (0.1, 1.0), tiles=0.3)
            batch = draw_batch(source, trainer.run.config, one, 4, (64, 64), noise, host)
            batch_losses(trainer.network, batch, 1.0, RELATIVE, losses).total.backward()
            usable.add(subtype)
        except (RuntimeError, ValueError, IndexError):
            log(f"left out: {subtype}\n{traceback.format_exc()}")
        trainer.network.zero_grad(set_to_none=True)
    log(f"{len(usable)} of {len(SUBTYPES) + 1} subtypes went through a step on {trainer.device}")
    return usable


def ready(trainer: Trainer, config: BurstConfig, compiled: bool, log: Log) -> Objective:
    """The step's function, compiled where that succeeds here too, and warmed up: the clock begins after it."""
    for attempt in (True, False) if compiled else (False,):
        objective = objective_of(trainer.network, RELATIVE, attempt)
        try:
            warmed_up(trainer.network, objective, batches(config))
        except Exception:  # a compiler may raise anything; without it the run is slower, not lost
            if not attempt:
                raise
            log(f"not compiled after all\n{traceback.format_exc()}")
            trainer.network.zero_grad(set_to_none=True)
            continue
        log("warmed up")
        return objective
    raise AssertionError("the last attempt returns or raises")


def only(kinds: Mapping[str, float], usable: set[str]) -> dict[str, float]:
    """Weights of what can be drawn; a kind that stands for several subtypes stays."""
    return {name: weight for name, weight in kinds.items() if name in usable or name not in SUBTYPES}


def step_of(
    trainer: Trainer, config: BurstConfig, source: AlphaBlend, objective: Objective, usable: set[str]
) -> Callable[[int, float], dict[str, int | Tensor]]:
    """One gradient step as `model.train.loop` calls it; a batch is drawn for `config.parts` of them."""
    host = torch.Generator().manual_seed(config.seed)
    noise = torch.Generator(device=trainer.device).manual_seed(config.seed)
    ramp = torch.ones((), device=trainer.device)
    shown: TrainConfig = trainer.run.config
    now = stage(shown, trainer.samples)
    now = replace(now, kinds=only(now.kinds, usable))
    first, waiting = trainer.step, []

    def one_step(step: int, done: float) -> dict[str, int | Tensor]:
        if not waiting:
            n, shape = draw_size(trainer.run, host)
            waiting.extend(draw_batch(source, shown, now, n * config.parts, shape, noise, host).split(config.parts))
        batch = waiting.pop(0)
        found = objective(batch, ramp)
        trainer.optimiser.zero_grad(set_to_none=True)
        found.total.backward()
        apply_gradients(trainer, rate_factor(step - first, config.warmup, done, config.cooldown))
        trainer.samples += len(batch.picture)
        return numbers_of(trainer, found)

    return one_step


def speed(log: Log) -> Callable[[Mapping[str, float]], None]:
    """What the log says of a row of the curve."""

    def told(row: Mapping[str, float]) -> None:
        rate = (row["samples"] - SHIPPED_SAMPLES) / row["seconds"]
        log(f"step {row['step'] - SHIPPED_SAMPLES}, {rate:.0f} samples a second, loss {row['total']:.4f}")

    return told


def compared(trainer: Trainer, config: BurstConfig, log: Log) -> None:
    """validation.csv: the average and what the run began with, on the same crops of unseen photographs."""
    held_out = AlphaBlend(config.bundle / PACK, "validation", config.device)
    begin = network_of(config.bundle / WEIGHTS).to(trainer.device)
    for name, network in (("average", trainer.averaged), ("begin", begin)):
        ratios = validate(network, held_out, trainer.run.config, trainer.run.config.validated, config.crops)
        append(config.out / "validation.csv", {"network": name, **ratios})
        log(f"{name}: {ratios}")
