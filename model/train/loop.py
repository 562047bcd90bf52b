"""The loop of every training: steps until a number, a time or SIGTERM, with a curve and checkpoints on the way.

Knows nothing of what a step does. Of several processes (accelerate) the first alone writes, and all end together.
"""

from __future__ import annotations

import math
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import FrameType
from typing import TYPE_CHECKING, SupportsFloat

import torch

from .curve import add_row, drop_after

if TYPE_CHECKING:
    from accelerate import Accelerator

__all__ = ["Pace", "StopRequest", "loop", "stop_on_sigterm"]


@dataclass(frozen=True)
class Pace:
    """When a training ends, and how often it writes.

    steps: number of the last step.   seconds: that this call may take; a step that has begun is finished.
    note_every, note_seconds: steps, and seconds, from one row of the curve to the next at least.
    save_every: steps between checkpoints, after the last step too.   save_seconds: seconds between them.
    """

    steps: int | None = None
    seconds: float = math.inf
    note_every: int = 1
    note_seconds: float = 0.0
    save_every: int | None = None
    save_seconds: float = math.inf

    def saves(self, step: int, seconds: float) -> bool:
        """Whether a checkpoint is due after `step`, `seconds` after the one before."""
        counted = self.save_every is not None and (step % self.save_every == 0 or step == self.steps)
        return counted or seconds > self.save_seconds


class StopRequest:
    """Whether the process was asked to end. A step that has begun is finished first."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        self.asked = True


@contextmanager
def stop_on_sigterm() -> Iterator[StopRequest]:
    """SIGTERM sets the request instead of ending the process; main thread only."""
    request = StopRequest()
    before = signal.signal(signal.SIGTERM, request)
    try:
        yield request
    finally:
        signal.signal(signal.SIGTERM, before)


def loop(
    curve: Path,
    begin: int,
    pace: Pace,
    one_step: Callable[[int, float], Mapping[str, SupportsFloat]],
    save: Callable[[int], None],
    stop: StopRequest | None = None,
    accelerator: Accelerator | None = None,
    tell: Callable[[Mapping[str, float]], None] = lambda row: None,
) -> None:
    """Train from step `begin` to the end that `pace` sets, or until `stop` is asked for.

    one_step(step, done) trains once and gives numbers for the `curve`; done: 0..1, the share of the time
    that is over.   save(step) writes a checkpoint, in the first process.   stop: `asked` is set in every process where
    one of them was asked.   accelerator: None for one process.   tell: of every row of the curve as it is written.
    """
    main = accelerator is None or accelerator.is_main_process
    if main:
        curve.parent.mkdir(parents=True, exist_ok=True)
        drop_after(curve, begin)
    if accelerator is not None:
        accelerator.wait_for_everyone()
    began = noted = saved = perf_counter()
    step = begin
    while pace.steps is None or step < pace.steps:
        done, stopped = _agreed((perf_counter() - began) / pace.seconds, stop, accelerator)
        if done >= 1 or stopped:
            break
        numbers = one_step(step, done)
        step, now = step + 1, perf_counter()
        if main and step % pace.note_every == 0 and now - noted >= pace.note_seconds:
            tell(add_row(curve, {"step": step, **numbers, "seconds": round(now - began, 3)}))
            noted = now
        if main and pace.saves(step, now - saved):
            save(step)
            saved = perf_counter()
    if accelerator is not None:
        accelerator.wait_for_everyone()


def _agreed(done: float, stop: StopRequest | None, accelerator: Accelerator | None) -> tuple[float, bool]:
    """The mean of `done` over the processes, and whether one of them was asked to stop."""
    asked = stop is not None and stop.asked
    if accelerator is None or accelerator.num_processes == 1 or (done == 0 and stop is None):
        return done, asked
    every = accelerator.reduce(torch.tensor([done, float(asked)], device=accelerator.device), "mean")
    mean, share = every.tolist()  # pyright: ignore[reportAttributeAccessIssue]
    if stop is not None and share:
        stop.asked = True
    return mean, share > 0
