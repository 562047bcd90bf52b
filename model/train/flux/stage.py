"""A stage as a run of the loop: its processes, accumulated passes, checkpoints. Knows nothing of what is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from accelerate import Accelerator
from torch import nn

from .. import checkpoint
from ..curve import CURVE
from ..loop import Pace, loop
from ..plan import keep_plan
from .options import LoopOptions

__all__ = ["begin_processes", "run_stage"]


def begin_processes(plan: LoopOptions) -> Accelerator:
    """What this process has of the run. Raises InvalidRequest where the run in `plan.out` began otherwise."""
    accelerator = Accelerator(
        mixed_precision="bf16" if plan.bf16 else "no", gradient_accumulation_steps=plan.accumulate
    )
    if accelerator.is_main_process:
        keep_plan(plan.out, plan, accelerator.num_processes)
    return accelerator


def run_stage(
    accelerator: Accelerator,
    plan: LoopOptions,
    modules: Mapping[str, nn.Module],
    states: Sequence[checkpoint.Stateful],
    one_pass: Callable[[int, int], Mapping[str, torch.Tensor]],
    validate: Callable[[int], None],
) -> None:
    """Go on from the newest checkpoint in `plan.out` to `plan.steps`; save and validate every `plan.save_every`.

    modules: prepared, by name; what requires gradients of them is kept.   states: optimisers first.
    one_pass(step, number) computes gradients and gives numbers; `plan.accumulate` of them are a step.
    """

    def one_step(step: int, _done: float) -> dict[str, float]:
        passes = []
        for number in range(step * plan.accumulate, (step + 1) * plan.accumulate):
            with accelerator.accumulate(*modules.values()):
                passes.append(one_pass(step, number))
        return {name: sum(one[name].item() for one in passes) / len(passes) for name in passes[0]}

    def save(step: int) -> None:
        checkpoint.save(plan.out, step, modules, states)
        validate(step)

    newest = checkpoint.latest(plan.out)
    begin = checkpoint.restore(newest, modules, states) if newest else 0
    pace = Pace(steps=plan.steps, save_every=plan.save_every)
    loop(plan.out / CURVE, begin, pace, one_step, save, accelerator=accelerator)
