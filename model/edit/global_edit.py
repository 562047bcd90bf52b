"""A change of the whole layer, a block at a time: what is seen first, then the rest; another value starts over.

Blocks start from the pixels as they were when the edit began, so that a slider may be dragged to and fro. Knows
nothing of threads: the caller asks for one block after the other.
"""

from __future__ import annotations

import numpy as np

from ..imaging.boxes import clip_box
from ..types import Box
from .journal import Change, united
from .layer_stack import LayerStack
from .operations import ChangeBlendType, Edit, apply_edit
from .patch import Patch

__all__ = ["GlobalEdit"]


class GlobalEdit:
    """Made by `EditSession.global_edit`. `step` does a block, `finish` makes it history, `cancel` takes it back."""

    def __init__(self, layers: LayerStack, edit: Edit, first: Box | None = None) -> None:
        self._layers = layers
        self._before = layers.blend
        self._journal = layers.journal()
        self._stats = layers.stats()
        self._edit = edit
        self._waiting: list[Box] = []
        self.set(edit, first)

    def set(self, edit: Edit, first: Box | None = None) -> None:
        """Another value, from the state before the edit. first: what the artist sees."""
        self._edit = edit
        width, height = self._layers.size
        side = self._layers.config.global_block
        boxes = [
            (x, y, min(side, width - x), min(side, height - y))
            for y in range(0, height, side)
            for x in range(0, width, side)
        ]
        self._waiting = sorted(boxes, key=lambda box: _meets(box, first)) if first else boxes
        self._waiting.reverse()

    @property
    def left(self) -> int:
        """Blocks that wait."""
        return len(self._waiting)

    @property
    def retypes(self) -> bool:
        """Whether the layer's blend type changes when the edit ends."""
        return isinstance(self._edit, ChangeBlendType)

    def step(self) -> Box | None:
        """Do the next block that has any of the layer; returns what changed, None when all is done."""
        while self._waiting:
            box = self._waiting.pop()
            if self._layers.has_foreground(box, self._journal):
                self._journal.touch(box)
                window = clip_box(box, self._layers.size, self._layers.config.context)
                self._layers.put(self._solved(self._patch(window)), box, window)
                return box
        return None

    def preview(self, box: Box, step: int) -> Patch:
        """Every step-th pixel of `box` after the change; nothing is written. Exact at those pixels."""
        return self._solved(self._patch(box, step))

    def finish(self) -> Change | None:
        """Do what is left; then the edit is one step of history. None where it changed nothing."""
        while self.step() is not None:
            pass
        if isinstance(self._edit, ChangeBlendType):
            self._layers.set_blend(self._edit.blend)
        return self._layers.keep(self._journal, self._before)

    def cancel(self) -> Box:
        """Everything as it was; returns what that touched."""
        self._waiting = []
        return self._journal.restore()

    def _patch(self, box: Box, step: int = 1) -> Patch:
        return self._layers.patch(box, self._journal, step)

    def _solved(self, patch: Patch) -> Patch:
        return apply_edit(patch, np.ones(patch.alpha.shape, np.float32), self._edit, self._stats)


def _meets(box: Box, first: Box) -> bool:
    """False (sorted first) where `box` meets `first`."""
    _, _, w, h = united([box, first])
    return w >= box[2] + first[2] or h >= box[3] + first[3]
