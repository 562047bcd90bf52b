"""The seam for everything that takes the pointer on the canvas: one active tool, events in picture coordinates.

A tool is told of press, move and release with a `Touch`, may draw an overlay, and may show widgets of its own in the
window's tool area (`panel`). Space and the middle button pan whatever tool is active. `window.MainWindow.add_tool`
puts a tool into the tool bar. Knows nothing of any particular tool but the hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PyQt6.QtCore import QObject, QPointF, QRect, Qt
from PyQt6.QtGui import QPainter, QTransform
from PyQt6.QtWidgets import QWidget

from ..actions import Needs
from ..language import tr
from ..session import Document

__all__ = ["Hand", "Tool", "ToolCanvas", "Touch"]


@dataclass(frozen=True)
class Touch:
    """Where the pointer is. at: in pixels of the picture, (0, 0) the outer corner of the first; may lie outside.

    pressure: 0..1 of a pen, 1 for a mouse.   modifiers: of the keyboard.
    """

    at: QPointF
    pressure: float = 1.0
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier


class ToolCanvas(Protocol):
    """What a tool may use of the canvas (`ui.canvas.view.Canvas`)."""

    @property
    def document(self) -> Document | None: ...
    def to_picture(self, point: QPointF) -> QPointF: ...
    def rect(self) -> QRect: ...
    def update(self) -> None: ...


class Tool(QObject):
    """What the pointer does. Subclass and override what is needed.

    name: for programs.   text: for people.   icon: a name of `resources/icons`.   shortcut: a key sequence.
    needs: what must be open for the tool to be of use.
    """

    name = ""
    text = ""
    icon = ""
    shortcut = ""
    cursor = Qt.CursorShape.CrossCursor
    needs = Needs.PICTURE

    def activate(self, canvas: ToolCanvas) -> None:
        """The tool was chosen for this canvas; `canvas.document` may be None and changes with the tabs."""

    def deactivate(self) -> None:
        """Another tool was chosen; a stroke that is under way ends."""

    def press(self, touch: Touch) -> bool:
        """The left button or the pen went down. False leaves it to the canvas, which pans."""
        return False

    def move(self, touch: Touch) -> None:
        """The pointer moved with the button down after a `press` that was taken."""

    def release(self, touch: Touch) -> None:
        """The button came up after a `press` that was taken."""

    def hover(self, touch: Touch) -> None:
        """The pointer moved with no button down."""

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """A key was pressed on the canvas. True takes it."""
        return False

    def paint(self, painter: QPainter, to_view: QTransform) -> None:
        """Draw on top of the picture, in the widget's coordinates. to_view: from picture to widget."""

    def panel(self) -> QWidget | None:
        """Widgets of this tool, shown in the window's tool dock while it is active."""
        return None


class Hand(Tool):
    """Pans."""

    name = "hand"
    icon = "hand"
    shortcut = "H"
    cursor = Qt.CursorShape.OpenHandCursor

    def __init__(self) -> None:
        super().__init__()
        self.text = tr("Move the view")
