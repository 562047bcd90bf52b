"""The tool bar: words beside some icons where there is room for them, icons alone in a narrow window.

Knows nothing of what the actions do.
"""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QAction, QResizeEvent
from PyQt6.QtWidgets import QToolBar, QToolButton, QWidget

__all__ = ["ToolBar"]

WORDS, ICONS = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly


class ToolBar(QToolBar):
    """Does not move; what still has no room is behind the arrow at its end."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self._worded: list[QToolButton] = []
        self._needed = 0
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setIconSize(QSize(20, 20))

    def with_words(self, action: QAction) -> None:
        """Show the action's text beside its icon while there is room."""
        button = self.widgetForAction(action)
        assert isinstance(button, QToolButton)
        button.setToolButtonStyle(WORDS)
        self._worded.append(button)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        if self._worded and self._worded[0].toolButtonStyle() == WORDS:
            self._needed = self.sizeHint().width()
        style = WORDS if self.width() >= self._needed else ICONS
        for button in self._worded:
            button.setToolButtonStyle(style)
        super().resizeEvent(event)
