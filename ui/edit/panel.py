"""What the brush does, its size and colour; strength and blend type of the whole layer. Knows nothing of pixels."""

from __future__ import annotations

from enum import Enum
from math import log

from PyQt6.QtCore import QSignalBlocker, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from model.edit import RGB, Background, Brush, Edit, Foreground, Match, Recolour, Scale
from model.types import BlendType

from .. import icons
from ..colour import ColourButton
from ..forms import add_row, form
from ..language import tr
from ..words import blend_words

__all__ = ["BrushMode", "EditPanel"]

SMALLEST, LARGEST = 1.0, 1000.0


class BrushMode(Enum):
    """What the brush does."""

    FOREGROUND = "foreground"
    BACKGROUND = "background"
    MATCH = "match"
    MORE = "more"
    LESS = "less"
    RECOLOUR = "recolour"

    def text(self) -> str:
        return {
            BrushMode.FOREGROUND: tr("Foreground"),
            BrushMode.BACKGROUND: tr("Background"),
            BrushMode.MORE: tr("More"),
            BrushMode.LESS: tr("Less"),
            BrushMode.MATCH: tr("Match"),
            BrushMode.RECOLOUR: tr("Recolour"),
        }[self]

    def tip(self) -> str:
        return {
            BrushMode.FOREGROUND: tr("This belongs to the layer: something of it was missed here (G)"),
            BrushMode.BACKGROUND: tr("This does not belong to the layer: the picture comes back here (E)"),
            BrushMode.MORE: tr("Take more of the layer off where a ghost of it remains (.)"),
            BrushMode.LESS: tr("Take less of it off where it left a hole or a dark trace (,)"),
            BrushMode.MATCH: tr("Find how much is right, edges too: paint over a ghost and it goes (T)"),
            BrushMode.RECOLOUR: tr("Give the layer the chosen colour here, and as much of it as the picture shows (R)"),
        }[self]

    def tint(self) -> QColor:
        """Of the brush's circle."""
        return QColor({BrushMode.FOREGROUND: "#7ee787", BrushMode.BACKGROUND: "#ff8f8f"}.get(self, "#ffffff"))


class EditPanel(QWidget):
    """The tool's widgets."""

    strengthened = pyqtSignal(float)
    """The slider shows another factor."""
    strength_set = pyqtSignal()
    """The slider was let go."""
    automatic = pyqtSignal()
    """The artist wants the strength to be found."""
    fit_blend_type = pyqtSignal(object)
    recoloured = pyqtSignal()
    """The whole layer shall have the chosen colour."""

    def __init__(self) -> None:
        super().__init__()
        self._acts: dict[BrushMode, QToolButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 10)
        column.setSpacing(10)
        column.addLayout(self._act_buttons())
        self.says = QLabel()
        self.says.setWordWrap(True)
        self.says.setProperty("role", "faint")
        self.says.setMinimumHeight(self.says.fontMetrics().lineSpacing() * 2)
        self.says.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.says)
        column.addLayout(self._brush_form())
        column.addWidget(self._heading(tr("Whole layer")))
        column.addLayout(self._layer_form())
        column.addStretch(1)
        self.choose(BrushMode.FOREGROUND)

    # Building

    def _act_buttons(self) -> QGridLayout:
        grid, group = QGridLayout(), QButtonGroup(self)
        grid.setSpacing(4)
        for number, act in enumerate(BrushMode):
            button = QToolButton()
            button.setText(act.text())
            button.setToolTip(act.tip())
            button.setCheckable(True)
            button.setSizePolicy(button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed)
            button.setMinimumHeight(28)
            button.clicked.connect(lambda _, act=act: self.choose(act))
            group.addButton(button)
            grid.addWidget(button, number // 3, number % 3)
            self._acts[act] = button
        return grid

    def _brush_form(self) -> QFormLayout:
        self.diameter = self._slider(0, 1000, 500, tr("Size"))
        self.hardness = self._slider(0, 100, 60, tr("Hardness"))
        self.amount = self._slider(5, 100, 25, tr("Amount"))
        self.opacity = self._slider(0, 100, 0, tr("Opacity"))
        self.follow = QCheckBox(tr("Keep to the picture's edges"))
        self.colour = ColourButton(tr("Automatic"))
        self.colour.setToolTip(tr("The layer's colour; a click chooses another or goes back to automatic"))
        self.colour.changed.connect(self._colour_changed)
        self.pick = QToolButton()
        self.pick.setIcon(icons.icon("dropper"))
        self.pick.setIconSize(QSize(18, 18))
        self.pick.setCheckable(True)
        self.pick.setToolTip(tr("Pick the colour of the layer, or where it is not, of the picture (Alt and click)"))
        self.pick.setAccessibleName(self.pick.toolTip())
        row = QHBoxLayout()
        row.addWidget(self.colour, 1)
        row.addWidget(self.pick)
        made = self._form = form()
        self._values: dict[QSlider, QLabel] = {}
        for text, slider in (
            (tr("Size"), self.diameter),
            (tr("Hardness"), self.hardness),
            (tr("Amount"), self.amount),
            (tr("Opacity"), self.opacity),
        ):
            add_row(made, text, self._with_value(slider))
        add_row(made, tr("Colour"), row)
        add_row(made, "", self.follow)
        self._show_values()
        return made

    def _layer_form(self) -> QFormLayout:
        self.strength = self._slider(0, 300, 100, tr("Strength"))
        self.strength.setToolTip(tr("More or less of the whole layer; the background answers at once"))
        self.strength.valueChanged.connect(self._strength_moved)
        self.strength.sliderReleased.connect(self._strength_let_go)
        self.auto = QToolButton()
        self.auto.setIcon(icons.icon("spark"))
        self.auto.setToolTip(tr("Find the strength at which no ghost remains"))
        self.auto.setAccessibleName(self.auto.toolTip())
        self.auto.clicked.connect(self.automatic)
        row = self._with_value(self.strength)
        row.addWidget(self.auto)
        self.blend = QComboBox()
        self.blend.setAccessibleName(tr("Blend type"))
        self.blend.setToolTip(tr("Another blend type; the background stays as it is, as far as that can be"))
        for name, words in blend_words().items():
            self.blend.addItem(words, name)
        self.blend.activated.connect(lambda _: self.fit_blend_type.emit(BlendType(self.blend.currentData())))
        self.recolour_all = QPushButton(tr("Give It the Chosen Colour"))
        self.recolour_all.hide()
        self.recolour_all.clicked.connect(self.recoloured)
        made = form((tr("Strength"), row), (tr("Blend type"), self.blend), ("", self.recolour_all))
        self._show_values()
        return made

    @staticmethod
    def _slider(least: int, most: int, value: int, name: str) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(least, most)
        slider.setValue(value)
        slider.setAccessibleName(name)
        slider.setMinimumWidth(90)
        return slider

    def _with_value(self, slider: QSlider) -> QHBoxLayout:
        label = QLabel()
        label.setMinimumWidth(label.fontMetrics().horizontalAdvance("1000 px"))
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._values[slider] = label
        slider.valueChanged.connect(self._show_values)
        row = QHBoxLayout()
        row.addWidget(slider, 1)
        row.addWidget(label)
        return row

    @staticmethod
    def _heading(text: str) -> QLabel:
        label = QLabel(text)
        font = label.font()
        font.setBold(True)
        label.setFont(font)
        label.setContentsMargins(0, 8, 0, 0)
        return label

    def _show_values(self) -> None:
        for slider, label in self._values.items():
            if slider is self.diameter:
                label.setText(f"{2 * self.brush().radius:.0f} px")
            elif slider is self.opacity and not slider.value():
                label.setText(tr("auto"))
            else:
                label.setText(f"{slider.value()} %")

    # What is chosen

    @property
    def act(self) -> BrushMode:
        return next(act for act, button in self._acts.items() if button.isChecked())

    def choose(self, act: BrushMode) -> None:
        """The brush does something else from now on."""
        self._acts[act].setChecked(True)
        self.says.setText(act.tip())
        rows = {self.amount: (BrushMode.MORE, BrushMode.LESS), self.opacity: (BrushMode.FOREGROUND,)}
        for slider, acts in rows.items():
            self._form.setRowVisible(self._row(slider), act in acts)
        self._form.setRowVisible(self._row(self.colour), act in (BrushMode.FOREGROUND, BrushMode.RECOLOUR))
        self._form.setRowVisible(self.follow, act in (BrushMode.FOREGROUND, BrushMode.BACKGROUND))
        self.follow.setChecked(act == BrushMode.FOREGROUND)

    def _row(self, widget: QWidget) -> int:
        for row in range(self._form.rowCount()):
            item = self._form.itemAt(row, QFormLayout.ItemRole.FieldRole)
            layout = item.layout() if item is not None else None
            if layout is not None and layout.indexOf(widget) >= 0:
                return row
        raise AssertionError("no such row")

    def brush(self) -> Brush:
        share = self.diameter.value() / 1000
        radius = SMALLEST * (LARGEST / SMALLEST) ** share
        return Brush(radius, self.hardness.value() / 100, self.follow.isChecked())

    def edit(self) -> Edit:
        """What a stroke does now."""
        amount = 1 + self.amount.value() / 100
        match self.act:
            case BrushMode.FOREGROUND:
                return Foreground(self.colour.colour, self.opacity.value() / 100 or None)
            case BrushMode.BACKGROUND:
                return Background()
            case BrushMode.MORE:
                return Scale(amount)
            case BrushMode.LESS:
                return Scale(1 / amount)
            case BrushMode.MATCH:
                return Match()
            case BrushMode.RECOLOUR:
                return self.recolour() or Match()

    def recolour(self) -> Recolour | None:
        """Of the whole layer; None where no colour is chosen."""
        return None if self.colour.colour is None else Recolour(self.colour.colour)

    def resize_brush(self, factor: float) -> None:
        self.diameter.setValue(round(self.diameter.value() + 1000 * log(factor) / log(LARGEST / SMALLEST)))

    def harden(self, by: int) -> None:
        self.hardness.setValue(self.hardness.value() + by)

    # Colour

    @property
    def picking(self) -> bool:
        """Whether the next click picks a colour."""
        return self.pick.isChecked()

    def set_colour(self, colour: RGB | None) -> None:
        """0..1 in the picture's values; None = the layer's own."""
        self.colour.set_colour(colour)

    def _colour_changed(self) -> None:
        self.pick.setChecked(False)
        self.recolour_all.setVisible(self.colour.colour is not None)

    # The whole layer

    def show_layer(self, blend: BlendType) -> None:
        """What the layer is now; strength counts from here."""
        with QSignalBlocker(self.blend):
            self.blend.setCurrentIndex(max(0, self.blend.findData(blend.value)))
        if not self.strength.isSliderDown():
            with QSignalBlocker(self.strength):
                self.strength.setValue(100)
            self._show_values()

    def _strength_moved(self, value: int) -> None:
        self.strengthened.emit(value / 100)
        if not self.strength.isSliderDown():  # a key or the wheel
            self.strength_set.emit()

    def _strength_let_go(self) -> None:
        self.strength_set.emit()
