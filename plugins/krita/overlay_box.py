"""The choice of a known overlay: not known, a file, or a layer of the document. Knows nothing of how it is read."""

from pathlib import Path
from typing import Any, Sequence, Tuple

from plugins.shared.language import tr
from plugins.shared.overlay import FILE, file_choice

from .qt import QtCore, QtWidgets

__all__ = ["OverlayBox"]

_ASK = "ask"
"""The entry that asks for a file."""


class OverlayBox(QtWidgets.QComboBox):
    """A box whose data are values of `Choice.overlay`. layers: those of layers, with their names."""

    def __init__(self, layers: Sequence[Tuple[str, str]] = ()) -> None:
        super().__init__()
        self.addItem(tr("Not known"), "")
        self.addItem(tr("From file..."), _ASK)
        for value, name in layers:
            self.addItem(tr("Layer: {name}").format(name=name), value)
        self._value = ""
        self.currentIndexChanged.connect(self._changed)
        self.activated.connect(self._activated)

    def offer(self, value: str) -> None:
        """List a file, where it is there. A layer is listed by its document alone."""
        path = value[len(FILE) :]
        if value.startswith(FILE) and Path(path).is_file() and self.findData(value) < 0:
            self.insertItem(1, Path(path).name, value)
            self.setItemData(1, path, QtCore.Qt.ItemDataRole.ToolTipRole)

    def _changed(self, row: int) -> None:
        if self.itemData(row) != _ASK:
            self._value = self.itemData(row)

    def _activated(self, row: int) -> None:
        if self.itemData(row) != _ASK:
            return
        self._choose(self._value)
        dialog: Any = QtWidgets.QFileDialog(self, tr("Overlay"))
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(tr("Pictures with transparency") + " (*.png *.psd *.ora *.kra *.svg *.tif *.tiff *.webp)")
        dialog.fileSelected.connect(lambda path: self._choose(file_choice(path)))
        dialog.open()

    def _choose(self, value: str) -> None:
        self.offer(value)
        self.setCurrentIndex(max(0, self.findData(value)))
