"""A change of the whole layer, a block at a time: what is seen first, then the rest; another value starts over.

Blocks start from the pixels as they were when the sweep began, so that a slider may be dragged to and fro. Knows
nothing of threads: the caller asks for one block after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.correct import Edit, Patch, Retype, edited
from model.types import Box

from .brush import clipped
from .ledger import Change, united

if TYPE_CHECKING:
    from .correction import Correction

__all__ = ["Sweep"]

SIDE = 512
"""Of a block in pixels."""

AROUND = 64
"""Pixels around a block that are looked at."""


class Sweep:
    """Made by `Correction.sweep`. `step` does a block, `finish` makes it history, `cancel` takes it back."""

    def __init__(self, correction: Correction, edit: Edit, first: Box | None = None) -> None:
        self._correction = correction
        self._before = correction.blend
        self._ledger = correction.ledger()
        self._cover = correction.cover()
        self._edit = edit
        self._waiting: list[Box] = []
        self.set(edit, first)

    def set(self, edit: Edit, first: Box | None = None) -> None:
        """Another value, from the state before the sweep. first: what the artist sees."""
        self._edit = edit
        width, height = self._correction.size
        boxes = [
            (x, y, min(SIDE, width - x), min(SIDE, height - y))
            for y in range(0, height, SIDE)
            for x in range(0, width, SIDE)
        ]
        self._waiting = sorted(boxes, key=lambda box: _meets(box, first)) if first else boxes
        self._waiting.reverse()

    @property
    def left(self) -> int:
        """Blocks that wait."""
        return len(self._waiting)

    @property
    def retypes(self) -> bool:
        """Whether the layer's blend type changes when the sweep ends."""
        return isinstance(self._edit, Retype)

    def step(self) -> Box | None:
        """Do the next block that has any of the layer; returns what changed, None when all is done."""
        while self._waiting:
            box = self._waiting.pop()
            if self._correction.has_foreground(box, self._ledger):
                self._ledger.touch(box)
                window = _wider(box, self._correction.size)
                self._correction.put(self._solved(self._patch(window)), box, window)
                return box
        return None

    def preview(self, box: Box, step: int) -> Patch:
        """Every step-th pixel of `box` after the change; nothing is written. Exact at those pixels."""
        return self._solved(self._patch(box, step))

    def finish(self) -> Change | None:
        """Do what is left; then the sweep is one step of history. None where it changed nothing."""
        while self.step() is not None:
            pass
        if isinstance(self._edit, Retype):
            self._correction.retype(self._edit.blend)
        return self._correction.keep(self._ledger, self._before)

    def cancel(self) -> Box:
        """Everything as it was; returns what that touched."""
        self._waiting = []
        return self._ledger.restore()

    def _patch(self, box: Box, step: int = 1) -> Patch:
        return self._correction.patch(box, self._ledger, step)

    def _solved(self, patch: Patch) -> Patch:
        return edited(patch, np.ones(patch.alpha.shape, np.float32), self._edit, self._cover)


def _meets(box: Box, first: Box) -> bool:
    """False (sorted first) where `box` meets `first`."""
    _, _, w, h = united([box, first])
    return w >= box[2] + first[2] or h >= box[3] + first[3]


def _wider(box: Box, size: tuple[int, int]) -> Box:
    return clipped(box, size, AROUND)
