"""The line at the foot: the pixel under the pointer, size and depth of the picture, zoom, and the service's state."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QLabel, QSpinBox, QStatusBar, QToolButton

from .canvas.view import Canvas
from .language import tr
from .session import Document, Mode

__all__ = ["StatusLine"]

ZOOMS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


class StatusLine(QStatusBar):
    """Follows a canvas."""

    service_clicked = pyqtSignal()

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._canvas = canvas
        self._document: Document | None = None
        self.pixel = QLabel()
        self.pixel.setMinimumWidth(240)
        self.facts = QLabel()
        self.zoom = self._zoom_box()
        self.gain = self._gain_box()
        self.service = QToolButton()
        self.service.setAutoRaise(True)
        self.service.setText(tr("Service: not asked yet"))
        self.service.setAccessibleName(tr("State of the service"))
        self.service.clicked.connect(self.service_clicked)
        self.addWidget(self.pixel)
        for widget in (self.facts, self.service, self.gain, self.zoom):
            self.addPermanentWidget(widget)
        canvas.hovered.connect(self._hovered)
        canvas.zoom_changed.connect(self._zoomed)
        self.set_document(None)

    def _zoom_box(self) -> QComboBox:
        box = QComboBox()
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.setMinimumWidth(92)
        box.setAccessibleName(tr("Zoom"))
        box.setToolTip(tr("Zoom: screen pixels a picture pixel"))
        box.addItems([_percent(zoom) for zoom in ZOOMS])
        box.activated.connect(lambda n: self._canvas.set_zoom(ZOOMS[n]))
        line = box.lineEdit()
        assert line is not None
        line.setAlignment(Qt.AlignmentFlag.AlignRight)
        line.returnPressed.connect(self._zoom_typed)
        box.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        return box

    def _gain_box(self) -> QSpinBox:
        box = QSpinBox()
        box.setRange(1, 255)
        box.setPrefix(tr("Gain × "))
        box.setAccessibleName(tr("Gain of the difference"))
        box.setToolTip(tr("How much the difference view is amplified"))
        box.setMinimumWidth(104)
        box.valueChanged.connect(self._gain_chosen)
        return box

    def _gain_chosen(self, gain: int) -> None:
        if self._document is not None:
            self._document.show_as(gain=gain)

    def _show_gain(self) -> None:
        display = self._document.display if self._document else None
        self.gain.setVisible(display is not None and display.mode == Mode.DIFFERENCE)
        if display is not None:
            self.gain.setValue(display.gain)

    def set_document(self, document: Document | None) -> None:
        if self._document is not None:
            self._document.display_changed.disconnect(self._show_gain)
        self._document = document
        if document is not None:
            document.display_changed.connect(self._show_gain)
        self._show_gain()
        self.zoom.setVisible(document is not None)
        self.pixel.clear()
        if document is None:
            self.facts.clear()
            self.zoom.setEditText("")
            return
        width, height = document.size
        composite = document.composite
        profile = tr("with profile") if composite.icc else tr("sRGB assumed")
        megapixels = width * height / 1e6
        size = f"{megapixels:.1f} MP" if megapixels >= 0.1 else ""
        self.facts.setText("   ".join(filter(None, (f"{width} × {height}", size, f"{composite.depth} bit", profile))))
        self.facts.setToolTip("\n".join(composite.notes))
        self._zoomed(self._canvas.zoom)

    def _zoomed(self, zoom: float) -> None:
        if self._document is not None:
            self.zoom.setEditText(_percent(zoom))

    def _zoom_typed(self) -> None:
        text = self.zoom.currentText().replace("%", "").replace(",", ".").strip()
        try:
            self._canvas.set_zoom(float(text) / 100)
        except ValueError:
            self._zoomed(self._canvas.zoom)
        self._canvas.setFocus()

    def _hovered(self, at: tuple[int, int] | None) -> None:
        if at is None or self._document is None:
            self.pixel.clear()
            return
        values = self._document.composite.pixels[at[1], at[0]]
        self.pixel.setText(f"{at[0]}, {at[1]}    " + "  ".join(str(int(value)) for value in values))


def _percent(zoom: float) -> str:
    return f"{zoom * 100:.0f} %" if zoom >= 0.1 else f"{zoom * 100:.1f} %"
