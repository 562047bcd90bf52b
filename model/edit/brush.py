"""The shape of a round brush, drawn along a segment. Knows nothing of what is painted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import Box

__all__ = ["Brush", "box_of", "shape_of"]


@dataclass(frozen=True)
class Brush:
    """radius: pixels of the picture. hardness: 0..1, the share of the radius that is at full strength.

    follow: whether the brush keeps to the edges of the picture, where that makes sense.
    """

    radius: float
    hardness: float = 0.6
    follow: bool = True


Point = tuple[float, float, float]
"""x, y in pixels of the picture (a pixel's middle lies at a half), and pressure 0..1."""


def box_of(start: Point, end: Point, radius: float) -> Box:
    """Whole pixels that the segment's brush may touch; may reach beyond the picture."""
    x0 = int(np.floor(min(start[0], end[0]) - radius - 1))
    y0 = int(np.floor(min(start[1], end[1]) - radius - 1))
    x1 = int(np.ceil(max(start[0], end[0]) + radius + 1))
    y1 = int(np.ceil(max(start[1], end[1]) + radius + 1))
    return x0, y0, x1 - x0, y1 - y0


def shape_of(brush: Brush, start: Point, end: Point, box: Box) -> np.ndarray:
    """h x w float32, 0..1 over `box`: full near the segment, soft at the rim, scaled by the pressure along it."""
    x, y, w, h = box
    xs = np.arange(x, x + w, dtype=np.float32)[None, :] + np.float32(0.5 - start[0])
    ys = np.arange(y, y + h, dtype=np.float32)[:, None] + np.float32(0.5 - start[1])
    dx, dy = np.float32(end[0] - start[0]), np.float32(end[1] - start[1])
    length = dx * dx + dy * dy
    along = np.clip((xs * dx + ys * dy) / length, 0, 1) if length > 0 else np.float32(0)
    far = np.sqrt((xs - along * dx) ** 2 + (ys - along * dy) ** 2)
    soft = np.float32(max(brush.radius * (1 - brush.hardness), 1.0))
    rise = np.clip((np.float32(brush.radius + 0.5) - far) / soft, 0, 1)
    pressure = np.float32(start[2]) + along * np.float32(end[2] - start[2])
    return rise * rise * (3 - 2 * rise) * pressure
