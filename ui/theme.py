"""Colours for dark and light, as a palette and one style sheet over Qt's Fusion style.

Grays are neutral, because next to a tinted gray no colour of a picture can be judged. Knows nothing of the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QGuiApplication, QPalette
from PyQt6.QtWidgets import QApplication

__all__ = ["DARK", "LIGHT", "Colours", "apply", "current"]


@dataclass(frozen=True)
class Colours:
    """surround: around the picture. window: panels. base: fields and lists. raised: buttons. line: separators.

    text, faint: words. accent: what is chosen, on_accent: words on it. good, warn, bad: verdicts.
    light, dark: the checkerboard.
    """

    name: str
    surround: str
    window: str
    base: str
    raised: str
    hover: str
    line: str
    text: str
    faint: str
    accent: str
    on_accent: str
    good: str
    warn: str
    bad: str
    light: str
    dark: str


DARK = Colours(
    "dark", "#1c1c1c", "#2a2a2a", "#212121", "#3a3a3a", "#464646", "#3c3c3c", "#e6e6e6", "#9c9c9c",
    "#4c8dd6", "#ffffff", "#6cbf73", "#e0b050", "#e5736b", "#5a5a5a", "#484848",
)  # fmt: skip
LIGHT = Colours(
    "light", "#c4c4c4", "#f0f0f0", "#ffffff", "#fafafa", "#e4e4e4", "#d0d0d0", "#222222", "#6a6a6a",
    "#2f6fbd", "#ffffff", "#2e7d3a", "#8a6000", "#b3392f", "#b4b4b4", "#989898",
)  # fmt: skip

_FILES = Path(__file__).parent / "resources" / "sheet"

_SHEET = """
QMainWindow::separator {{ background: {line}; width: 1px; height: 1px; }}
QToolBar {{ background: {window}; border: none; border-bottom: 1px solid {line}; padding: 3px 6px; spacing: 2px; }}
QToolBar::separator {{ background: {line}; width: 1px; margin: 5px 6px; }}
QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 4px; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:checked {{ background: {accent}; color: {on_accent}; }}
QToolButton:checked:disabled {{ background: transparent; color: {faint}; }}
QToolButton:pressed {{ background: {line}; }}
QToolButton:focus {{ border-color: {accent}; }}
QToolButton[role="plain"]:checked {{ background: transparent; color: {text}; }}
QToolBarExtension {{ qproperty-icon: url("{files}/more-{name}.svg"); padding: 4px 1px; }}
QToolButton::menu-indicator {{ image: none; }}
QDockWidget {{ font-weight: 600; titlebar-close-icon: url("{files}/close-{name}.svg");
    titlebar-normal-icon: url("{files}/float-{name}.svg"); }}
QDockWidget::close-button, QDockWidget::float-button {{ border: none; border-radius: 3px; padding: 1px; }}
QDockWidget::close-button:hover, QDockWidget::float-button:hover {{ background: {hover}; }}
QDockWidget > QWidget {{ font-weight: 400; }}
QDockWidget::title {{ background: {window}; padding: 7px 10px 5px 10px; text-align: left; }}
QStatusBar {{ background: {window}; border-top: 1px solid {line}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {faint}; padding: 0 6px; }}
QPushButton {{ background: {raised}; border: 1px solid {line}; border-radius: 5px;
    padding: 5px 14px; min-height: 18px; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton:disabled {{ color: {faint}; }}
QPushButton[main="true"] {{ background: {accent}; color: {on_accent}; border-color: {accent}; font-weight: 600; }}
QPushButton[main="true"]:disabled {{ background: {raised}; color: {faint}; border-color: {line}; }}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit {{
    background: {base}; border: 1px solid {line}; border-radius: 5px; padding: 3px 7px; min-height: 19px;
    selection-background-color: {accent}; selection-color: {on_accent}; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus {{
    border-color: {accent}; }}
QComboBox::drop-down {{ border: none; width: 22px; }}
QComboBox::down-arrow {{ image: url("{files}/down-{name}.svg"); width: 10px; height: 10px; }}
QSpinBox::up-button, QSpinBox::down-button {{ subcontrol-origin: border; border: none; width: 20px; }}
QSpinBox::up-button {{ subcontrol-position: top right; }}
QSpinBox::down-button {{ subcontrol-position: bottom right; }}
QSpinBox::up-button:hover, QSpinBox::down-button:hover {{ background: {hover}; border-radius: 4px; }}
QSpinBox::up-arrow {{ image: url("{files}/up-{name}.svg"); width: 9px; height: 9px; }}
QSpinBox::down-arrow {{ image: url("{files}/down-{name}.svg"); width: 9px; height: 9px; }}
QTabBar::close-button {{ image: url("{files}/close-{name}.svg"); subcontrol-position: right; border-radius: 3px;
    width: 13px; height: 13px; }}
QTabBar::close-button:hover {{ background: {hover}; }}
QComboBox QAbstractItemView {{ background: {base}; border: 1px solid {line}; padding: 3px;
    selection-background-color: {accent}; selection-color: {on_accent}; outline: none; }}
QTreeView::item {{ padding: 4px 2px; }}
QListView, QTreeView {{ background: {base}; border: 1px solid {line}; border-radius: 5px; outline: none; }}
QListView:focus {{ border-color: {accent}; }}
QTabBar {{ background: {window}; }}
QTabBar::tab {{ background: transparent; color: {faint}; padding: 6px 12px; border: none;
    border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {text}; border-bottom-color: {accent}; }}
QTabBar::tab:hover {{ color: {text}; }}
QProgressBar {{ background: {base}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}
QSlider::groove:horizontal {{ background: {line}; height: 4px; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {accent}; border-radius: 2px; }}
QSlider::sub-page:horizontal:disabled {{ background: {line}; }}
QSlider::handle:horizontal {{ background: {text}; width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; }}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{ background: {accent}; }}
QSlider::handle:horizontal:disabled {{ background: {faint}; }}
QScrollArea {{ border: none; background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {hover}; border-radius: 4px; min-height: 24px; min-width: 24px; margin: 1px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QMenu {{ background: {base}; border: 1px solid {line}; padding: 4px; }}
QMenu::item {{ padding: 5px 26px 5px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {accent}; color: {on_accent}; }}
QMenu::item:disabled {{ color: {faint}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px; }}
QMenu::icon {{ padding-left: 6px; }}
QToolTip {{ background: {base}; color: {text}; border: 1px solid {line}; padding: 4px 6px; }}
QLabel[role="faint"] {{ color: {faint}; }}
QLabel[role="good"] {{ color: {good}; }}
QLabel[role="warn"] {{ color: {warn}; }}
QLabel[role="bad"] {{ color: {bad}; }}
QLabel[role="title"] {{ font-size: 22px; font-weight: 600; }}
QFrame[role="card"] {{ background: {base}; border: 1px solid {line}; border-radius: 8px; }}
QFrame[role="card"]:hover {{ border-color: {accent}; }}
QFrame[role="notice"] {{ background: {raised}; border: 1px solid {line}; border-radius: 8px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QFrame[role="notice"] QPushButton {{ background: {hover}; }}
QFrame[role="notice"] QPushButton:hover {{ border-color: {accent}; }}
"""

_current = DARK


def current() -> Colours:
    """The colours applied last."""
    return _current


def apply(application: QApplication, theme: str) -> Colours:
    """Set style, palette and sheet. theme: "system", "dark" or "light"."""
    global _current
    hints = QGuiApplication.styleHints()
    dark = theme == "dark"
    if theme == "system" and hints is not None:
        dark = hints.colorScheme() != Qt.ColorScheme.Light  # where the system says nothing, what artists' tools do
    _current = DARK if dark else LIGHT
    sheet = _SHEET.format(files=_FILES.as_posix(), **vars(_current))
    if sheet != application.styleSheet():  # every widget is styled anew: dear, and seen
        application.setStyle("Fusion")
        application.setPalette(_palette(_current))
        application.setStyleSheet(sheet)
    return _current


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    chosen = {
        roles.Window: colours.window,
        roles.WindowText: colours.text,
        roles.Base: colours.base,
        roles.AlternateBase: colours.window,
        roles.Text: colours.text,
        roles.Button: colours.raised,
        roles.ButtonText: colours.text,
        roles.BrightText: colours.bad,
        roles.ToolTipBase: colours.base,
        roles.ToolTipText: colours.text,
        roles.PlaceholderText: colours.faint,
        roles.Highlight: colours.accent,
        roles.HighlightedText: colours.on_accent,
        roles.Link: colours.accent,
        roles.Light: colours.hover,
        roles.Mid: colours.line,
        roles.Dark: colours.line,
        roles.Shadow: colours.surround,
        roles.Accent: colours.accent,
    }
    for role, colour in chosen.items():
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.faint))
    return palette
