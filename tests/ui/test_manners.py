"""What makes it a good citizen: shortcuts, palette, keyboard, names for screen readers, settings, theme, language."""

import json
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
)

from ui import settings, theme
from ui.notices import Notice
from ui.palette import Palette, score
from ui.words import UserError


@pytest.fixture
def example_file():
    return Path(__file__).parents[2] / "examples" / "fog.jpg"


def palettes():
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, Palette) and w.isVisible()]


def the_palette():
    """The one that is open."""
    (found,) = palettes()
    return found


def test_every_action_has_a_shortcut_of_its_own(hands):
    seen = {}
    for name, action in hands.window.named.items():
        assert not action.shortcut().isEmpty(), f"{name} has no shortcut"
        for shortcut in action.shortcuts():
            told = shortcut.toString(QKeySequence.SequenceFormat.PortableText)
            assert told not in seen, f"{name} and {seen.get(told)} share {told}"
            seen[told] = name


def test_every_action_tells_its_shortcut_when_the_pointer_rests_on_it(hands):
    for name, action in hands.window.named.items():
        assert action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) in action.toolTip(), name


def test_every_action_is_in_a_menu(hands):
    listed = set()
    for top in hands.window.menuBar().actions():
        listed |= {action.objectName() for action in top.menu().actions()}  # type: ignore[union-attr]
    assert set(hands.window.named) - listed <= {"history"}  # its dock is in the View menu


def test_the_palette_finds_a_command_by_a_few_letters_and_runs_it(hands):
    hands.layered()
    hands.press("Ctrl+Shift+P")
    palette = the_palette()
    hands.qtbot.keyClicks(palette.line, "diffe")
    item = palette.list.currentItem()
    assert item is not None
    assert item.text(0) == "Difference"
    hands.qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert hands.document.display.mode == "difference"
    hands.wait(lambda: not palettes())


def test_the_palette_does_not_run_what_cannot_be_done(hands):
    hands.press("Ctrl+Shift+P", hands.window)
    palette = the_palette()
    hands.qtbot.keyClicks(palette.line, "open in krita")
    hands.qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert the_palette() is palette
    palette.close()


@pytest.mark.parametrize(("typed", "better", "worse"), [("sa", "Save", "Copy What Is Said"), ("zi", "Zoom In", "Quit")])
def test_the_palette_puts_the_better_fit_first(typed, better, worse):
    first, second = score(typed, better), score(typed, worse)
    assert first is not None
    assert second is None or first < second


def test_every_control_has_a_name_for_a_screen_reader(hands):
    hands.layered(candidates=2)
    hands.controller.options.more.setChecked(True)
    nameless = []
    kinds = (QAbstractButton, QAbstractItemView, QAbstractSlider, QComboBox, QLineEdit, QSpinBox)
    for widget in hands.window.findChildren(kinds):
        inside = isinstance(widget.parent(), (QComboBox, QSpinBox)) or widget.objectName().startswith("qt_")
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        named = widget.accessibleName() or text or widget.toolTip()
        if widget.isVisible() and not inside and not named and "ScrollBar" not in type(widget).__name__:
            nameless.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    assert nameless == []


def test_the_whole_window_can_be_walked_with_the_tab_key(hands):
    hands.layered()
    hands.canvas.setFocus()
    seen = set()
    widget = hands.canvas
    for _ in range(200):
        widget = widget.nextInFocusChain()
        if widget is hands.canvas:
            break
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            seen.add(widget)
    panels = hands.controller
    assert {panels.layers.list, panels.layers.opacity, panels.options.engine, panels.options.start} <= seen


def test_dark_and_light_are_readable():
    def light(colour):
        values = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(a, b):
        high, low = sorted((light(a), light(b)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for colours in (theme.DARK, theme.LIGHT):
        for ground in (colours.window, colours.base, colours.raised):
            assert contrast(colours.text, ground) >= 7
            assert contrast(colours.faint, ground) >= 4.5 or ground == colours.raised
        assert contrast(colours.on_accent, colours.accent) >= 3
        for verdict in (colours.good, colours.warn, colours.bad):
            assert contrast(verdict, colours.window) >= 4


def test_the_theme_changes_at_once_and_is_remembered(make_hands, home):
    hands = make_hands(settings.Settings(theme="dark"))
    hands.press("Ctrl+,", hands.window)
    from ui.preferences import Preferences

    dialog = hands.window.findChild(Preferences)
    dialog.theme.setCurrentIndex(dialog.theme.findData("light"))
    dialog.accept()
    assert theme.current() is theme.LIGHT
    assert hands.canvas.look.surround.name() == theme.LIGHT.surround
    assert settings.load().theme == "light"


def test_settings_survive_nonsense_and_are_reset(home):
    folder = settings.viewer_folder()
    told = {"theme": 3, "candidates": 4, "recent": ["a", 1], "unknown": True, "engine": "classic"}
    (folder / "settings.json").write_text(json.dumps(told))
    read = settings.load()
    assert (read.theme, read.candidates, read.recent, read.engine) == ("system", 4, ("a",), "classic")
    (folder / "settings.json").write_text("[" * 100_000)
    assert settings.load() == settings.Settings()
    settings.save(read)
    assert settings.load() == read
    settings.reset()
    assert settings.load() == settings.Settings()


def test_recent_pictures_and_options_are_saved_at_once_and_not_when_the_window_closes(hands, home, example_file):
    hands.open(example_file)
    assert settings.load().recent == (str(example_file),)
    hands.controller.options.choose({"engine": "classic", "candidates": 2})
    kept = settings.load()
    assert (kept.engine, kept.candidates) == ("classic", 2)
    hands.document.show_as(gain=25)
    assert settings.load().gain == 25


def test_a_notice_with_a_button_is_never_dropped_for_another(hands):
    pressed = []
    hands.window.notices.show(Notice("Unsaved work", button="Bring back", act=lambda: pressed.append(1)))
    for number in range(9):
        hands.window.notices.error(UserError(f"Trouble {number}.", "Try again."))
    texts = hands.window.notices.texts
    assert texts[0] == "Unsaved work"
    assert texts[1:] == [f"Trouble {number}. Try again." for number in (6, 7, 8)]
    (button,) = [b for b in hands.window.stage.findChildren(QPushButton) if b.text() == "Bring back"]
    assert button.isVisible()
    hands.click(button, button.rect().center())
    assert pressed == [1]
    assert "Unsaved work" not in hands.window.notices.texts


def test_at_900_pixels_every_action_of_the_tool_bar_is_seen_and_in_a_wide_window_the_views_have_words(hands):
    hands.layered()
    bar = hands.window._toolbar
    for width in (900, 1400, 900):
        hands.window.resize(width, 820)
        hands.qtbot.wait(30)
        assert hands.window.width() == width
        for action in bar.actions():
            button = bar.widgetForAction(action)
            if action.isSeparator() or not isinstance(button, QToolButton):
                continue
            assert button.isVisible(), action.text()
            assert bar.rect().contains(button.geometry()), action.text()
        worded = bar.widgetForAction(hands.window.named["difference"]).toolButtonStyle()
        assert (worded == Qt.ToolButtonStyle.ToolButtonTextBesideIcon) == (width == 1400)


def test_at_820_pixels_the_whole_layers_values_are_seen_without_scrolling(hands):
    hands.layered()
    hands.window.resize(1280, 820)
    hands.press("B")
    panel = hands.controller.correct.panel()
    hands.wait(lambda: panel.blend.visibleRegion().boundingRect() == panel.blend.rect(), 3000)
    for widget in (panel.strength, panel.auto, panel.blend):
        assert widget.visibleRegion().boundingRect() == widget.rect()


def test_the_options_and_the_place_of_the_window_come_back(make_hands, home):
    first = make_hands(settings.Settings(theme="dark"))
    first.controller.options.choose({"engine": "classic", "kind": "fog", "candidates": 3})
    first.window.docks["history_dock"].show()
    first.close()
    kept = settings.load()
    assert (kept.engine, kept.kind, kept.candidates) == ("classic", "fog", 3)
    second = make_hands(kept)
    second.window.put_back(kept.geometry, kept.layout)
    assert second.window.docks["history_dock"].isVisible()
    told = second.controller.options.options()
    assert (told.engine, told.kind, told.candidates) == ("classic", "fog", 3)


def test_a_defect_becomes_a_message_and_not_a_traceback(hands, capsys):
    from ui.app import _Hook

    try:
        raise ZeroDivisionError("deep inside")
    except ZeroDivisionError as error:
        _Hook(hands.window.notices)(type(error), error, error.__traceback__)
    assert "Something went wrong inside the viewer" in hands.notices()
    assert "Traceback" not in hands.notices()
