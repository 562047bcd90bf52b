"""The pointer becomes strokes: the brush's circle on the canvas, its keys, pressure, and picking a colour.

[ and ] size, { and } hardness, G foreground, E background, comma less, full stop more, T match, R recolour, Alt picks.
Knows nothing of how a stroke changes layers.
"""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QRect, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QPainter, QPen, QTransform
from PyQt6.QtWidgets import QWidget

from model.edit import RGB, ChangeBlendType, Scale

from ..actions import Needs
from ..canvas.tiles import display_transform, image_of
from ..canvas.tool import Tool, ToolCanvas, Touch
from ..language import tr
from ..session import Display, Document, Mode
from .editor import DocumentEditor
from .panel import BrushMode, EditPanel

__all__ = ["EditTool"]

STEP = 1.2
"""How much larger the next size is."""

KEYS = {
    Qt.Key.Key_G: BrushMode.FOREGROUND,
    Qt.Key.Key_E: BrushMode.BACKGROUND,
    Qt.Key.Key_Period: BrushMode.MORE,
    Qt.Key.Key_Comma: BrushMode.LESS,
    Qt.Key.Key_T: BrushMode.MATCH,
    Qt.Key.Key_R: BrushMode.RECOLOUR,
}


class EditTool(Tool):
    """All brushes of the correction; the panel says which."""

    name, icon, shortcut = "correct", "brush", "B"
    needs = Needs.LAYERS
    cursor = Qt.CursorShape.CrossCursor
    failed = pyqtSignal(object)
    """An exception: the touch was not taken."""

    def __init__(self) -> None:
        super().__init__()
        self.text = tr("Correct")
        self._panel = EditPanel()
        self._canvas: ToolCanvas | None = None
        self._at: QPointF | None = None
        self._drawing: DocumentEditor | None = None
        self._before: Mode | None = None
        self._preview: tuple[QRectF, QImage] | None = None
        self._editors: dict[int, DocumentEditor] = {}
        self._panel.strengthened.connect(self._strengthen)
        self._panel.strength_set.connect(lambda: self._settle(tr("Strength")))
        self._panel.automatic.connect(lambda: self._with(lambda c: c.worker().measure()))
        self._panel.fit_blend_type.connect(self._retype)
        self._panel.recoloured.connect(self._recolour)

    # The tool's life

    def activate(self, canvas: ToolCanvas) -> None:
        self._canvas = canvas
        document = canvas.document
        if document is not None and document.display.mode == Mode.LAYERS and not document.display.solo:
            # Stacked, the layers are the picture whatever one does: the background shows what a stroke achieves.
            self._before = document.display.mode
            document.show_as(mode=Mode.BACKGROUND)
        self._show_layer()

    def deactivate(self) -> None:
        self._end_stroke()
        document = self._canvas.document if self._canvas else None
        if document is not None and self._before is not None and document.display.mode == Mode.BACKGROUND:
            document.show_as(mode=self._before)
        self._before = self._at = None

    def panel(self) -> QWidget:
        return self._panel

    def editor(self) -> DocumentEditor | None:
        """Of the document on the canvas; None where there are no layers."""
        document = self._canvas.document if self._canvas else None
        if document is None or not document.entries:
            return None
        if document.key not in self._editors:
            editor = self._editors[document.key] = DocumentEditor(document)
            editor.stepped.connect(self._show_layer)
            editor.measured.connect(self._measured)
            editor.failed.connect(self.failed)
            editor.previewed.connect(self._previewed)
            document.active_changed.connect(self._show_layer)
        return self._editors[document.key]

    def forget(self, document: Document) -> None:
        """A document was closed."""
        editor = self._editors.pop(document.key, None)
        if editor is not None:
            editor.close()

    # Strokes

    def press(self, touch: Touch) -> bool:
        editor = self.editor()
        if editor is None:
            return False
        self._at = touch.at
        if self._panel.picking or touch.modifiers & Qt.KeyboardModifier.AltModifier:
            self._panel.set_colour(self._seen(editor.document, touch.at))
            return True
        self._drawing = editor
        worker = editor.worker()
        worker.begin_stroke(self._panel.edit(), self._panel.brush(), editor.document.area)
        worker.draw_to(touch.at.x(), touch.at.y(), touch.pressure)
        return True

    def move(self, touch: Touch) -> None:
        self._at = touch.at
        if self._drawing is not None:
            self._drawing.worker().draw_to(touch.at.x(), touch.at.y(), touch.pressure)
        self._repaint()

    def release(self, touch: Touch) -> None:
        self._end_stroke()

    def hover(self, touch: Touch) -> None:
        self._at = touch.at
        self._repaint()

    def _end_stroke(self) -> None:
        editor, self._drawing = self._drawing, None
        if editor is not None:
            editor.end_stroke(self._panel.act.text())

    @staticmethod
    def _seen(document: Document, at: QPointF) -> RGB:
        """The colour under the pointer: of the topmost foreground that lies there, else of the original."""
        width, height = document.size
        x, y = (min(max(int(v), 0), most - 1) for v, most in ((at.x(), width), (at.y(), height)))
        pixel = document.composite.pixels[y, x]
        top = 255 if pixel.dtype.itemsize == 1 else 65535
        for entry in document.entries[1:]:
            left, above = x - entry.layer.offset[0], y - entry.layer.offset[1]
            rows, columns, channels = entry.layer.pixels.shape
            inside = 0 <= left < columns and 0 <= above < rows and channels == 4
            if inside and int(entry.layer.pixels[above, left, 3]) * 20 > top:
                pixel = entry.layer.pixels[above, left]
        red, green, blue = (float(v) / top for v in pixel[:3])
        return red, green, blue

    # Keys and the circle

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        if key == Qt.Key.Key_Escape and self._drawing is not None:
            self._drawing.cancel_stroke()
            self._drawing = None
        elif key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            self._panel.resize_brush(STEP if key == Qt.Key.Key_BracketRight else 1 / STEP)
        elif key in (Qt.Key.Key_BraceLeft, Qt.Key.Key_BraceRight):
            self._panel.harden(10 if key == Qt.Key.Key_BraceRight else -10)
        elif key in KEYS and not modifiers & ~Qt.KeyboardModifier.KeypadModifier:
            self._panel.choose(KEYS[Qt.Key(key)])
        else:
            return False
        self._repaint()
        return True

    def paint(self, painter: QPainter, to_view: QTransform) -> None:
        document = self._canvas.document if self._canvas else None
        display = document.display if document is not None else Display()
        if self._preview is not None and display.mode == Mode.BACKGROUND and not display.solo:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(to_view.mapRect(self._preview[0]), self._preview[1])
        if self._at is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, radius = to_view.map(self._at), self._panel.brush().radius * to_view.m11()
        for colour, width in ((QColor(0, 0, 0, 150), 2.6), (self._panel.act.tint(), 1.2)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(middle, radius, radius)
            if not self._panel.picking:
                continue
            painter.drawLine(middle - QPointF(7, 0), middle + QPointF(7, 0))
            painter.drawLine(middle - QPointF(0, 7), middle + QPointF(0, 7))

    def _previewed(self, box: tuple[int, int, int, int], step: int, pixels: np.ndarray | None) -> None:
        self._preview = None
        if pixels is not None and self._canvas is not None and self._canvas.document is not None:
            transform = display_transform(self._canvas.document.composite.icc)
            height, width = pixels.shape[:2]
            place = QRectF(box[0], box[1], width * step, height * step)
            self._preview = place, image_of(np.ascontiguousarray(pixels), transform)
        self._repaint()

    def _repaint(self) -> None:
        if self._canvas is not None:
            self._canvas.update()

    # The whole layer

    def _with(self, what) -> None:
        editor = self.editor()
        if editor is not None:
            what(editor)

    def _visible(self, document: Document) -> tuple[int, int, int, int]:
        """What of the picture is on the screen."""
        assert self._canvas is not None
        begin, end = (self._canvas.to_picture(QPointF(p)) for p in (QPointF(), self._canvas.rect().bottomRight()))
        seen = QRect(begin.toPoint(), end.toPoint()) & document.rect
        return seen.x(), seen.y(), seen.width(), seen.height()

    def _strengthen(self, factor: float) -> None:
        self._with(lambda c: c.worker().global_edit(Scale(factor), self._visible(c.document)))

    def _settle(self, text: str) -> None:
        self._with(lambda c: c.end_global_edit(text))

    def _measured(self, gain: float) -> None:
        self._strengthen(gain)
        self._settle(tr("Strength"))

    def _retype(self, blend: object) -> None:
        self._with(lambda c: c.worker().global_edit(ChangeBlendType(blend), None))  # type: ignore[arg-type]
        self._settle(tr("Blend Type"))

    def _recolour(self) -> None:
        edit = self._panel.recolour()
        if edit is not None:
            self._with(lambda c: c.worker().global_edit(edit, self._visible(c.document)))
            self._settle(tr("Recolour"))

    def _show_layer(self) -> None:
        editor = self.editor()
        if editor is not None:
            self._panel.show_layer(editor.blend)
