"""Icons from our own SVG drawings, in the colour of the words beside them, crisp at every size and scale.

The drawings are lines in `currentColor` on a grid of 24; the colour is put in when they are painted.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PyQt6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer

from . import theme

__all__ = ["FOLDER", "application_icon", "icon", "tinted"]

FOLDER = Path(__file__).parent / "resources" / "icons"


def icon(name: str, colour: str = "") -> QIcon:
    """The icon `name`; follows the theme unless a colour is given. Raises FileNotFoundError."""
    _drawing(name)
    return QIcon(_Engine(name, colour))


def application_icon() -> QIcon:
    """The program's own, in colours."""
    return QIcon(str(FOLDER.parent / "diffdecompose-viewer.svg"))


def tinted(name: str, colour: str) -> QSvgRenderer:
    """The drawing in one colour, to be painted by a delegate."""
    return _renderer(name, colour)


@lru_cache(maxsize=128)
def _drawing(name: str) -> str:
    return (FOLDER / f"{name}.svg").read_text("utf-8")


@lru_cache(maxsize=512)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", colour).encode()))


class _Engine(QIconEngine):
    def __init__(self, name: str, colour: str) -> None:
        super().__init__()
        self._name, self._colour = name, colour

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._colour)

    def paint(self, painter: QPainter | None, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        colours = theme.current()
        colour = self._colour or colours.text
        if mode == QIcon.Mode.Disabled:  # also where it is on: then nothing is highlighted
            colour = colours.line if colours.name == "light" else "#666666"
        elif not self._colour and (state == QIcon.State.On or mode == QIcon.Mode.Selected):
            colour = colours.on_accent
        _renderer(self._name, colour).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        pixmap = QPixmap(round(size.width() * scale), round(size.height() * scale))
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap
