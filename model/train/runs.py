"""What both stages of DiffDecompose share as trainings: the loop, checkpoints, plan and curve, going on after a stop.

A checkpoint holds the trained weights, the optimisers' state and the step, nothing else: samples and noise
follow from the seed and the step. So a training that was stopped and goes on is, on a CPU, bit for bit the
training that was not. Knows nothing of what is trained.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from torch import nn

from ..errors import InvalidRequest

__all__ = ["PLAN", "generator_for", "keep_plan", "latest", "loop", "restore", "save"]


class Stateful(Protocol):
    """What a checkpoint holds beside the weights: optimisers, schedules, averages."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any: ...


PLAN = "plan.json"
_KEPT = 2
_FREE = ("out", "steps", "save_every", "checkpointing", "workers")
"""What may change between the parts of one training: nothing of it changes what a step computes."""


def keep_plan(
    out: Path, plan: Any, processes: int = 1, begun: bool | None = None, free: Collection[str] = _FREE
) -> None:
    """Write `plan` (a dataclass) as `out/plan.json`, or compare it with the one that is there.

    begun: whether there is something to go on with; None = where there is a checkpoint.   free: what may change.
    A run that has begun goes on only as it began: raises InvalidRequest, naming both sides, where anything
    that affects the result differs. A run from before there were plans gets the present one.
    """
    if getattr(plan, "schedule", "constant") != "constant":
        free = {*free} - {"steps"}  # the rate then follows from how many there are
    now = json.loads(json.dumps(asdict(plan) | {"processes": processes}, default=str, sort_keys=True))
    path = out / PLAN
    begun = latest(out) is not None if begun is None else begun
    if begun and path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        for name in sorted({*before, *now} - {*free}):
            if name in before and before[name] != now.get(name):
                raise InvalidRequest(
                    f"the run in {out} began with {name} {before[name]} and is asked to go on with {name} "
                    f"{now.get(name)}: give the same {name}, or another folder for a new run"
                )
    out.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    os.replace(part, path)


def generator_for(seed: int, step: int, rank: int) -> torch.Generator:
    """The noise of one step of one process: a CPU generator, so that every device draws the same."""
    return torch.Generator().manual_seed((seed * 1_000_003 + step) * 4099 + rank)


def loop(
    accelerator: Accelerator,
    out: Path,
    steps: int,
    save_every: int,
    modules: Mapping[str, nn.Module],
    optimisers: Sequence[Stateful],
    one_step: Callable[[int], Mapping[str, float]],
    validate: Callable[[int], None] = lambda step: None,
) -> None:
    """Go on from the newest checkpoint in `out` to `steps`; save, note the curve and validate every `save_every`.

    one_step(step) trains once and gives numbers for the curve, `out/curve.jsonl`.
    modules: what is trained, by name (only what requires gradients is kept).
    """
    main = accelerator.is_main_process
    if main:
        out.mkdir(parents=True, exist_ok=True)
    newest = latest(out)
    began = restore(newest, modules, optimisers) if newest else 0
    if main:
        _trim(out / "curve.jsonl", began)
    accelerator.wait_for_everyone()
    clock = perf_counter()
    for step in range(began, steps):
        numbers = one_step(step)
        if main:
            seconds = round(perf_counter() - clock, 3)
            _note(out / "curve.jsonl", {"step": step + 1, **numbers, "seconds": seconds})
        if (step + 1) % save_every == 0 or step + 1 == steps:
            if main:
                save(out, step + 1, modules, optimisers)
                validate(step + 1)
            accelerator.wait_for_everyone()


def save(out: Path, step: int, modules: Mapping[str, nn.Module], optimisers: Sequence[Stateful]) -> Path:
    """Write `out/checkpoint-STEP.pt`, all of it or nothing, and let go of all but the newest two."""
    state = {
        "step": step,
        "modules": {name: _trained(module) for name, module in modules.items()},
        "optimisers": [optimiser.state_dict() for optimiser in optimisers],
    }
    path = out / f"checkpoint-{step:07d}.pt"
    torch.save(state, path.with_suffix(".part"))
    os.replace(path.with_suffix(".part"), path)
    for old in sorted(out.glob("checkpoint-*.pt"))[:-_KEPT]:
        old.unlink()
    return path


def latest(out: Path) -> Path | None:
    """The checkpoint of the highest step, or None."""
    found = [path for path in out.glob("checkpoint-*.pt") if re.fullmatch(r"checkpoint-\d{7}\.pt", path.name)]
    return max(found, default=None)


def restore(path: Path, modules: Mapping[str, nn.Module], optimisers: Sequence[Stateful]) -> int:
    """Put a checkpoint's state into modules and optimisers; returns its step."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    for name, module in modules.items():
        own = _trained(module)
        for key, value in state["modules"][name].items():
            own[key].data.copy_(value)
    # A checkpoint from before there were schedules holds the optimisers alone, which come first.
    for keeper, kept in zip(optimisers, state["optimisers"], strict=False):
        keeper.load_state_dict(kept)
    return state["step"]


def _trained(module: nn.Module) -> dict[str, torch.Tensor]:
    """Parameters that are trained, by names that do not depend on how the module is wrapped."""
    return {name.removeprefix("module."): p.detach() for name, p in module.named_parameters() if p.requires_grad}


def _note(path: Path, row: Mapping[str, float]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def _trim(path: Path, step: int) -> None:
    """Drop what a lost run noted after its last checkpoint."""
    if path.is_file():
        rows = [line for line in path.read_text(encoding="utf-8").splitlines() if json.loads(line)["step"] <= step]
        path.write_text("".join(row + "\n" for row in rows), encoding="utf-8")
