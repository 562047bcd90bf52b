"""Marking an area: a rectangle or a free outline. What it means (selection or hint) the options panel says.

Shift adds to the area, Alt takes away, otherwise a new one begins; a click without a drag clears it.
"""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF, QTransform

from ..language import tr
from ..session import Document
from .tool import Tool, ToolCanvas, Touch

__all__ = ["Lasso", "Marquee"]

ADD, TAKE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


class _Marker(Tool):
    """What both have in common: an outline that grows while the pointer is down."""

    def __init__(self) -> None:
        super().__init__()
        self._canvas: ToolCanvas | None = None
        self._outline: list[QPointF] = []
        self._start = QPointF()

    def activate(self, canvas: ToolCanvas) -> None:
        self._canvas = canvas

    def deactivate(self) -> None:
        self._outline = []

    def _grow(self, at: QPointF) -> None:
        raise NotImplementedError

    def press(self, touch: Touch) -> bool:
        self._outline, self._start = [touch.at], touch.at
        return True

    def move(self, touch: Touch) -> None:
        self._grow(touch.at)
        if self._canvas is not None:
            self._canvas.update()

    def release(self, touch: Touch) -> None:
        outline, self._outline = self._outline, []
        document = self._canvas.document if self._canvas else None
        if document is None:
            return
        shape = QPolygonF(outline).boundingRect()
        if len(outline) < 3 or shape.width() < 1 or shape.height() < 1:
            document.set_area(None)
            return
        document.set_area(_combined(document, _mask(outline, document.size), touch.modifiers))

    def paint(self, painter: QPainter, to_view: QTransform) -> None:
        if len(self._outline) < 2:
            return
        shape = to_view.map(QPolygonF(self._outline))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 3))
        painter.drawPolygon(shape)
        painter.setPen(QPen(QColor(255, 255, 255), 1.2, Qt.PenStyle.DashLine))
        painter.drawPolygon(shape)


class Marquee(_Marker):
    """A rectangle on whole pixels."""

    name, icon, shortcut = "marquee", "marquee", "M"

    def __init__(self) -> None:
        super().__init__()
        self.text = tr("Mark a rectangle")

    def _grow(self, at: QPointF) -> None:
        box = QRectF(QRectF(self._start, at).normalized().toAlignedRect())
        self._outline = [box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft()]


class Lasso(_Marker):
    """A free outline."""

    name, icon, shortcut = "lasso", "lasso", "L"

    def __init__(self) -> None:
        super().__init__()
        self.text = tr("Mark a free outline")

    def _grow(self, at: QPointF) -> None:
        if (at - self._outline[-1]).manhattanLength() >= 0.5:
            self._outline.append(at)


def _mask(outline: list[QPointF], size: tuple[int, int]) -> np.ndarray:
    """uint8 H x W: 255 inside, soft at the edge."""
    width, height = size
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(255, 255, 255))
    painter.drawPolygon(QPolygonF(outline))
    painter.end()
    bits = image.constBits()
    assert bits is not None
    rows = np.frombuffer(bits.asstring(image.sizeInBytes()), np.uint8).reshape(height, image.bytesPerLine())
    return np.ascontiguousarray(rows[:, :width])


def _combined(document: Document, mask: np.ndarray, modifiers: Qt.KeyboardModifier) -> np.ndarray | None:
    if document.area is not None and modifiers & ADD:
        mask = np.maximum(document.area, mask)
    elif modifiers & TAKE:
        mask = np.minimum(document.area, 255 - mask) if document.area is not None else np.zeros_like(mask)
    return mask if mask.any() else None
