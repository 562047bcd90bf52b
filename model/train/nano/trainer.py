"""The state of one training process, and where it comes from: nothing, shipped weights, or a run that was stopped."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

import torch
from torch.optim.swa_utils import AveragedModel

from ...nano.net import NanoNetwork, NanoParams
from ..checkpoint import write
from .checkpoint import load_network, read_state, weight_average
from .config import CONFIGS, TrainConfig
from .initialise import extended, initialised
from .losses import STANDARD, LossWeights

__all__ = ["CHECKPOINT", "STABLE", "RunConfig", "Trainer", "adam", "resumed_from", "start"]

BACKBONE_SHARE = 0.2
"""Of the learning rate, for weights that have learned from photographs already."""

CHECKPOINT, STABLE = "checkpoint.pt", "stable.pt"
"""The newest state of a run, and its state before the cooldown, from which a longer run goes on."""

SHIPPED_SAMPLES = 10**6
"""Samples that a shipped graph counts as having seen: past the first stages of every config."""


@dataclass(frozen=True)
class RunConfig:
    """One run. batch: samples a process and step; larger ones come in proportionally smaller batches.

    minutes: until the end, the cooldown included.   cooldown: share of them, 0..1.   steps: an earlier end (tests).
    compare: a graph that is validated beside this run's at its end, on the same crops.
    varied: whether the generator's wide ranges are used (`alphablend.variation`).
    """

    pack: Path
    out: Path
    config: TrainConfig = CONFIGS["marks"]
    name: str = "marks"
    device: str = "cpu"
    minutes: float = 60.0
    cooldown: float = 0.2
    resume: Path | None = None
    compare: Path | None = None
    processes: int = 1
    batch: int = 16
    rate: float = 1e-3
    weights: LossWeights = STANDARD
    varied: bool = False
    seed: int = 0
    steps: int | None = None
    log_every: int = 25
    save_minutes: float = 3.0
    compile: bool = False


@dataclass
class Trainer:
    """The state of one process. cooled: whether its learning rate has been lowered to its end."""

    run: RunConfig
    rank: int
    device: torch.device
    network: NanoNetwork
    average: AveragedModel
    optimiser: torch.optim.Optimizer
    step: int = 0
    samples: int = 0
    warmup: int = 100
    cooled: bool = False

    @property
    def averaged(self) -> NanoNetwork:
        """The network with the average of its weights, which is what ships."""
        return cast(NanoNetwork, self.average.module)

    def save(self, name: str) -> None:
        """Write a checkpoint of that name into the run's folder."""
        notes = {"params": asdict(self.network.params), "samples": self.samples, "cooled": self.cooled}
        weights = {"network": self.network.state_dict()}
        write(self.run.out / name, self.step, weights, [self.optimiser, self.average], **notes)


def adam(network: NanoNetwork, rate: float, fused: bool = False) -> torch.optim.Optimizer:
    """From one checkpoint, 14 minutes each: text to 0.85 of unchanged, where Muon (0.006, decay 0.5) stayed at 0.97.

    fused: one kernel for all weights, which also skips a step of non-finite gradients without the host asking.
    """
    learned = list(network.backbone.parameters()) if network.backbone else []
    known = {id(p) for p in learned}
    others = [p for p in network.parameters() if id(p) not in known]
    groups = [{"params": others, "share": 1.0}] + [{"params": learned, "share": BACKBONE_SHARE}] * bool(learned)
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), weight_decay=0.01, fused=fused)


def with_config_inputs(config: NanoParams, params: NanoParams) -> NanoParams:
    """The network's shape with the backbone and text detector that its config asks for and it does not have yet."""
    return replace(params, backbone=params.backbone or config.backbone, letters=params.letters or config.letters)


def resumed_from(run: RunConfig) -> Path | None:
    """What a run begins with: its own folder's state where it was stopped or has ended, else `run.resume`.

    A run that has cooled down goes on from its state before that.
    """
    own = run.out / CHECKPOINT
    if not own.is_file():
        return run.resume
    cooled = read_state(own, torch.device("cpu"))["cooled"]
    stable = run.out / STABLE
    return stable if cooled and stable.is_file() else own


def start(run: RunConfig, rank: int) -> Trainer:
    torch.manual_seed(run.seed)  # the same fresh weights in every process
    device = torch.device(run.device)
    resume = resumed_from(run)
    if resume:
        network, state = load_network(resume, device)
        wanted = with_config_inputs(run.config.params, network.params)
        if wanted != network.params:
            network, state = extended(network, wanted).to(device), {}
    else:
        network, state = initialised(run.config.params).to(device), {}
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = adam(network, run.rate, fused=device.type == "cuda")
    average = weight_average(network)
    trainer = Trainer(run, rank, device, network, average, optimiser)
    if state:
        for keeper, kept in zip([optimiser, average], state["optimisers"], strict=True):
            keeper.load_state_dict(kept)
        trainer.step, trainer.samples, trainer.warmup = state["step"], state["samples"], 20
    elif resume:
        # The optimiser knows nothing of shipped weights, and would unlearn before it does.
        trainer.step = trainer.samples = SHIPPED_SAMPLES
        trainer.warmup = 500
        trainer.average = weight_average(network, SHIPPED_SAMPLES)
    return trainer
