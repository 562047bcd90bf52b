"""The plan of a training as a file in its folder: a run goes on only as it began. And the noise that follows from it.

Knows nothing of what is trained.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ..errors import InvalidRequest
from .checkpoint import latest

__all__ = ["PLAN", "generator_for", "keep_plan"]

PLAN = "plan.json"
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
