"""The canvas: shows a document at any zoom and gives the active tool its events in picture coordinates.

A frame draws the tiles that are there; what is missing is wished for and drawn from what is nearest to it until it
comes, so a frame costs the same at 2 and at 100 megapixels. Zoom is in screen pixels a picture pixel: 1.0 is 100 %
on every screen. Knows nothing of files or jobs.
"""

from __future__ import annotations

from math import floor

from PyQt6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QColorTransform,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTabletEvent,
    QTransform,
    QWheelEvent,
)
from PyQt6.QtWidgets import QWidget

from ..language import tr
from ..session import Document
from . import navigate, overlays
from .compose import Recipe, recipes_of, split_shows_background
from .frames import Frame, draw_recipe
from .tiles import Renderer, Wish, display_transform
from .tool import Hand, Tool, Touch
from .viewport import Viewport, next_step

__all__ = ["Canvas", "Look"]

GRIP = 14.0
"""Distance from the split line, in screen units, at which the pointer takes hold of it."""


class Look:
    """Colours of the canvas. Values of `ui.theme`, set by the window."""

    surround = QColor(38, 38, 38)
    light = QColor(204, 204, 204)
    dark = QColor(153, 153, 153)
    accent = QColor(64, 140, 220)


class Canvas(QWidget):
    """One widget for all documents; each remembers where it was looked at."""

    zoom_changed = pyqtSignal(float)
    hovered = pyqtSignal(object)
    """The picture pixel under the pointer as (x, y), or None."""
    flip = pyqtSignal(int)
    """The artist wants the next (1) or previous (-1) candidate."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(tr("Canvas"))
        self.setMinimumSize(160, 120)
        self.look = Look()
        self.smooth = True
        self.renderer = Renderer()
        self.renderer.arrived.connect(self.update)
        self._document: Document | None = None
        self._hand = Hand()
        self._tool: Tool = self._hand
        self._viewport = Viewport()
        self._viewports: dict[int, Viewport] = {}
        self._recipes: tuple[Recipe, ...] = ()
        self._before: tuple[Recipe, ...] = ()
        self._transform = QColorTransform()
        self._screen_profile: bytes | None = None
        self._veil: QImage | None = None
        self._pan_from: QPointF | None = None
        self._splitting = self._drawing = self._space = False

    # What is shown

    @property
    def document(self) -> Document | None:
        return self._document

    def set_document(self, document: Document | None) -> None:
        """Show another document, or nothing."""
        if self._document is not None:
            self._viewports[self._document.key] = self._viewport
            for signal, slot in self._slots(self._document):
                signal.disconnect(slot)
        self._document = document
        self._recipes = self._before = ()
        self._drawing = self._splitting = False
        if document is not None:
            for signal, slot in self._slots(document):
                signal.connect(slot)
            self._transform = display_transform(document.composite.icc, self._screen_profile)
            self._look_from(self._viewports.get(document.key, Viewport()))
            if self._viewport.fitted:
                self.fit()
            self._area_changed()
        self._renew()

    def _slots(self, document: Document):
        return (
            (document.entries_changed, self._renew),
            (document.display_changed, self._renew),
            (document.pixels_changed, self._pixels_changed),
            (document.area_changed, self._area_changed),
        )

    def forget(self, document: Document) -> None:
        """A document was closed: drop its tiles and its view."""
        self._viewports.pop(document.key, None)
        self.renderer.clear(document.key)

    def set_screen_profile(self, icc: bytes | None) -> None:
        """The screen's ICC profile; None = sRGB."""
        self._screen_profile = icc
        if self._document is not None:
            self._transform = display_transform(self._document.composite.icc, icc)
        self.renderer.clear()
        self.update()

    def _renew(self) -> None:
        recipes = recipes_of(self._document) if self._document else ()
        if [r.key for r in recipes] != [r.key for r in self._recipes]:
            self._before = self._recipes
        self._recipes = recipes
        self.update()

    def _pixels_changed(self, rect: QRect) -> None:
        assert self._document is not None
        self.renderer.invalidate(self._document.key, rect, self._document.size)
        self.update()

    def _area_changed(self) -> None:
        area = self._document.area if self._document else None
        self._veil = None if area is None else overlays.area_image(area)
        self.update()

    # Tools

    @property
    def tool(self) -> Tool:
        return self._tool

    def set_tool(self, tool: Tool | None) -> None:
        """None: the hand."""
        self._tool.deactivate()
        self._drawing = False
        self._tool = tool or self._hand
        self._tool.activate(self)
        self._show_cursor()
        self.update()

    def _show_cursor(self) -> None:
        if self._pan_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.setCursor(self._tool.cursor)

    # Zoom and place

    @property
    def zoom(self) -> float:
        """Screen pixels a picture pixel."""
        return self._viewport.scale

    def to_view(self) -> QTransform:
        """From pixels of the picture to the widget's coordinates."""
        return self._viewport.to_view(self.devicePixelRatioF())

    def to_picture(self, point: QPointF) -> QPointF:
        """From the widget's coordinates to pixels of the picture."""
        return self._viewport.to_picture(point * self.devicePixelRatioF())

    def _extent(self) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return self.width() * ratio, self.height() * ratio

    def fit(self) -> None:
        """The whole picture, no larger than 100 % unless it is tiny."""
        if self._document is not None:
            self._look_from(self._viewport.fit(self._document.size, self._extent()))

    def set_zoom(self, scale: float, anchor: QPointF | None = None) -> None:
        """anchor: what stays where it is, in the widget's coordinates; None = the middle."""
        if self._document is not None:
            at = (QPointF(self.width(), self.height()) / 2 if anchor is None else anchor) * self.devicePixelRatioF()
            self._look_from(self._viewport.zoomed(scale, at, self._document.size, self._extent()))

    def zoom_step(self, direction: int) -> None:
        """To the next larger (1) or smaller (-1) of the usual steps."""
        self.set_zoom(next_step(self.zoom, direction))

    def pan(self, dx: float, dy: float) -> None:
        """By widget units."""
        if self._document is not None:
            by = QPointF(dx, dy) * self.devicePixelRatioF()
            self._look_from(self._viewport.panned(by, self._document.size, self._extent()))

    def _look_from(self, viewport: Viewport) -> None:
        before, self._viewport = self._viewport, viewport
        if viewport.scale != before.scale:
            self.zoom_changed.emit(viewport.scale)
        self.update()

    # Painting

    def paintEvent(self, a0: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.look.surround)
        document = self._document
        if document is None or not self._recipes:
            self.renderer.wish(())
            return
        ratio = self.devicePixelRatioF()
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.zoom < 1 or not self._crisp())
        line = self.split_line() * ratio
        across, down = self._extent()
        halves = (QRectF(0, 0, line, down), QRectF(line, 0, across - line, down))
        wishes: list[Wish] = []
        for number, recipe in enumerate(self._recipes):
            part = halves[number] if len(self._recipes) == 2 else QRectF(0, 0, across, down)
            painter.setClipRect(part)
            wishes += draw_recipe(painter, self.renderer, recipe, self._before, self._frame(part))
        painter.restore()
        wishes.sort(key=lambda wish: wish.rough)
        self.renderer.wish(wishes)
        self._draw_overlays(painter, document)

    def _frame(self, part: QRectF) -> Frame:
        checks = overlays.checkerboard(self.look.light.rgb(), self.look.dark.rgb())
        return Frame(self._viewport, part, checks, self._transform)

    def _crisp(self) -> bool:
        return self.zoom >= 2 or not self.smooth

    def _draw_overlays(self, painter: QPainter, document: Document) -> None:
        to_view = self.to_view()
        whole = to_view.mapRect(QRectF(document.rect))
        painter.setPen(QColor(0, 0, 0, 60))
        painter.drawRect(whole.adjusted(-0.5, -0.5, 0.5, 0.5))
        if self.zoom >= overlays.GRID_FROM:
            ground = QRectF(self.to_picture(QPointF()), self.to_picture(QPointF(self.width(), self.height())))
            overlays.draw_grid(painter, to_view, ground & QRectF(document.rect))
        if self._veil is not None:
            overlays.draw_area(painter, self._veil, whole)
        if len(self._recipes) == 2:
            texts = tr("Original"), tr("Background") if split_shows_background(document) else tr("Layers")
            overlays.draw_split(painter, self.split_line(), self.height(), *texts, self.look.accent)
        painter.save()
        self._tool.paint(painter, to_view)
        painter.restore()

    def split_line(self) -> float:
        """Where the line of the split view stands, in the widget's coordinates."""
        return self._document.display.split * self.width() if self._document else 0.0

    # Pointer

    def _touch(self, at: QPointF, modifiers: Qt.KeyboardModifier, pressure: float = 1.0) -> Touch:
        return Touch(self.to_picture(at), pressure, modifiers)

    def _on_split(self, at: QPointF) -> bool:
        return len(self._recipes) == 2 and abs(at.x() - self.split_line()) <= GRIP

    def _press(self, at: QPointF, button: Qt.MouseButton, touch: Touch) -> None:
        if self._document is None:
            return
        left = button == Qt.MouseButton.LeftButton
        if left and self._on_split(at) and not self._space:
            self._splitting = True
        elif button == Qt.MouseButton.MiddleButton or (left and self._space):
            self._pan_from = at
        elif left and self._tool.press(touch):
            self._drawing = True
        elif left:
            self._pan_from = at
        self._show_cursor()

    def _move(self, at: QPointF, touch: Touch) -> None:
        if self._document is None:
            return
        if self._splitting:
            self._document.show_as(split=min(1.0, max(0.0, at.x() / max(1, self.width()))))
        elif self._pan_from is not None:
            moved, self._pan_from = at - self._pan_from, at
            self.pan(moved.x(), moved.y())
        elif self._drawing:
            self._tool.move(touch)
        else:
            if self._on_split(at) and not self._space:
                self.setCursor(Qt.CursorShape.SplitHCursor)
            else:
                self._show_cursor()
            self._tool.hover(touch)
        width, height = self._document.size
        x, y = floor(touch.at.x()), floor(touch.at.y())
        self.hovered.emit((x, y) if 0 <= x < width and 0 <= y < height else None)

    def _release(self, touch: Touch) -> None:
        if self._drawing:
            self._tool.release(touch)
        self._drawing = self._splitting = False
        self._pan_from = None
        self._show_cursor()

    def mousePressEvent(self, a0: QMouseEvent | None) -> None:
        assert a0 is not None
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._press(a0.position(), a0.button(), self._touch(a0.position(), a0.modifiers()))

    def mouseMoveEvent(self, a0: QMouseEvent | None) -> None:
        assert a0 is not None
        self._move(a0.position(), self._touch(a0.position(), a0.modifiers()))

    def mouseReleaseEvent(self, a0: QMouseEvent | None) -> None:
        assert a0 is not None
        self._release(self._touch(a0.position(), a0.modifiers()))

    def mouseDoubleClickEvent(self, a0: QMouseEvent | None) -> None:
        assert a0 is not None
        if self._tool is not self._hand or self._on_split(a0.position()):
            self.mousePressEvent(a0)
        elif self._viewport.fitted:
            self.set_zoom(1.0, a0.position())
        else:
            self.fit()

    def tabletEvent(self, a0: QTabletEvent | None) -> None:
        assert a0 is not None
        touch = self._touch(a0.position(), a0.modifiers(), a0.pressure())
        if a0.type() == QEvent.Type.TabletPress:
            self._press(a0.position(), a0.button(), touch)
        elif a0.type() == QEvent.Type.TabletMove:
            self._move(a0.position(), touch)
        else:
            self._release(touch)
        a0.accept()

    def wheelEvent(self, a0: QWheelEvent | None) -> None:
        assert a0 is not None
        navigate.wheel(self, a0)

    def event(self, a0: QEvent | None) -> bool:
        if navigate.pinch(self, a0):
            return True
        if a0 is not None and a0.type() == QEvent.Type.DevicePixelRatioChange and self._viewport.fitted:
            self.fit()
        return super().event(a0)

    def leaveEvent(self, a0: QEvent | None) -> None:
        self.hovered.emit(None)

    # Keys and the widget's life

    def keyPressEvent(self, a0: QKeyEvent | None) -> None:
        assert a0 is not None
        key, modifiers = a0.key(), a0.modifiers()
        if self._document is None or self._tool.key(key, modifiers):
            return
        plain = not modifiers & ~Qt.KeyboardModifier.KeypadModifier
        if key == Qt.Key.Key_Space:
            self._space = True
            self._show_cursor()
        elif plain and key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and len(self._document.candidates) > 1:
            self.flip.emit(-1 if key == Qt.Key.Key_Left else 1)
        elif not navigate.arrow(self, key):
            super().keyPressEvent(a0)

    def keyReleaseEvent(self, a0: QKeyEvent | None) -> None:
        assert a0 is not None
        if a0.key() == Qt.Key.Key_Space and not a0.isAutoRepeat():
            self._space = False
            self._show_cursor()
        else:
            super().keyReleaseEvent(a0)

    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        if self._viewport.fitted:
            self.fit()

    def close_renderer(self) -> None:
        """End the threads; the window calls it once, at its end."""
        self.renderer.close()
