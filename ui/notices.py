"""Messages that do not interrupt: cards at the foot of the canvas that say what happened and what to do next.

An error stays until it is closed; good news disappear by themselves; what offers a button stays until the button is
pressed or the card closed. Never a traceback.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from . import icons, theme
from .language import tr
from .words import UserError

__all__ = ["Notice", "Notices"]

GOOD_STAYS = 6000
"""Milliseconds that good news stay."""


MOST = 4
"""Cards at once, as long as the oldest may go."""


@dataclass(frozen=True)
class Notice:
    """level: "good", "info", "warn" or "bad".   button, act: what may be done about it."""

    text: str
    detail: str = ""
    level: str = "info"
    log_lines: tuple[str, ...] = ()
    button: str = ""
    act: Callable[[], None] | None = None


class Notices(QObject):
    """The cards over one widget, newest lowest."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._cards: list[QFrame] = []
        over.installEventFilter(self)

    def show(self, notice: Notice) -> None:
        card = _card(self._over, notice, self._dismiss)
        self._cards.append(card)
        passing = [one for one in self._cards[:-1] if one.findChild(QPushButton) is None]
        for old in passing[: max(0, len(self._cards) - MOST)]:
            self._dismiss(old)
        if notice.level in ("good", "info") and not notice.button:
            timer = QTimer(card)
            timer.setSingleShot(True)
            timer.timeout.connect(lambda: self._dismiss(card))
            timer.start(GOOD_STAYS)
        card.show()
        self._arrange()

    def good(self, text: str) -> None:
        self.show(Notice(text, level="good"))

    def error(self, error: UserError) -> None:
        """A failure: what happened and what to do."""
        self.show(Notice(error.what, error.advice, "bad", error.log_lines))

    @property
    def texts(self) -> list[str]:
        """What is shown now, oldest first."""
        return [card.accessibleName() for card in self._cards]

    def clear(self) -> None:
        for card in list(self._cards):
            self._dismiss(card)

    def _dismiss(self, card: QFrame) -> None:
        if card in self._cards:
            self._cards.remove(card)
            card.hide()
            card.deleteLater()
            self._arrange()

    def _arrange(self) -> None:
        width = min(560, self._over.width() - 32)
        foot = self._over.height() - 16
        for card in reversed(self._cards):
            card.setFixedWidth(width)
            layout = card.layout()
            height = layout.totalHeightForWidth(width) if layout is not None else 0
            height = max(height, card.minimumSizeHint().height())
            card.setGeometry((self._over.width() - width) // 2, foot - height, width, height)
            card.raise_()
            foot -= height + 8

    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:
        if a1 is not None and a1.type() in (QEvent.Type.Resize, QEvent.Type.ChildAdded):
            QTimer.singleShot(0, self._arrange)
        return False


def _card(over: QWidget, notice: Notice, dismiss: Callable[[QFrame], None]) -> QFrame:
    card = QFrame(over)
    card.setProperty("role", "notice")
    card.setAccessibleName(f"{notice.text} {notice.detail}".strip())
    row = QHBoxLayout(card)
    row.setContentsMargins(12, 10, 8, 10)
    row.setSpacing(10)
    row.addWidget(_sign(notice.level), 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(3)
    words.addWidget(_label(notice.text, ""))
    if notice.detail:
        words.addWidget(_label(notice.detail, "faint"))
    if notice.log_lines:
        words.addWidget(_log(notice.log_lines))
    row.addLayout(words, 1)
    if notice.button and notice.act is not None:
        button = QPushButton(notice.button)
        button.clicked.connect(lambda: (dismiss(card), notice.act and notice.act()))
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
    close = QToolButton()
    close.setIcon(icons.icon("close"))
    close.setIconSize(QSize(14, 14))
    close.setToolTip(tr("Close this message"))
    close.setAccessibleName(tr("Close this message"))
    close.clicked.connect(lambda: dismiss(card))
    row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
    return card


def _sign(level: str) -> QLabel:
    colours = theme.current()
    name, colour = {
        "good": ("check", colours.good),
        "warn": ("warn", colours.warn),
        "bad": ("warn", colours.bad),
    }.get(level, ("info", colours.accent))
    sign = QLabel()
    sign.setPixmap(icons.icon(name, colour).pixmap(QSize(20, 20)))
    return sign


def _label(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _log(lines: tuple[str, ...]) -> QPlainTextEdit:
    text = QPlainTextEdit("\n".join(lines))
    text.setReadOnly(True)
    # Six lines at once; more are scrolled to.
    text.setFixedHeight(min(len(lines), 6) * text.fontMetrics().lineSpacing() + 18)
    return text
