"""One progress bar over the stages of a decomposition, with the time left. A thin shell over tqdm."""

from __future__ import annotations

import sys
from typing import TextIO

import numpy as np
from tqdm import tqdm

from .wire import labels

__all__ = ["Bar"]

# Shares of the whole that the stages usually take; only the bar's evenness depends on them.
SHARES = {"read": 0.05, "load": 0.05, "finish": 0.25, "write": 0.15}
OTHERS = 0.50

FILES = {"read": "Reading the picture", "write": labels.STAGES["export"]}
"""The stages that only the command line has, as a person says them; the others are in `wire.labels`."""


class Bar:
    """A tick for `model.decompose` that draws on a terminal and is silent anywhere else.

    Use as a context manager. It never goes backwards: an engine may have several stages of its own.
    """

    def __init__(self, name: str, stream: TextIO | None = None, enabled: bool | None = None) -> None:
        if enabled is None:
            shown = stream or sys.stderr
            enabled = shown is not None and shown.isatty()  # pythonw has no stderr at all
        form = "{desc} {percentage:3.0f}% |{bar}| {elapsed} + {remaining}"
        self._bar = tqdm(total=1.0, desc=name, file=stream, disable=not enabled, bar_format=form, leave=False)
        self._name = name
        self._past: dict[str, float] = {}
        self._shown = 0.0

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *exc: object) -> None:
        self._bar.close()

    def __call__(self, stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None:
        """The model's tick: `step` of `steps` of `stage` are done."""
        if stage not in self._past:  # whatever came before is over, though its last step may not have been told
            self._past = {past: self._whole(past) for past in self._past}
            self._past[stage] = 0.0
        reached = self._whole(stage) * min(step / max(steps, 1), 1.0)
        self._past[stage] = max(self._past[stage], reached)
        done = min(sum(self._past.values()), 1.0)
        if done > self._shown:
            self._bar.update(done - self._shown)
            self._shown = done
        self._bar.set_description_str(f"{self._name}: {FILES.get(stage) or labels.stage(stage, str)}")

    def _whole(self, stage: str) -> float:
        """What a stage counts: of those that only one engine has, the first counts for all."""
        own = [past for past in self._past if past not in SHARES]
        return SHARES.get(stage, OTHERS if own[:1] == [stage] else 0.0)
