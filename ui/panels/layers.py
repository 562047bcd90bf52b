"""The layers of the active document: order, names, visibility, solo, opacity, blend type."""

from __future__ import annotations

from PyQt6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QResizeEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from model.types import BlendType

from ..language import tr
from ..session import Document
from ..words import blend_words
from .inspector import Inspector
from .rows import EntryRole, RowPainter, Rows

__all__ = ["LayersPanel"]


class _List(QListView):
    eye_clicked = pyqtSignal(int, bool)
    """The key of the layer, and whether to show it alone."""

    def __init__(self) -> None:
        super().__init__()
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(tr("Layers"))


class LayersPanel(QWidget):
    """List on top, the chosen layer's values below it, then what is known of the stack."""

    def __init__(self, inspector: Inspector, actions: dict[str, QAction]) -> None:
        super().__init__()
        self._document: Document | None = None
        self._filling = False
        self.rows = Rows()
        self.list = _List()
        self.list.setModel(self.rows)
        self.painter_ = RowPainter(self.list)
        self.list.setItemDelegate(self.painter_)
        self.list.setMinimumHeight(116)
        self.list.eye_clicked.connect(self._eye_clicked)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.blend = QComboBox()
        for value, text in blend_words().items():
            self.blend.addItem(text, value)
        self.blend.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.blend.setMinimumContentsLength(7)  # some languages need several words: the list shows them whole
        self.blend.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        list_ = self.blend.view()
        assert list_ is not None
        list_.setMinimumWidth(list_.sizeHintForColumn(0) + 24)
        self.opacity.setMinimumWidth(70)
        self.blend.setAccessibleName(tr("Blend type of the layer"))
        self.blend.setToolTip(tr("Blend type of the layer. To re-solve the layers for another one, use Correct."))
        self.opacity.setRange(0, 100)
        self.opacity.setAccessibleName(tr("Opacity of the layer"))
        self.percent = QSpinBox()
        self.percent.setRange(0, 100)
        self.percent.setSuffix(" %")
        self.percent.setAccessibleName(tr("Opacity of the layer in percent"))
        self.nothing = QLabel(tr("Decompose a picture to see its layers here."))
        self.nothing.setProperty("role", "faint")
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out(inspector, actions)
        self._connect()
        self.set_document(None)

    def _lay_out(self, inspector: Inspector, actions: dict[str, QAction]) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 10)
        column.setSpacing(8)
        self._values = QWidget()
        values = QHBoxLayout(self._values)
        values.setContentsMargins(0, 0, 0, 0)
        values.addWidget(self.blend)
        values.addWidget(self.opacity, 1)
        values.addWidget(self.percent)
        column.addWidget(self._values)
        column.addWidget(self.list, 1)
        column.addWidget(self.nothing, 1)
        self._buttons = QWidget()
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(2)
        for name in ("solo", "alpha", "", "raise_layer", "lower_layer", "copy", "delete_layer"):
            if not name:
                buttons.addStretch(1)
                continue
            button = QToolButton()
            button.setDefaultAction(actions[name])
            button.setIconSize(QSize(18, 18))
            buttons.addWidget(button)
        column.addWidget(self._buttons)
        self.inspector = inspector
        column.addWidget(inspector)

    # On a low screen the histogram makes room for what can be used

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        return least if self.inspector.histogram.isHidden() else least - QSize(0, self.inspector.height_of_histogram)

    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        super().resizeEvent(a0)
        room = self.height() - self.minimumSizeHint().height()
        self.inspector.histogram.setVisible(room >= self.inspector.height_of_histogram)

    def _connect(self) -> None:
        selection = self.list.selectionModel()
        assert selection is not None
        selection.currentChanged.connect(self._row_chosen)
        self.opacity.valueChanged.connect(self._opacity_moved)
        self.percent.valueChanged.connect(self._opacity_moved)
        self.blend.activated.connect(self._blend_chosen)
        self.rows.modelReset.connect(self._select_active)

    # The document

    def set_document(self, document: Document | None) -> None:
        for signal, slot in self._slots(self._document):
            signal.disconnect(slot)
        self._document = document
        for signal, slot in self._slots(document):
            signal.connect(slot)
        self.rows.set_document(document)
        self.painter_.forget_thumbnails()
        self._entries_changed()

    def _slots(self, document: Document | None):
        if document is None:
            return ()
        return (
            (document.entries_changed, self._entries_changed),
            (document.active_changed, self._select_active),
            (document.pixels_changed, self._pixels_changed),
        )

    def _entries_changed(self) -> None:
        self.rows.renew()
        there = self._document is not None and bool(self._document.entries)
        for widget in (self.list, self._values, self._buttons, self.inspector):
            widget.setVisible(there)
        self.nothing.setVisible(not there)
        self._select_active()

    def _pixels_changed(self) -> None:
        self.painter_.forget_thumbnails()
        viewport = self.list.viewport()
        assert viewport is not None
        viewport.update()

    def _select_active(self) -> None:
        if self._document is None:
            return
        row = self.rows.row_of(self._document.active)
        selection = self.list.selectionModel()
        assert selection is not None
        if row >= 0:
            self._filling = True
            selection.setCurrentIndex(self.rows.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self._filling = False
        self._fill()

    def _fill(self) -> None:
        """The chosen layer's values."""
        entry = self._document.entry(self._document.active) if self._document else None
        self._values.setEnabled(entry is not None)
        if entry is None:
            return
        self._filling = True
        percent = round(100 * entry.layer.opacity)
        if not self.percent.hasFocus() or self.percent.value() != percent:
            self.percent.setValue(percent)
        self.opacity.setValue(percent)
        self.blend.setCurrentIndex(self.blend.findData(entry.layer.blend.value))
        self._filling = False

    # What the artist does

    def _row_chosen(self, now: QModelIndex, before: QModelIndex) -> None:
        if self._document is not None and now.isValid() and not self._filling:
            key = now.data(EntryRole).key
            self._document.set_active(key)
            if self._document.display.solo:
                self._document.show_as(solo=key)

    def _eye_clicked(self, key: int, alone: bool) -> None:
        document = self._document
        entry = document.entry(key) if document else None
        if document is None or entry is None:
            return
        if alone:
            document.show_as(solo=0 if document.display.solo == key else key)
        else:
            document.change(tr("Show or Hide Layer"), key, visible=not entry.layer.visible)

    def _opacity_moved(self, percent: int) -> None:
        if self._document is not None and not self._filling:
            self._document.change(tr("Opacity"), self._document.active, merge="opacity", opacity=percent / 100)

    def _blend_chosen(self, row: int) -> None:
        if self._document is not None:
            blend = BlendType(self.blend.itemData(row))
            self._document.change(tr("Blend Type"), self._document.active, blend=blend)

    def rename(self) -> None:
        """Edit the chosen layer's name in its row."""
        self.list.edit(self.list.currentIndex())
