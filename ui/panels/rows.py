"""The layer list as Qt's model, and how a row is drawn: eye, thumbnail, name, blend type and opacity.

Rows run from the top layer down; a document's entries from the bottom up.
"""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPixmap
from PyQt6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from .. import icons
from ..entries import Entry
from ..language import tr
from ..pictures import thumbnail
from ..session import Document
from ..words import blend_words, percent
from .ground import draw_ground

__all__ = ["EntryRole", "RowPainter", "Rows", "eye_of"]

EntryRole = Qt.ItemDataRole.UserRole
ROW = 52
THUMBNAIL = 40
MIME = "application/x-diffdecompose-layer"


class Rows(QAbstractListModel):
    """A document's entries, top first. Dragging a row asks the document for another order."""

    def __init__(self) -> None:
        super().__init__()
        self._document: Document | None = None
        self._entries: list[Entry] = []

    def set_document(self, document: Document | None) -> None:
        self._document = document
        self.renew()

    def renew(self) -> None:
        """The document's entries changed."""
        entries = list(reversed(self._document.entries)) if self._document else []
        if [e.key for e in entries] == [e.key for e in self._entries]:
            self._entries = entries
            if entries:
                self.dataChanged.emit(self.index(0), self.index(len(entries) - 1))
            return
        self.beginResetModel()
        self._entries = entries
        self.endResetModel()

    def row_of(self, key: int) -> int:
        return next((row for row, entry in enumerate(self._entries) if entry.key == key), -1)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self._entries[index.row()]
        layer = entry.layer
        if role == EntryRole:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return layer.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = tr("visible") if layer.visible else tr("hidden")
            return f"{layer.name}, {blend_words()[layer.blend]}, {percent(layer.opacity)}, {state}"
        if role == Qt.ItemDataRole.ToolTipRole:
            height, width = layer.pixels.shape[:2]
            return tr("{name}: {width} × {height} at {x}, {y}").format(
                name=layer.name, width=width, height=height, x=layer.offset[0], y=layer.offset[1]
            )
        return None

    def setData(self, index: QModelIndex, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        name = str(value).strip()
        if self._document is None or not name:
            return False
        self._document.change(tr("Rename Layer"), self._entries[index.row()].key, name=name)
        return True

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable
        if index.isValid():
            return flags | Qt.ItemFlag.ItemIsDragEnabled
        return Qt.ItemFlag.ItemIsDropEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: object) -> QMimeData:
        data = QMimeData()
        rows = [index.row() for index in indexes]  # type: ignore[attr-defined]
        data.setData(MIME, str(self._entries[rows[0]].key).encode())
        return data

    def dropMimeData(
        self, data: QMimeData | None, action: Qt.DropAction, row: int, column: int, parent: QModelIndex
    ) -> bool:
        if data is None or self._document is None or not data.hasFormat(MIME):
            return False
        key = int(data.data(MIME).data())
        moved = next((entry for entry in self._entries if entry.key == key), None)
        if moved is None:
            return False
        target = row if row >= 0 else len(self._entries)
        order = [entry for entry in self._entries[:target] if entry is not moved]
        order += [moved, *(entry for entry in self._entries[target:] if entry is not moved)]
        if order != self._entries:
            self._document.edit(tr("Move Layer"), list(reversed(order)))
        return False  # the document has moved it; Qt must not remove a row


class RowPainter(QStyledItemDelegate):
    """Draws rows and keeps thumbnails by layer."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._list: Any = view
        self._thumbnails: dict[int, QPixmap] = {}

    def forget_thumbnails(self) -> None:
        """Pixels changed."""
        self._thumbnails.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(120, ROW)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        assert painter is not None
        entry: Entry = index.data(EntryRole)
        painter.save()
        ink = draw_ground(painter, option, QRectF(option.rect).adjusted(2, 1, -2, -1))
        words = ink.text if entry.layer.visible else ink.faint
        eye = "eye" if entry.layer.visible else "eye-off"
        icons.tinted(eye, words).render(painter, QRectF(eye_of(option.rect)))
        left = self._draw_thumbnail(painter, option.rect, entry)
        text = option.rect.adjusted(left, 7, -10, -7)
        painter.setPen(QColor(words))
        metrics = painter.fontMetrics()
        name = metrics.elidedText(entry.layer.name, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
        painter.setPen(QColor(ink.faint))
        detail = f"{blend_words()[entry.layer.blend]} · {percent(entry.layer.opacity)}"
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, detail)
        painter.restore()

    def _draw_thumbnail(self, painter: QPainter, rect: QRect, entry: Entry) -> int:
        """Returns where the words begin."""
        pixmap = self._thumbnails.get(entry.key)
        if pixmap is None:
            device = painter.device()
            ratio = device.devicePixelRatioF() if device is not None else 1.0
            pixmap = self._thumbnails[entry.key] = thumbnail(entry.layer.pixels, THUMBNAIL, ratio)
        size = pixmap.deviceIndependentSize()
        x = rect.left() + 36 + (THUMBNAIL - size.width()) / 2
        y = rect.top() + (rect.height() - size.height()) / 2
        painter.drawPixmap(round(x), round(y), pixmap)
        return 36 + THUMBNAIL + 10

    def editorEvent(self, event, model, option, index) -> bool:
        """A click on the eye shows or hides; with Alt it shows this layer alone."""
        if not isinstance(event, QMouseEvent) or event.type() != QMouseEvent.Type.MouseButtonPress:
            return super().editorEvent(event, model, option, index)
        if eye_of(option.rect).adjusted(-8, -12, 6, 12).contains(event.position().toPoint()):
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self._list.eye_clicked.emit(index.data(EntryRole).key, alone)
            return True
        return super().editorEvent(event, model, option, index)

    def updateEditorGeometry(self, editor: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        assert editor is not None
        editor.setGeometry(option.rect.adjusted(36 + THUMBNAIL + 4, 9, -6, -9))


def eye_of(rect: QRect) -> QRect:
    """Where the eye stands in a row."""
    return QRect(rect.left() + 10, rect.center().y() - 8, 17, 17)
