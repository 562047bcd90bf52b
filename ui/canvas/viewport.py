"""Where a picture stands on the screen and how large: zoom to a point, pan, fit. Values in, values out; no widget.

All in screen pixels: a widget unit is `ratio` of them. The origin stays on whole pixels, where edges are sharp.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QTransform

__all__ = ["MOST_ZOOM", "STEPS", "Viewport", "next_step"]

MOST_ZOOM = 64.0
STEPS = (
    1 / 64,
    1 / 32,
    1 / 16,
    1 / 8,
    1 / 6,
    1 / 4,
    1 / 3,
    1 / 2,
    2 / 3,
    1,
    1.5,
    2,
    3,
    4,
    6,
    8,
    12,
    16,
    24,
    32,
    48,
    64,
)
SIGHT = 48.0
"""Screen pixels of the picture that stay in sight however far it is panned."""
MARGIN = 24
TINY = 64
"""A picture whose longest side is no longer is fitted larger than 100 %, up to 16 times."""

Size = tuple[int, int]
Extent = tuple[float, float]
"""Width and height of the widget."""


@dataclass(frozen=True)
class Viewport:
    """scale: screen pixels a picture pixel.   origin: of the picture's corner.   fitted: follows the widget's size."""

    scale: float = 1.0
    origin: QPointF = field(default_factory=QPointF)
    fitted: bool = True

    def to_view(self, ratio: float) -> QTransform:
        """From pixels of the picture to widget units."""
        return QTransform(
            self.scale / ratio, 0, 0, self.scale / ratio, self.origin.x() / ratio, self.origin.y() / ratio
        )

    def to_picture(self, point: QPointF) -> QPointF:
        return (point - self.origin) / self.scale

    def fit(self, size: Size, extent: Extent) -> Viewport:
        """The whole picture in the middle."""
        scale = min((extent[0] - MARGIN) / size[0], (extent[1] - MARGIN) / size[1])
        scale = max(1e-3, min(scale, 1.0 if max(size) > TINY else 16.0))
        x, y = (extent[0] - size[0] * scale) / 2, (extent[1] - size[1] * scale) / 2
        return Viewport(scale, QPointF(round(x), round(y)), True)

    def zoomed(self, scale: float, anchor: QPointF, size: Size, extent: Extent) -> Viewport:
        """anchor: what stays where it is."""
        scale = max(min(1.0, 16 / max(size)), min(MOST_ZOOM, scale))
        origin = anchor - (anchor - self.origin) * (scale / self.scale)
        return Viewport(scale, _in_sight(origin, scale, size, extent), False)

    def panned(self, by: QPointF, size: Size, extent: Extent) -> Viewport:
        return Viewport(self.scale, _in_sight(self.origin + by, self.scale, size, extent), False)


def next_step(scale: float, direction: int) -> float:
    """The next larger (1) or smaller (-1) of the usual steps."""
    if direction > 0:
        return next((step for step in STEPS if step > scale * 1.001), STEPS[-1])
    return next((step for step in reversed(STEPS) if step < scale * 0.999), STEPS[0])


def _in_sight(origin: QPointF, scale: float, size: Size, extent: Extent) -> QPointF:
    x = min(max(origin.x(), SIGHT - size[0] * scale), extent[0] - SIGHT)
    y = min(max(origin.y(), SIGHT - size[1] * scale), extent[1] - SIGHT)
    return QPointF(round(x), round(y))
