"""How to take the picture apart: engine, kind, blend type and the rest; progress, time left and cancel.

Knows nothing of jobs: `wanted` and `unwanted` say what the artist wants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PyQt6.QtCore import QEvent, QObject, QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from bridge.wire import EngineInfo, Options

from .. import icons
from ..colour import ColourButton
from ..forms import form
from ..language import tr
from ..pictures import pixmap_of_preview
from ..session import Document
from ..settings import Settings
from ..words import UserError, blend_words, kind_words, quality_words, stage_word, time_left
from .engines import EngineChoice
from .overlay import OverlayChoice

__all__ = ["OptionsPanel"]

SHORTEST = 240
"""Widget units below which the panel scrolls only where it must."""


class OptionsPanel(QScrollArea):
    """The form above, progress below."""

    wanted = pyqtSignal()
    unwanted = pyqtSignal()
    changed = pyqtSignal()
    grown = pyqtSignal(int)
    """The height that shows everything."""

    def __init__(self) -> None:
        super().__init__()
        self._document: Document | None = None
        self._height = 0
        self._asked = False
        self.engine = EngineChoice()
        self.kind = _combo({"": tr("Automatic"), **kind_words()}, tr("Foreground"))
        self.blend = _combo({"": tr("Automatic"), **blend_words()}, tr("Blend type"))
        self.quality = _combo(quality_words(), tr("Quality"))
        self.meaning = _combo(
            {"": tr("Ignored"), "hint": tr("The foreground is here"), "selection": tr("Change only this")},
            tr("Marked area"),
        )
        self.overlay = OverlayChoice()
        self.prompt = QLineEdit()
        self.prompt.setAccessibleName(tr("Prompt"))
        self.prompt.setPlaceholderText(tr("optional: the coffee stain"))
        self.candidates = _number(1, 8, tr("Candidates"))
        self.layers = _number(1, 8, tr("Layers"))
        self.seed = _number(0, 2**31 - 1, tr("Seed"))
        self.colour = ColourButton(tr("Not known"), icons.icon("dropper"))
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setProperty("role", "faint")
        self._lay_out()
        self._show_engine()
        self._show_progress()
        self.engine.currentIndexChanged.connect(self._show_engine)
        for box in (self.engine, self.kind, self.blend, self.quality):
            box.currentIndexChanged.connect(lambda _: self.changed.emit())
        for number in (self.candidates, self.layers):
            number.valueChanged.connect(lambda _: self.changed.emit())

    # Building

    def _lay_out(self) -> None:
        self._page = QWidget()
        self._page.installEventFilter(self)
        self.setWidget(self._page)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self._page)
        column.setContentsMargins(10, 4, 10, 10)
        column.setSpacing(8)
        column.addLayout(
            form(
                (tr("Foreground"), self.kind),
                (tr("Engine"), self.engine),
                ("", self.state),
                (tr("Quality"), self.quality),
                (tr("Candidates"), self.candidates),
            )
        )
        self.more = QToolButton()
        self.more.setText(tr("More options"))
        self.more.setProperty("role", "plain")
        self.more.setCheckable(True)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        column.addWidget(self.more)
        self._rest = QWidget()
        rest = form(
            (tr("Blend type"), self.blend),
            (tr("Marked area"), self.meaning),
            (tr("Overlay"), self.overlay),
            (tr("Prompt"), self.prompt),
            (tr("Colour"), self.colour),
            (tr("Layers"), self.layers),
            (tr("Seed"), self.seed),
        )
        rest.setContentsMargins(0, 0, 0, 0)
        self._rest.setLayout(rest)
        self._rest.hide()
        self.more.toggled.connect(self._show_more)
        column.addWidget(self._rest)
        self.start = QPushButton(tr("Decompose"))
        self.start.setProperty("main", True)
        self.start.setIcon(icons.icon("decompose", "#ffffff"))
        self.start.clicked.connect(self.wanted)
        column.addWidget(self.start)
        column.addWidget(self._progress_widget())
        column.addStretch(1)

    def _progress_widget(self) -> QWidget:
        self._progress = QWidget()
        column = QVBoxLayout(self._progress)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.preview = QLabel()
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setAccessibleName(tr("Live preview"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        column.addWidget(self.bar)
        row = QHBoxLayout()
        self.stage = QLabel()
        self.left = QLabel()
        self.left.setProperty("role", "faint")
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.clicked.connect(self.unwanted)
        row.addWidget(self.stage)
        row.addStretch(1)
        row.addWidget(self.left)
        column.addLayout(row)
        column.addWidget(self.cancel)
        column.addWidget(self.preview)
        return self._progress

    def sizeHint(self) -> QSize:
        return self._page.sizeHint()

    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:
        if a0 is self._page and a1 is not None and a1.type() == QEvent.Type.LayoutRequest:
            height = self._page.sizeHint().height()
            if height != self._height:
                self._height = height
                self.setMinimumHeight(min(height, SHORTEST))
                self.grown.emit(height)
            self.setMinimumWidth(self._page.minimumSizeHint().width())
        return super().eventFilter(a0, a1)

    def _show_more(self, more: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if more else Qt.ArrowType.RightArrow)
        self._rest.setVisible(more)

    # The choice

    @property
    def area_meaning(self) -> str:
        """What the marked area is: "selection", "hint" or ""."""
        return self.meaning.currentData()

    def options(self) -> Options:
        given: Any = {
            "kind": self.kind.currentData() or None,
            "blend": self.blend.currentData() or None,
            "quality": self.quality.currentData(),
        }
        return Options(
            engine=self.engine.currentData(),
            prompt=self.prompt.text().strip(),
            colour=self.colour.colour,
            seed=self.seed.value(),
            candidates=self.candidates.value(),
            layers=self.layers.value(),
            **given,
        )

    def choose(self, values: Mapping[str, Any]) -> None:
        """Set the fields named: of `Settings`, or of an example."""
        for name, value in values.items():
            widget = getattr(self, name)
            if isinstance(widget, EngineChoice):
                widget.want(value)
            elif isinstance(widget, QComboBox):
                widget.setCurrentIndex(max(0, widget.findData(value)))
            else:
                widget.setValue(value)

    def take_from(self, settings: Settings) -> None:
        names = ("engine", "kind", "blend", "quality", "candidates", "layers")
        self.choose({name: getattr(settings, name) for name in names})

    def remembered(self) -> dict[str, Any]:
        """For the settings."""
        boxes = {name: getattr(self, name).currentData() for name in ("engine", "kind", "blend", "quality")}
        return {**boxes, "candidates": self.candidates.value(), "layers": self.layers.value()}

    # What is shown

    def set_document(self, document: Document | None) -> None:
        if self._document is not None:
            self._document.progress_changed.disconnect(self._show_progress)
            self._document.area_changed.disconnect(self._show_area)
        self._document = document
        self.overlay.set_document(document)
        if document is not None:
            document.progress_changed.connect(self._show_progress)
            document.area_changed.connect(self._show_area)
        self._show_area()
        self._show_progress()

    def _show_area(self) -> None:
        marked = self._document is not None and self._document.area is not None
        self.meaning.setEnabled(marked)
        if marked and not self.meaning.currentData():
            self.meaning.setCurrentIndex(1)
            self.more.setChecked(True)
        elif not marked:
            self.meaning.setCurrentIndex(0)

    def _show_progress(self) -> None:
        document = self._document
        working = document is not None and document.working
        self.start.setVisible(not working)
        self.start.setEnabled(document is not None)
        self._progress.setVisible(working)
        if document is None or not working:
            return
        self.stage.setText(stage_word(document.stage))
        self.left.setText(time_left(document.left))
        if document.share is None:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * document.share))
        self.preview.setVisible(document.preview is not None)
        if document.preview is not None:
            self.preview.setPixmap(pixmap_of_preview(document.preview, 200, self.devicePixelRatioF()))

    def show_engines(self, engines: tuple[EngineInfo, ...], error: UserError | None) -> None:
        """What the daemon said of its engines, or why it said nothing."""
        self._asked = True
        self.engine.show_engines(engines)
        self._error = error
        self._show_engine()

    _error: UserError | None = None

    def _show_engine(self) -> None:
        refused = self.engine.refused
        if self._error is not None:
            text = f"{self._error.what} {self._error.advice}"
        elif not self._asked:
            text = tr("Asking the service…")
        elif refused is not None:
            text = tr("{engine} cannot run: {reason}").format(engine=refused.name, reason=refused.detail)
        else:
            text = ""
        self.state.setText(text)
        self.state.setVisible(bool(text))


def _combo(items: Mapping[str, str], name: str) -> QComboBox:
    box = QComboBox()
    for value, text in items.items():
        box.addItem(text, value)
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)
    return box


def _number(low: int, high: int, name: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setAccessibleName(name)
    return box
