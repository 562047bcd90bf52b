"""The choice of a known overlay: none, a file, or a layer of the document. Knows nothing of how it is found."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtWidgets import QComboBox, QFileDialog

from model.types import Layer

from ..language import tr
from ..session import Document

__all__ = ["OverlayChoice"]

NONE, FILE = "", "file"


class OverlayChoice(QComboBox):
    """A box whose last entries are the layers above the document's background."""

    def __init__(self) -> None:
        super().__init__()
        self._document: Document | None = None
        self._path: Path | None = None
        self.setAccessibleName(tr("Overlay"))
        self.setToolTip(tr("The foreground itself, where you have it: it is found at any place, size and angle."))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self._fill()
        self.activated.connect(self._activated)

    def source(self) -> Path | Layer | None:
        """The overlay's file, or a layer; None where it is not known."""
        chosen = self.currentData()
        if chosen == FILE:
            return self._path
        if chosen == NONE or self._document is None:
            return None
        return next((entry.layer for entry in self._document.entries if entry.key == chosen), None)

    def choose_file(self, path: Path) -> None:
        self._path = path
        self._fill()
        self.setCurrentIndex(self.findData(FILE))

    def set_document(self, document: Document | None) -> None:
        if self._document is not None:
            self._document.entries_changed.disconnect(self._fill)
        self._document = document
        if document is not None:
            document.entries_changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        """The entries anew; what is chosen stays chosen while it is there."""
        chosen = self.currentData()
        self.clear()
        self.addItem(tr("Not known"), NONE)
        self.addItem(tr("From file…") if self._path is None else self._path.name, FILE)
        for entry in () if self._document is None else self._document.entries[1:]:
            self.addItem(tr("Layer: {name}").format(name=entry.layer.name), entry.key)
        self.setCurrentIndex(max(0, self.findData(chosen)))

    def _activated(self, row: int) -> None:
        if self.itemData(row) != FILE:
            return
        names = tr("Pictures with transparency") + " (*.png *.psd *.ora *.svg *.tif *.tiff *.webp)"
        path, _ = QFileDialog.getOpenFileName(self, tr("Overlay"), str(self._path or ""), names)
        if path:
            self.choose_file(Path(path))
        elif self._path is None:
            self.setCurrentIndex(0)
