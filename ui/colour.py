"""A button that holds a colour or none: it shows which, and a click chooses one or lets it go."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QPixmap
from PyQt6.QtWidgets import QColorDialog, QPushButton

from .language import tr

__all__ = ["RGB", "ColourButton"]

RGB = tuple[float, float, float]
"""0..1 in the picture's values."""
SWATCH = 16


class ColourButton(QPushButton):
    """none, icon: what it says and shows while there is no colour."""

    changed = pyqtSignal()

    def __init__(self, none: str, icon: QIcon | None = None) -> None:
        super().__init__(none)
        self._none, self._icon = none, icon or QIcon()
        self._colour: RGB | None = None
        self.setIcon(self._icon)
        self.clicked.connect(self._clicked)

    @property
    def colour(self) -> RGB | None:
        return self._colour

    def set_colour(self, colour: RGB | None) -> None:
        self._colour = colour
        self.changed.emit()
        if colour is None:
            self.setText(self._none)
            self.setIcon(self._icon)
            return
        shown = QColor.fromRgbF(*colour)
        swatch = QPixmap(SWATCH, SWATCH)
        swatch.fill(shown)
        self.setText(shown.name())
        self.setIcon(QIcon(swatch))

    def _clicked(self) -> None:
        if self._colour is not None:
            self.set_colour(None)
            return
        picked = QColorDialog.getColor(QColor("white"), self, tr("Colour of the foreground"))
        if picked.isValid():
            self.set_colour((picked.redF(), picked.greenF(), picked.blueF()))
