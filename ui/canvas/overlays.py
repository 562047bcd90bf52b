"""What is drawn around and over the picture: checkerboard, pixel grid, the line of the split view, the marked area."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPixmap, QTransform

__all__ = ["GRID_FROM", "area_image", "checkerboard", "draw_area", "draw_grid", "draw_split"]

GRID_FROM = 8.0
"""Screen pixels a picture pixel from which the grid is drawn: 800 %."""

_SQUARE = 8


@lru_cache(maxsize=4)
def checkerboard(light: QColor | int, dark: QColor | int) -> QBrush:
    """Squares of 8 screen pixels in two grays."""
    tile = QPixmap(2 * _SQUARE, 2 * _SQUARE)
    tile.fill(QColor(light))
    painter = QPainter(tile)
    painter.fillRect(0, 0, _SQUARE, _SQUARE, QColor(dark))
    painter.fillRect(_SQUARE, _SQUARE, _SQUARE, _SQUARE, QColor(dark))
    painter.end()
    return QBrush(tile)


def draw_grid(painter: QPainter, to_view: QTransform, seen: QRectF) -> None:
    """Lines between the pixels of `seen` (a rectangle of the picture): dark and light, to be seen on anything."""
    columns = range(int(seen.left()), int(seen.right()) + 2)
    rows = range(int(seen.top()), int(seen.bottom()) + 2)
    lines = [QLineF(to_view.map(QPointF(x, rows[0])), to_view.map(QPointF(x, rows[-1]))) for x in columns]
    lines += [QLineF(to_view.map(QPointF(columns[0], y)), to_view.map(QPointF(columns[-1], y))) for y in rows]
    pen = QPen(QColor(128, 128, 128, 90), 0)
    painter.setPen(pen)
    painter.drawLines(lines)  # type: ignore[arg-type]


def draw_split(painter: QPainter, x: float, height: float, left: str, right: str, accent: QColor) -> None:
    """The line at `x` (widget coordinates) with a handle, and what lies on its two sides."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(0, 0, 0, 110), 3))
    painter.drawLine(QLineF(x, 0, x, height))
    painter.setPen(QPen(QColor(255, 255, 255), 1.2))
    painter.drawLine(QLineF(x, 0, x, height))
    middle = QPointF(x, height / 2)
    painter.setBrush(QColor(255, 255, 255))
    painter.setPen(QPen(QColor(0, 0, 0, 120), 1))
    painter.drawEllipse(middle, 13, 13)
    painter.setPen(QPen(accent, 2, cap=Qt.PenCapStyle.RoundCap))
    for side in (-1, 1):
        tip = middle + QPointF(side * 8, 0)
        painter.drawLine(QLineF(tip, tip + QPointF(-side * 4, -4)))
        painter.drawLine(QLineF(tip, tip + QPointF(-side * 4, 4)))
    for text, side in ((left, -1), (right, 1)):
        _label(painter, text, x, side)


def _label(painter: QPainter, text: str, x: float, side: int) -> None:
    box = QRectF(painter.fontMetrics().boundingRect(text)).adjusted(-9, -4, 9, 4)
    box.moveTop(12)
    if side < 0:
        box.moveRight(x - 12)
    else:
        box.moveLeft(x + 12)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 150))
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    painter.setPen(QColor(255, 255, 255))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def area_image(area: np.ndarray, longest: int = 2048) -> QImage:
    """A marked area (uint8 H x W) as a veil over what is not marked, at most `longest` pixels a side."""
    step = max(1, -(-max(area.shape) // longest))
    small = np.ascontiguousarray(255 - area[::step, ::step])
    height, width = small.shape
    veil = np.zeros((height, width, 4), np.uint8)
    veil[..., 3] = small // 2
    image = QImage(veil.data, width, height, width * 4, QImage.Format.Format_RGBA8888_Premultiplied)  # type: ignore[arg-type]
    return image.copy()


def draw_area(painter: QPainter, veil: QImage, target: QRectF) -> None:
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(target, veil)
