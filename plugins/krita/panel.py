"""What the artist sees while a job runs and when it fails: one small window with a row a job, and messages.

Knows nothing of jobs or documents: rows are given what to show, and report when Cancel is pressed.
"""

from typing import Any, Callable, List, Optional

from plugins.shared.language import tr
from plugins.shared.progress import OverallProgress
from plugins.shared.words import UserError, stage_label, time_left

from .qt import QtCore, QtWidgets

__all__ = ["Panel", "Row", "show_error"]

_ABOVE_THE_FOOT = 120
"""Pixels between the window of the jobs and the foot of Krita's: room for more jobs below the first."""


class Row(QtWidgets.QWidget):
    """One job: its name and stage, a bar, the time left, Cancel."""

    def __init__(self, title: str, cancel: Callable[[], None]) -> None:
        super().__init__()
        self._title = QtWidgets.QLabel(title)
        self._stage = QtWidgets.QLabel()
        self._left = QtWidgets.QLabel()
        self._left.setAlignment(QtCore.Qt.AlignmentFlag.AlignRight)
        self._bar = QtWidgets.QProgressBar()
        self._bar.setTextVisible(False)
        self._button = QtWidgets.QPushButton(tr("Cancel"))
        self._button.setAutoDefault(False)
        self._button.clicked.connect(self._press)
        self._cancel = cancel
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 6)
        grid.addWidget(self._title, 0, 0, 1, 3)
        grid.addWidget(self._bar, 1, 0, 1, 2)
        grid.addWidget(self._button, 1, 2)
        grid.addWidget(self._stage, 2, 0)
        grid.addWidget(self._left, 2, 1)
        grid.setColumnStretch(0, 1)
        self._progress = OverallProgress()
        self._bar.setRange(0, 0)

    def report(self, stage: str, share: Optional[float], left: Optional[float]) -> None:
        """share: 0..1 of the stage, None = not known; left: seconds. The bar shows the whole job."""
        if self._button.isEnabled():
            self._stage.setText(stage_label(stage))
        self._left.setText(time_left(left))
        share = self._progress.update(stage, share)
        self._bar.setRange(0, 0 if share is None else 1000)
        if share is not None:
            self._bar.setValue(round(1000 * share))

    def _press(self) -> None:
        self._button.setEnabled(False)
        self._stage.setText(tr("Cancelling"))
        self._cancel()


class Panel(QtWidgets.QDialog):
    """The window of all running jobs. It comes without taking the keyboard, and goes with the last job."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Decompose Layers"))
        self.setWindowModality(QtCore.Qt.WindowModality.NonModal)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setMinimumWidth(420)
        self._box = QtWidgets.QVBoxLayout(self)
        self._box.setSizeConstraint(QtWidgets.QLayout.SizeConstraint.SetFixedSize)
        self._rows: List[Row] = []

    def add(self, title: str, cancel: Callable[[], None]) -> Row:
        row = Row(title, cancel)
        row.setMinimumWidth(400)
        self._rows.append(row)
        self._box.addWidget(row)
        if not self.isVisible():
            self._step_aside()
        self.show()
        return row

    def _step_aside(self) -> None:
        """To the foot of the window: in its middle is the picture, on which the artist goes on working."""
        parent = self.parentWidget()
        if parent is not None:
            corner = parent.mapToGlobal(parent.rect().bottomLeft())
            self.adjustSize()
            space = (parent.width() - self.width()) // 2
            self.move(corner.x() + space, corner.y() - self.height() - _ABOVE_THE_FOOT)

    def remove(self, row: Row) -> None:
        self._rows.remove(row)
        self._box.removeWidget(row)
        row.deleteLater()
        if not self._rows:
            self.hide()

    def reject(self) -> None:
        """Escape and the window's own close button hide it; the jobs go on, each has its own Cancel."""
        self.hide()


def show_error(parent: Any, error: UserError, button: str = "", act: Optional[Callable[[], None]] = None) -> Any:
    """A message that does not stop the program: what happened, what to do, the last log lines to unfold.

    button, act: a button that does what the advice says.
    """
    box = QtWidgets.QMessageBox(parent)
    box.setIcon(QtWidgets.QMessageBox.Icon.Warning)
    box.setWindowTitle(tr("Decompose Layers"))
    box.setText(error.what)
    box.setInformativeText(error.advice)
    if button and act is not None:
        box.addButton(QtWidgets.QMessageBox.StandardButton.Close)
        again = QtWidgets.QPushButton(button)
        again.clicked.connect(lambda *_: act())
        box.addButton(again, QtWidgets.QMessageBox.ButtonRole.ActionRole)
    if error.log_lines:
        box.setDetailedText("\n".join(error.log_lines))
    # A box as narrow as a short sentence would cut its own title.
    box.setStyleSheet("QLabel#qt_msgbox_label { min-width: 300px }")
    box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowModality(QtCore.Qt.WindowModality.NonModal)
    box.show()
    return box
