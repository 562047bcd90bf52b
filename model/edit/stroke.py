"""One gesture of a brush: its weight so far, and the pixels that follow from it.

Every dab starts from the pixels as they were before the stroke, with the weight of the whole stroke: going over a
place twice in one stroke changes no more than once, and nothing is rounded twice. Knows nothing of the pointer.
"""

from __future__ import annotations

import numpy as np

from ..imaging.boxes import clip_box
from ..types import Box
from .brush import Brush, Point, box_of, shape_of
from .edge_aware_brush import edge_aware_weight
from .journal import Change
from .layer_stack import LayerStack
from .operations import Background, Edit, Foreground, Match, apply_edit, foreground_appearance
from .patch import Patch

__all__ = ["Stroke"]


class Stroke:
    """Made by `EditSession.stroke`. `to` draws, `finish` makes it history, `cancel` takes it back."""

    def __init__(self, layers: LayerStack, edit: Edit, brush: Brush, area: np.ndarray | None = None) -> None:
        self._layers, self._edit, self._brush, self._area = layers, edit, brush, area
        self._journal = layers.journal()
        self._stats = layers.stats()
        self._gains = layers.gains() if isinstance(edit, Match) else None
        self._last: Point | None = None
        width, height = layers.size
        self._weight = np.zeros((height, width), np.float32)  # pages that are not touched cost nothing

    def to(self, x: float, y: float, pressure: float = 1.0) -> Box:
        """Draw on to (x, y) in pixels of the picture; returns what changed. pressure: 0..1."""
        point = (x, y, pressure)
        start, self._last = self._last or point, point
        size = self._layers.size
        box = clip_box(box_of(start, point, self._brush.radius), size)
        if not box[2] or not box[3]:
            return box
        window = clip_box(box, size, self._layers.config.context)
        self._journal.touch(box)
        patch = self._layers.patch(window, self._journal)
        weight = np.zeros(patch.alpha.shape, np.float32)
        inner = np.s_[box[1] - window[1] :, box[0] - window[0] :]
        crop = weight[inner][: box[3], : box[2]]
        so_far = self._weight[box[1] : box[1] + box[3], box[0] : box[0] + box[2]]
        drawn = np.zeros_like(weight)
        drawn[inner][: box[3], : box[2]] = shape_of(self._brush, start, point, box)
        np.maximum(so_far, self._edge_aware(patch, drawn, window)[inner][: box[3], : box[2]], out=so_far)
        crop[:] = so_far
        gains = None if self._gains is None else self._gains.over(window)
        self._layers.put(apply_edit(patch, weight, self._edit, self._stats, gains), box, window)
        return box

    def decimate(self, points: list[Point]) -> list[Point]:
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
        return self._layers.keep(self._journal, self._layers.blend)

    def cancel(self) -> Box:
        """Everything as it was; returns what that touched."""
        return self._journal.restore()

    def _edge_aware(self, patch: Patch, drawn: np.ndarray, window: Box) -> np.ndarray:
        """The drawn shape held to the picture's edges, to the area and to where layers may lie."""
        if self._brush.follow and isinstance(self._edit, Foreground):
            appearance = foreground_appearance(patch, self._edit, self._stats)
            missed = self._edit.opacity is None
            drawn = edge_aware_weight(patch, drawn, self._brush.radius, appearance, missed)
        elif self._brush.follow and isinstance(self._edit, Background):
            drawn = edge_aware_weight(patch, drawn, self._brush.radius)
        if self._area is not None:
            x, y, w, h = window
            drawn = drawn * (self._area[y : y + h, x : x + w] * np.float32(1 / 255))
        allowed = self._layers.allowed(window)
        return drawn if allowed is None else drawn * allowed
