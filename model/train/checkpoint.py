"""Checkpoints of every training: written whole or not at all, read on any device.

A checkpoint is {"step", "modules": {name: {weight: tensor}}, "optimisers": [state], **notes}. Samples and noise are not
in it: they follow from the seed and the step. So a training that was stopped and goes on is, on a CPU, bit for bit the
training that was not. Knows nothing of what is trained.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

__all__ = ["Stateful", "latest", "restore", "save", "trained", "write"]

KEPT = 2
"""Numbered checkpoints of a run that are kept, the newest."""


class Stateful(Protocol):
    """What a checkpoint holds beside the weights: optimisers, schedules, averages."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any: ...


def write(
    path: Path, step: int, modules: Mapping[str, Mapping[str, Tensor]], states: Sequence[Stateful], **notes: Any
) -> None:
    """Write a checkpoint; an older one at `path` stays whole until the new one is complete."""
    kept = {name: dict(weights) for name, weights in modules.items()}
    part = path.with_suffix(".part")
    torch.save({"step": step, "modules": kept, "optimisers": [one.state_dict() for one in states], **notes}, part)
    os.replace(part, path)


def save(out: Path, step: int, modules: Mapping[str, nn.Module], states: Sequence[Stateful]) -> Path:
    """Write `out/checkpoint-STEP.pt` with what is trained of the modules; all but the newest two go."""
    path = out / f"checkpoint-{step:07d}.pt"
    write(path, step, {name: trained(module) for name, module in modules.items()}, states)
    for old in sorted(out.glob("checkpoint-*.pt"))[:-KEPT]:
        old.unlink()
    return path


def latest(out: Path) -> Path | None:
    """The numbered checkpoint of the highest step, or None."""
    found = [path for path in out.glob("checkpoint-*.pt") if re.fullmatch(r"checkpoint-\d{7}\.pt", path.name)]
    return max(found, default=None)


def restore(path: Path, modules: Mapping[str, nn.Module], states: Sequence[Stateful]) -> int:
    """Put a checkpoint's weights and states into modules and optimisers; returns its step."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    for name, module in modules.items():
        own = trained(module)
        for key, value in state["modules"][name].items():
            own[key].data.copy_(value)
    # A checkpoint from before there were schedules holds the optimisers alone, which come first.
    for keeper, kept in zip(states, state["optimisers"], strict=False):
        keeper.load_state_dict(kept)
    return state["step"]


def trained(module: nn.Module) -> dict[str, Tensor]:
    """Parameters that are trained, by names that do not depend on how the module is wrapped."""
    return {name.removeprefix("module."): p.detach() for name, p in module.named_parameters() if p.requires_grad}
