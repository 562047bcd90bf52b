"""The ground of a row or cell in a list: nothing, or a rounded patch where it is chosen or under the pointer."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter
from PyQt6.QtWidgets import QStyle, QStyleOptionViewItem

from .. import theme

__all__ = ["Ink", "draw_ground"]


@dataclass(frozen=True)
class Ink:
    """Colours of the words on a row's ground."""

    text: str
    faint: str


def draw_ground(painter: QPainter, option: QStyleOptionViewItem, frame: QRectF, radius: float = 5) -> Ink:
    """Leaves antialiasing on. frame: where the patch goes."""
    colours = theme.current()
    chosen = bool(option.state & QStyle.StateFlag.State_Selected)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if chosen or option.state & QStyle.StateFlag.State_MouseOver:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent if chosen else colours.hover))
        painter.drawRoundedRect(frame, radius, radius)
    return Ink(colours.on_accent, colours.on_accent) if chosen else Ink(colours.text, colours.faint)
