"""Earlier decompositions that the service keeps: thumbnails, open again, delete."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QDate, QDateTime, QEvent, QLocale, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent, QPainter
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from .. import icons, theme
from ..jobs import PastJob
from ..language import tr
from ..pictures import pixmap_of_preview
from ..words import bytes_word
from .ground import draw_ground

__all__ = ["HistoryPanel"]

PAST = Qt.ItemDataRole.UserRole
ROW = 72
PICTURE = 56


class HistoryPanel(QWidget):
    """`opened` carries one job, `deleted` a list of them; `wanted` asks for a fresh list."""

    opened = pyqtSignal(str)
    deleted = pyqtSignal(list)
    wanted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setItemDelegate(_Row(self.list))
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName(tr("Earlier decompositions"))
        self.list.itemActivated.connect(lambda _: self._open())
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.installEventFilter(self)
        self.nothing = QLabel(tr("Nothing yet. What you decompose is kept here for a week."))
        self.nothing.setProperty("role", "faint")
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.open = QPushButton(tr("Open"))
        self.open.clicked.connect(self._open)
        self.delete = QPushButton(tr("Delete"))
        self.delete.clicked.connect(self._delete)
        buttons = QHBoxLayout()
        buttons.addWidget(self.open)
        buttons.addWidget(self.delete)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 10)
        column.setSpacing(8)
        column.addWidget(self.list, 1)
        column.addWidget(self.nothing, 1)
        column.addLayout(buttons)
        self.show_past(())

    def show_past(self, past: Sequence[PastJob]) -> None:
        """Newest first. What was selected stays selected."""
        self.past = tuple(past)
        chosen = {item.data(PAST).info.job for item in self.list.selectedItems()}
        self.list.clear()
        for one in past:
            item = QListWidgetItem(self.list)
            item.setData(PAST, one)
            item.setSizeHint(QSize(160, ROW))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(_lines(one)))
            item.setToolTip(one.info.what)
            item.setSelected(one.info.job in chosen)
        self.list.setVisible(bool(past))
        self.nothing.setVisible(not past)
        self._enable()

    def _chosen(self) -> list[PastJob]:
        return [item.data(PAST) for item in self.list.selectedItems()]

    def _enable(self) -> None:
        chosen = self._chosen()
        self.open.setEnabled(any(one.info.state == "done" for one in chosen))
        self.delete.setEnabled(bool(chosen))

    def _open(self) -> None:
        for one in self._chosen():
            if one.info.state == "done":
                self.opened.emit(one.info.job)

    def _delete(self) -> None:
        if chosen := [one.info.job for one in self._chosen()]:
            self.deleted.emit(chosen)

    def eventFilter(self, a0, a1) -> bool:
        if isinstance(a1, QKeyEvent) and a1.key() == Qt.Key.Key_Delete:
            if a1.type() == QEvent.Type.ShortcutOverride:
                a1.accept()  # here the key means these lines, not the layer
                return True
            if a1.type() == QEvent.Type.KeyPress:
                self._delete()
                return True
        return False

    def showEvent(self, a0) -> None:
        self.wanted.emit()


class _Row(QStyledItemDelegate):
    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index) -> None:
        assert painter is not None
        past: PastJob = index.data(PAST)
        colours = theme.current()
        painter.save()
        ink = draw_ground(painter, option, QRectF(option.rect).adjusted(2, 1, -2, -1))
        room = QRectF(option.rect.left() + 10, option.rect.top() + 8, PICTURE, PICTURE)
        if past.preview is not None:
            device = painter.device()
            picture = pixmap_of_preview(past.preview, PICTURE, device.devicePixelRatioF() if device else 1.0)
            size = picture.deviceIndependentSize()
            x, y = room.center().x() - size.width() / 2, room.center().y() - size.height() / 2
            painter.drawPixmap(round(x), round(y), picture)
        else:
            painter.setPen(QColor(colours.line))
            painter.setBrush(QColor(colours.window))
            painter.drawRoundedRect(room.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            sign = {"failed": "warn", "cancelled": "stop"}.get(past.info.state, "history")
            icons.tinted(sign, colours.faint).render(painter, room.adjusted(18, 18, -18, -18))
        text = QRectF(option.rect).adjusted(PICTURE + 22, 8, -10, -8)
        metrics = painter.fontMetrics()
        for number, line in enumerate(_lines(past)):
            painter.setPen(QColor(ink.faint if number else ink.text))
            elide = Qt.TextElideMode.ElideRight if number else Qt.TextElideMode.ElideMiddle
            line = metrics.elidedText(line, elide, int(text.width()))
            painter.drawText(QRectF(text.left(), text.top() + number * 19, text.width(), 19), line)
        painter.restore()


def _lines(past: PastJob) -> tuple[str, str, str]:
    info = past.info
    made = QDateTime.fromSecsSinceEpoch(int(info.created))
    today = made.date() == QDate.currentDate()
    when = QLocale().toString(made.time() if today else made.date(), QLocale.FormatType.ShortFormat)
    size = f"{info.width} × {info.height}"
    states = {
        "queued": tr("waiting"),
        "running": tr("running"),
        "failed": tr("failed"),
        "cancelled": tr("cancelled"),
    }
    state = states.get(info.state, bytes_word(info.size))
    return info.title or tr("Picture without a name"), f"{info.engine} · {size}", f"{state} · {when}"
