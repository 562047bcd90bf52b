"""What is known of the stack: the recomposition error, and a histogram of the chosen layer. Measured in the background.

The error is measured anew after every change, from all pixels at full depth; it is never assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QPointF, QSize, Qt, QTimer
from PyQt6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from bridge.formats.pixels import to_8_bit
from model.types import Layer

from .. import icons, theme
from ..background import Background, Task
from ..canvas.compose import recomposition_error
from ..language import tr
from ..session import Document

__all__ = ["Histogram", "Inspector"]

PATIENCE = 150
"""Milliseconds without a change before it is measured: a slider that is dragged changes sixty times a second."""

SAMPLES = 1 << 19


@dataclass(frozen=True, eq=False)
class _Measured:
    error: int | None
    counts: np.ndarray


class Histogram(QWidget):
    """Red, green, blue as curves; alpha as a gray one. counts: 4 x 256, the alpha's row zero where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: np.ndarray | None = None
        self.setMinimumHeight(64)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Histogram"))
        self.setToolTip(tr("Colours of the chosen layer where it covers anything; gray: its alpha"))

    def sizeHint(self) -> QSize:
        return QSize(160, 72)

    def show_counts(self, counts: np.ndarray | None) -> None:
        self._counts = counts
        self.update()

    def paintEvent(self, a0: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.setBrush(QColor(colours.base))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
        if self._counts is None:
            return
        if colours.name == "dark":
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Screen)
        shades = ((QColor(220, 70, 60), 0), (QColor(70, 180, 80), 1), (QColor(70, 120, 230), 2))
        for colour, channel in shades:
            colour.setAlpha(130)
            self._draw(painter, self._counts[channel], colour, None)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        if self._counts[3].any():
            self._draw(painter, self._counts[3], None, QColor(colours.faint))

    def _draw(self, painter: QPainter, counts: np.ndarray, fill: QColor | None, line: QColor | None) -> None:
        # Square roots, so that a few pixels are seen beside many; the ends do not flatten all else.
        heights = np.sqrt(counts.astype(float))
        most = max(1.0, float(np.sort(heights)[-3]))
        width, foot = self.width() - 4, self.height() - 3
        path = QPainterPath(QPointF(2, foot))
        for value, height in enumerate(np.minimum(1, heights / most)):
            path.lineTo(2 + width * value / 255, foot - (foot - 4) * float(height))
        path.lineTo(2 + width, foot)
        if fill is not None:
            painter.fillPath(path, fill)
        if line is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(line, 1.2))
            painter.drawPath(path)


class Inspector(QWidget):
    """Follows one document."""

    def __init__(self, background: Background) -> None:
        super().__init__()
        self._background = background
        self._document: Document | None = None
        self._task: Task | None = None
        self.error: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE)
        self._timer.timeout.connect(self._measure)
        self._sign = QLabel()
        self.number = QLabel("…")
        font = self.number.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setBold(True)
        self.number.setFont(font)
        self.number.setAccessibleName(tr("Recomposition error in levels"))
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        # Room for the longest sentence: what is measured again and again must not move what stands below.
        self.verdict.setMinimumHeight(3 * self.verdict.fontMetrics().lineSpacing())
        self.verdict.setProperty("role", "faint")
        self.histogram = Histogram()
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._sign)
        row.addWidget(self.number)
        row.addWidget(self.verdict, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.histogram)

    @property
    def height_of_histogram(self) -> int:
        """Widget units that the panel is lower without it."""
        layout = self.layout()
        assert layout is not None
        return self.histogram.sizeHint().height() + layout.spacing()

    def set_document(self, document: Document | None) -> None:
        if self._document is not None:
            for signal in self._signals(self._document):
                signal.disconnect(self._stir)
        self._document = document
        if document is not None:
            for signal in self._signals(document):
                signal.connect(self._stir)
        self._stir()

    def _signals(self, document: Document):
        return document.entries_changed, document.pixels_changed, document.active_changed

    def _stir(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.error = None
        self.number.setText("…")
        self.number.setStyleSheet("")
        self._sign.clear()
        self.verdict.setText(tr("Recomposition error: being measured."))
        self._timer.start()

    def _measure(self) -> None:
        document = self._document
        if document is None or not document.entries:
            self.histogram.show_counts(None)
            return
        entry = document.entry(document.active)
        layer = entry.layer if entry else document.entries[-1].layer

        def work(task: Task) -> _Measured:
            return _Measured(recomposition_error(document, task.cancelled), _histogram(layer))

        self._task = task = self._background.run(work, lambda found: self._show(task, found))

    def _show(self, task: Task, found: _Measured) -> None:
        if task is not self._task or found.error is None:
            return
        self._task = None
        self.error = found.error
        self.histogram.show_counts(found.counts)
        colours = theme.current()
        exact = found.error == 0
        name, colour = ("check", colours.good) if exact else ("warn", colours.warn)
        self._sign.setPixmap(icons.icon(name, colour).pixmap(QSize(18, 18)))
        self.number.setText(str(found.error))
        self.number.setStyleSheet(f"color: {colour}")
        if exact:
            self.verdict.setText(tr("Recomposition error: the layers are the original, every pixel."))
        else:
            self.verdict.setText(
                tr("Recomposition error: the shown layers differ from the original by so many levels.")
            )


def _histogram(layer: Layer) -> np.ndarray:
    """4 x 256 counts of a sample of the layer's pixels; colours only where alpha is above 0."""
    step = max(1, int((layer.pixels.shape[0] * layer.pixels.shape[1] / SAMPLES) ** 0.5))
    pixels = to_8_bit(np.ascontiguousarray(layer.pixels[::step, ::step]))
    counts = np.zeros((4, 256), np.int64)
    seen = pixels[..., 3] > 0 if pixels.shape[2] == 4 else np.ones(pixels.shape[:2], bool)
    for channel in range(3):
        counts[channel] = np.bincount(pixels[..., channel][seen], minlength=256)
    if pixels.shape[2] == 4:
        counts[3] = np.bincount(pixels[..., 3].ravel(), minlength=256)
    return counts
