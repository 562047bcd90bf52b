"""Wheel, fingers and arrow keys move the view: what is under the pointer stays under it. Knows nothing of pixels."""

from __future__ import annotations

from typing import Protocol

from PyQt6.QtCore import QEvent, QPointF, Qt
from PyQt6.QtGui import QNativeGestureEvent, QWheelEvent
from PyQt6.QtWidgets import QGestureEvent, QPinchGesture

__all__ = ["arrow", "pinch", "wheel"]

NOTCH = 1.25
"""Zoom by one notch of the wheel."""
STEP = 64.0
"""Widget units by one press of an arrow key."""


class View(Protocol):
    """What can be moved. Points are in the widget's coordinates."""

    @property
    def zoom(self) -> float: ...

    def set_zoom(self, scale: float, anchor: QPointF | None = None) -> None: ...

    def pan(self, dx: float, dy: float) -> None: ...

    def mapFromGlobal(self, a0: QPointF) -> QPointF: ...


def wheel(view: View, event: QWheelEvent) -> None:
    """Zooms; with Shift, or tilted, it pans sideways."""
    delta = event.angleDelta()
    if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        view.pan((delta.x() + delta.y()) / 2, 0)
    elif delta.y():
        view.set_zoom(view.zoom * NOTCH ** (delta.y() / 120), event.position())
    elif delta.x():
        view.pan(delta.x() / 2, 0)
    event.accept()


def pinch(view: View, event: QEvent | None) -> bool:
    """Two fingers on a touchpad (a native gesture) or on the screen; False where the event is something else."""
    if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
        view.set_zoom(view.zoom * (1 + event.value()), event.position())
        return True
    fingers = event.gesture(Qt.GestureType.PinchGesture) if isinstance(event, QGestureEvent) else None
    if not isinstance(fingers, QPinchGesture):
        return False
    now = view.mapFromGlobal(fingers.centerPoint())
    if not fingers.lastCenterPoint().isNull():  # nothing came before the first step
        moved = now - view.mapFromGlobal(fingers.lastCenterPoint())
        view.pan(moved.x(), moved.y())
    view.set_zoom(view.zoom * fingers.scaleFactor(), now)
    return True


def arrow(view: View, key: int) -> bool:
    """An arrow key looks that way; False where it is another key."""
    ways = {
        Qt.Key.Key_Left: (STEP, 0),
        Qt.Key.Key_Right: (-STEP, 0),
        Qt.Key.Key_Up: (0, STEP),
        Qt.Key.Key_Down: (0, -STEP),
    }
    way = next((way for one, way in ways.items() if one == key), None)
    if way is not None:
        view.pan(*way)
    return way is not None
