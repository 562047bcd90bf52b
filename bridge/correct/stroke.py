"""One gesture of a brush: what it reached so far, and the pixels that follow from it.

Every dab starts from the pixels as they were before the stroke, with all that the stroke has reached: going over a
place twice in one stroke changes no more than once, and nothing is rounded twice. Knows nothing of the pointer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.correct import Background, Edit, Foreground, Patch, edited, mark_near, reach_of
from model.types import Box

from .brush import Brush, Point, box_of, clipped, shape_of
from .ledger import Change

if TYPE_CHECKING:
    from .correction import Correction

__all__ = ["Stroke"]

AROUND = 64
"""Pixels around a dab that are looked at for colour, opacity and ghosts."""


class Stroke:
    """Made by `Correction.stroke`. `to` draws, `finish` makes it history, `cancel` takes it back."""

    def __init__(self, correction: Correction, edit: Edit, brush: Brush) -> None:
        self._correction, self._edit, self._brush = correction, edit, brush
        self._ledger = correction.ledger()
        self._cover = correction.cover()
        self._last: Point | None = None
        width, height = correction.size
        self._reach = np.zeros((height, width), np.float32)  # pages that are not touched cost nothing

    def to(self, x: float, y: float, pressure: float = 1.0) -> Box:
        """Draw on to (x, y) in pixels of the picture; returns what changed. pressure: 0..1."""
        point = (x, y, pressure)
        start, self._last = self._last or point, point
        size = self._correction.size
        box = clipped(box_of(start, point, self._brush.radius), size)
        if not box[2] or not box[3]:
            return box
        window = clipped(box, size, AROUND)
        self._ledger.touch(box)
        patch = self._correction.patch(window, self._ledger)
        reach = np.zeros(patch.alpha.shape, np.float32)
        inner = np.s_[box[1] - window[1] :, box[0] - window[0] :]
        part = reach[inner][: box[3], : box[2]]
        so_far = self._reach[box[1] : box[1] + box[3], box[0] : box[0] + box[2]]
        drawn = np.zeros_like(reach)
        drawn[inner][: box[3], : box[2]] = shape_of(self._brush, start, point, box)
        np.maximum(so_far, self._meant(patch, drawn, window)[inner][: box[3], : box[2]], out=so_far)
        part[:] = so_far
        self._correction.put(edited(patch, reach, self._edit, self._cover), box, window)
        return box

    def thinned(self, points: list[Point]) -> list[Point]:
        """The points that matter: those nearer to the one before than a sixth of the radius go, the last never."""
        near = max(1.0, self._brush.radius / 6)
        kept, last = [], self._last
        for number, point in enumerate(points):
            far = last is None or abs(point[0] - last[0]) + abs(point[1] - last[1]) >= near
            if far or number == len(points) - 1:
                kept.append(point)
                last = point
        return kept

    def finish(self) -> Change | None:
        """The stroke as one step of history; None where it changed nothing."""
        return self._correction.keep(self._ledger, self._correction.blend)

    def cancel(self) -> Box:
        """Everything as it was; returns what that touched."""
        return self._ledger.restore()

    def _meant(self, patch: Patch, drawn: np.ndarray, window: Box) -> np.ndarray:
        """The drawn shape held to the picture's edges and to where layers may lie."""
        if self._brush.follow and isinstance(self._edit, Foreground):
            drawn = reach_of(patch, drawn, self._brush.radius, mark_near(patch, self._edit, self._cover))
        elif self._brush.follow and isinstance(self._edit, Background):
            drawn = reach_of(patch, drawn, self._brush.radius)
        allowed = self._correction.allowed(window)
        return drawn if allowed is None else drawn * allowed
