"""All commands in one searchable list: type a few letters, Enter runs the best one."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import QEvent, QObject, QSize, Qt
from PyQt6.QtGui import QAction, QIcon, QKeyEvent, QKeySequence, QPixmap
from PyQt6.QtWidgets import QDialog, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from .language import tr

__all__ = ["Palette", "score"]

ACTION = Qt.ItemDataRole.UserRole


class Palette(QDialog):
    """Opens over the window, closes when something was run or the focus goes."""

    def __init__(self, parent: QWidget, actions: Iterable[QAction]) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Find a Command"))
        self._actions = sorted(actions, key=lambda action: _plain(action.text()).casefold())
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("What do you want to do?"))
        self.line.setAccessibleName(tr("Search commands"))
        self.list = QTreeWidget()
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setIconSize(QSize(18, 18))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(tr("Commands"))
        self.list.itemClicked.connect(self._run)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self.line.textChanged.connect(self._filter)
        self.line.installEventFilter(self)
        self.resize(460, 380)
        self._filter("")

    def show_over(self, window: QWidget) -> None:
        """In the upper middle of the window."""
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - self.width()) // 2, corner.y() + 72)
        self.show()
        self.line.setFocus()

    def _filter(self, text: str) -> None:
        scored = [(score(text, _plain(a.text()), a.toolTip()), a) for a in self._actions]
        found = [(points, action) for points, action in scored if points is not None]
        found.sort(key=lambda pair: (not pair[1].isEnabled(), pair[0]))
        self.list.clear()
        for _, action in found:
            shortcut = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            item = QTreeWidgetItem([_plain(action.text()), shortcut])
            item.setIcon(0, action.icon() if not action.icon().isNull() else _blank())
            item.setData(0, ACTION, action)
            item.setToolTip(0, action.toolTip())
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setDisabled(not action.isEnabled())
            self.list.addTopLevelItem(item)
        self.list.setColumnWidth(0, 290)
        if self.list.topLevelItemCount():
            self.list.setCurrentItem(self.list.topLevelItem(0))

    def _run(self, item: QTreeWidgetItem | None) -> None:
        if item is None or item.isDisabled():
            return
        action: QAction = item.data(0, ACTION)
        self.close()
        action.trigger()

    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:
        if not isinstance(a1, QKeyEvent) or a1.type() != QEvent.Type.KeyPress:
            return False
        if a1.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentItem())
            return True
        if a1.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if a1.key() == Qt.Key.Key_Down else -1
            row = self.list.indexOfTopLevelItem(self.list.currentItem()) + step
            if 0 <= row < self.list.topLevelItemCount():
                self.list.setCurrentItem(self.list.topLevelItem(row))
            return True
        return False


def score(typed: str, text: str, tip: str = "") -> int | None:
    """How well a command fits what was typed, less is better; None where it does not.

    First where a word begins with it, then where it stands inside, then where its letters come in order; last the tip.
    """
    typed, text = typed.casefold().strip(), text.casefold()
    if not typed:
        return 0
    if text.startswith(typed):
        return 1
    if any(word.startswith(typed) for word in text.split()):
        return 2
    if typed in text:
        return 3
    letters = iter(text)
    if all(letter in letters for letter in typed.replace(" ", "")):
        return 4
    return 5 if typed in tip.casefold() else None


def _plain(text: str) -> str:
    return text.replace("&", "")


def _blank() -> QIcon:
    """Keeps the words of commands without an icon in line with the others."""
    pixmap = QPixmap(18, 18)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)
