"""The choice of the engine: those that can run here, and a last entry that tells of the others and how to get them.

Knows nothing of the daemon: it is told what the daemon said.
"""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from bridge.wire import EngineInfo

from ..language import tr
from ..words import engine_needs, engine_state

__all__ = ["EngineChoice", "MoreEngines"]

INCLUDED = ("nano", "classic")
"""The engines that come with diffdecompose: offered until the service has answered."""
MORE = ""


class EngineChoice(QComboBox):
    """A box whose data are engines' names."""

    def __init__(self) -> None:
        super().__init__()
        self._engines: dict[str, EngineInfo] = {}
        self._wanted = INCLUDED[0]
        self.setAccessibleName(tr("Engine"))
        self.setToolTip(
            tr("The method that finds the layers. 'nano' comes with diffdecompose and needs no graphics card.")
        )
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self._fill()
        self.activated.connect(self._activated)

    def want(self, name: str) -> None:
        """Choose an engine; where it cannot run, the default is chosen in its place."""
        self._wanted = name
        self._fill()

    def show_engines(self, engines: tuple[EngineInfo, ...]) -> None:
        self._engines = {engine.name: engine for engine in engines}
        self._fill()

    @property
    def refused(self) -> EngineInfo | None:
        """The engine that was wanted and cannot run."""
        engine = self._engines.get(self._wanted)
        return engine if engine is not None and engine.state == "unavailable" else None

    @property
    def others(self) -> list[EngineInfo]:
        """Those that cannot run."""
        return [engine for engine in self._engines.values() if engine.state == "unavailable"]

    def _fill(self) -> None:
        before = self.currentData()
        blocked = self.blockSignals(True)
        self.clear()
        if not self._engines:
            for name in dict.fromkeys((*INCLUDED, self._wanted)):
                self.addItem(name, name)
        for name, engine in self._engines.items():
            if engine.state != "unavailable":
                self.addItem(f"{name} ({engine_state(engine)})", name)
        if self.others:
            self.insertSeparator(self.count())
            self.addItem(tr("More engines…"), MORE)
        self.setCurrentIndex(max(0, self.findData(self._wanted)))
        self.blockSignals(blocked)
        if before is not None and self.currentData() != before:
            self.currentIndexChanged.emit(self.currentIndex())

    def _activated(self, row: int) -> None:
        if self.itemData(row) != MORE:
            self._wanted = self.itemData(row)
            return
        self._fill()
        MoreEngines(self.others, self.window()).open()


class MoreEngines(QDialog):
    """What the engines are that cannot run here, what they need, and the commands that fetch it."""

    def __init__(self, engines: list[EngineInfo], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("More engines"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(QLabel(tr("These engines cannot run on this computer as it is.")))
        for engine in engines:
            column.addLayout(self._paragraph(engine))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.setMinimumWidth(620)

    def _paragraph(self, engine: EngineInfo) -> QHBoxLayout:
        text = QLabel(engine_needs(engine))
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout()
        row.addWidget(text, 1)
        if engine.command:
            copy = QPushButton(tr("Copy Command"))
            copy.setAccessibleName(tr("Copy the command that fetches {engine}").format(engine=engine.name))
            copy.clicked.connect(lambda: _to_clipboard(engine.command))
            row.addWidget(copy, 0, Qt.AlignmentFlag.AlignTop)
        return row


def _to_clipboard(text: str) -> None:
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
