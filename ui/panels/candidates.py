"""Several answers of one job as a strip of thumbnails; one is shown, any may be a favourite."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPixmap
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from .. import icons
from ..entries import CandidateView
from ..language import tr
from ..pictures import pixmap_of_preview
from ..session import Document
from ..words import blend_words, percent
from .ground import draw_ground

__all__ = ["CandidateStrip"]

VIEW = Qt.ItemDataRole.UserRole
CELL = QSize(138, 132)


class CandidateStrip(QListWidget):
    """`chosen` and `starred` carry the number of the candidate."""

    chosen = pyqtSignal(int)
    starred = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self._document: Document | None = None
        self._filling = False
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSpacing(4)
        self.setMouseTracking(True)
        self.setFixedHeight(CELL.height() + 22)
        self.setAccessibleName(tr("Candidates"))
        self.setItemDelegate(_Cell(self))
        self.currentRowChanged.connect(self._row_chosen)

    def set_document(self, document: Document | None) -> None:
        if self._document is not None:
            self._document.candidates_changed.disconnect(self._renew)
        self._document = document
        if document is not None:
            document.candidates_changed.connect(self._renew)
        self._renew()

    def _renew(self) -> None:
        self._filling = True
        candidates = self._document.candidates if self._document else ()
        held = [self.item(row).data(VIEW) for row in range(self.count())]  # type: ignore[union-attr]
        if [id(view) for view in held] != [id(view) for view in candidates]:
            self.clear()
            for view in candidates:
                item = QListWidgetItem(self)
                item.setData(VIEW, view)
                item.setSizeHint(CELL)
                item.setToolTip(_told(view))
        for row, view in enumerate(candidates):
            star = tr("favourite") if view.favourite else ""
            text = ", ".join(filter(None, (tr("Candidate {n}").format(n=row + 1), _told(view), star)))
            self.item(row).setData(Qt.ItemDataRole.AccessibleTextRole, text)  # type: ignore[union-attr]
        if self._document is not None and candidates:
            self.setCurrentRow(self._document.candidate)
        self._filling = False
        viewport = self.viewport()
        assert viewport is not None
        viewport.update()

    def _row_chosen(self, row: int) -> None:
        if row >= 0 and not self._filling:
            self.chosen.emit(row)


class _Cell(QStyledItemDelegate):
    """A thumbnail, a star, and what the engine thought of it."""

    def __init__(self, strip: CandidateStrip) -> None:
        super().__init__(strip)
        self._strip = strip

    def sizeHint(self, option: QStyleOptionViewItem, index) -> QSize:
        return CELL

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index) -> None:
        assert painter is not None
        view: CandidateView = index.data(VIEW)
        painter.save()
        frame = QRectF(option.rect).adjusted(2, 2, -2, -2)
        ink = draw_ground(painter, option, frame, 6)
        picture = self._picture(view, painter)
        if picture is not None:
            size = picture.deviceIndependentSize()
            room = frame.adjusted(5, 5, -5, -22)
            painter.drawPixmap(
                round(room.center().x() - size.width() / 2), round(room.center().y() - size.height() / 2), picture
            )
        painter.setPen(QColor(ink.text))
        foot = frame.adjusted(8, 0, -8, -3)
        # Engines that draw lots differ by seed; the others, by the blend type they suppose.
        name = f"{view.index + 1} · {blend_words()[view.info.blend]}" if view.info.blend else f"{view.index + 1}"
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, name)
        sure = "" if said_before(index) else percent(view.info.confidence)
        painter.setPen(QColor(ink.faint))
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, sure)
        if view.favourite or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 120))
            star = star_of(option.rect)
            painter.drawEllipse(QRectF(star).adjusted(-3, -3, 3, 3))
            name = "star-full" if view.favourite else "star"
            icons.tinted(name, "#f0c04a" if view.favourite else "#ffffff").render(painter, QRectF(star))
        painter.restore()

    def _picture(self, view: CandidateView, painter: QPainter) -> QPixmap | None:
        if view.info.preview is None:
            return None
        device = painter.device()
        return pixmap_of_preview(view.info.preview, 118, device.devicePixelRatioF() if device else 1.0)

    def editorEvent(self, event, model, option, index) -> bool:
        if not isinstance(event, QMouseEvent) or event.type() != QMouseEvent.Type.MouseButtonPress:
            return super().editorEvent(event, model, option, index)
        if star_of(option.rect).adjusted(-5, -5, 5, 5).contains(event.position().toPoint()):
            self._strip.starred.emit(index.row())
            return True
        return super().editorEvent(event, model, option, index)


def said_before(index: QModelIndex) -> bool:
    """Whether an earlier candidate supposes the same with the same confidence: this one only draws its lot again."""
    mine = index.data(VIEW).info
    others = (index.siblingAtRow(row).data(VIEW).info for row in range(index.row()))
    return any((o.engine, o.blend, o.confidence) == (mine.engine, mine.blend, mine.confidence) for o in others)


def star_of(cell: QRect) -> QRect:
    """Where the star of a cell stands."""
    return QRect(cell.right() - 28, cell.top() + 10, 16, 16)


def _told(view: CandidateView) -> str:
    info = view.info
    parts = (
        blend_words()[info.blend] if info.blend else "",
        tr("{percent} sure").format(percent=percent(info.confidence)),
        tr("covers {percent}").format(percent=percent(info.coverage)),
        info.engine,
        f"{tr('seed')} {info.seed}",
    )
    return ", ".join(filter(None, parts))
