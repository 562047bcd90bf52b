"""The first page: what this is, three examples that are taken apart on a click, recent pictures, where to drop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QMouseEvent, QPixmap
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from . import icons
from .language import tr

__all__ = ["Example", "Welcome", "examples"]

FOLDER = Path(__file__).parent / "resources" / "examples"
CARD = QSize(232, 156)


@dataclass(frozen=True)
class Example:
    """A picture that ships with the viewer, and the options that suit it."""

    path: Path
    title: str
    detail: str
    options: Mapping[str, Any]


def examples() -> tuple[Example, ...]:
    return (
        Example(
            FOLDER / "watermark-tiled.jpg",
            tr("Tiled watermark"),
            tr("Text over the whole picture"),
            {"engine": "nano", "kind": "", "blend": ""},
        ),
        Example(
            FOLDER / "fog.jpg",
            tr("Fog"),
            tr("A haze becomes a layer"),
            {"engine": "classic", "kind": "fog", "blend": ""},
        ),
        Example(
            FOLDER / "rain.jpg",
            tr("Rain"),
            tr("Streaks of light"),
            {"engine": "classic", "kind": "rain", "blend": ""},
        ),
    )


class Welcome(QScrollArea):
    """`example` carries an Example, `recent` a path, `open` nothing."""

    example = pyqtSignal(object)
    recent = pyqtSignal(str)
    open = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(tr("First page"))
        page = QWidget()
        self.setWidget(page)
        column = QVBoxLayout(page)
        column.setContentsMargins(40, 32, 40, 32)
        column.setSpacing(10)
        column.addStretch(2)
        for widget in self._head():
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(14)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addStretch(1)
        self.cards = [_Card(example, self.example.emit) for example in examples()]
        for card in self.cards:
            row.addWidget(card)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(14)
        self._recent_box = QVBoxLayout()
        self._recent_box.setSpacing(2)
        column.addLayout(self._recent_box)
        column.addStretch(3)

    def _head(self) -> list[QWidget]:
        sign = QLabel()
        sign.setPixmap(icons.application_icon().pixmap(QSize(64, 64)))
        title = QLabel(tr("Take a picture apart"))
        title.setProperty("role", "title")
        detail = QLabel(
            tr("Watermark, fog, rain, glare: out of one flat picture come layers that stack to it exactly.")
        )
        detail.setProperty("role", "faint")
        detail.setWordWrap(False)
        button = QPushButton(tr("Open a picture…"))
        button.setProperty("main", True)
        button.setIcon(icons.icon("open", "#ffffff"))
        button.clicked.connect(self.open)
        self.button = button
        drop = QLabel(tr("or drop it here, or paste it — or try one of these:"))
        drop.setProperty("role", "faint")
        return [sign, title, detail, button, drop]

    def show_recent(self, paths: Sequence[str]) -> None:
        """The newest few that still exist."""
        while (item := self._recent_box.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        found = [path for path in paths if Path(path).is_file()][:5]
        if found:
            head = QLabel(tr("Recent"))
            head.setProperty("role", "faint")
            self._recent_box.addWidget(head, 0, Qt.AlignmentFlag.AlignHCenter)
        for path in found:
            button = QPushButton(Path(path).name)
            button.setFlat(True)
            button.setToolTip(path)
            button.clicked.connect(lambda _, path=path: self.recent.emit(path))
            self._recent_box.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)


class _Card(QFrame):
    """One example. A click, Enter or Space takes it."""

    def __init__(self, example: Example, taken: Any) -> None:
        super().__init__()
        self._example, self._taken = example, taken
        self.setProperty("role", "card")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Example: {title}").format(title=example.title))
        self.setToolTip(tr("Open and decompose this example"))
        picture = QLabel()
        picture.setPixmap(_filling(QPixmap(str(example.path)), CARD, self.devicePixelRatioF()))
        picture.setFixedSize(CARD)
        title, detail = QLabel(example.title), QLabel(example.detail)
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        detail.setProperty("role", "faint")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 10)
        column.setSpacing(3)
        column.addWidget(picture)
        column.addSpacing(4)
        column.addWidget(title)
        column.addWidget(detail)

    def mouseReleaseEvent(self, a0: QMouseEvent | None) -> None:
        assert a0 is not None
        if self.rect().contains(a0.position().toPoint()):
            self._taken(self._example)

    def keyPressEvent(self, a0: QKeyEvent | None) -> None:
        assert a0 is not None
        if a0.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._taken(self._example)
        else:
            super().keyPressEvent(a0)


def _filling(pixmap: QPixmap, size: QSize, ratio: float) -> QPixmap:
    """Scaled until it covers `size`, and what stands over cut off."""
    wanted = QSize(round(size.width() * ratio), round(size.height() * ratio))
    scaled = pixmap.scaled(
        wanted, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    left, top = (scaled.width() - wanted.width()) // 2, (scaled.height() - wanted.height()) // 2
    cut = scaled.copy(left, top, wanted.width(), wanted.height())
    cut.setDevicePixelRatio(ratio)
    return cut
