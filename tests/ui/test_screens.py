"""The main states as pictures, to be looked at: in the folder that $SCREENSHOTS names, or the test's own."""

import os
from pathlib import Path

import numpy as np
import pytest

from ui import settings
from ui.notices import Notice
from ui.session import Mode
from ui.words import Trouble

STATES = ("welcome", "working", "split", "candidates", "difference", "trouble")


def bring(hands, state):
    if state == "welcome":
        return
    if state == "working":
        document = hands.show(np.zeros((64, 96, 3), np.uint8))
        document.set_working(True)
        document.set_progress("network", 0.4, 12.0)
        return
    document = hands.layered(candidates=3 if state == "candidates" else 1)
    document.show_as(mode=Mode.DIFFERENCE if state == "difference" else Mode.SPLIT)
    hands.settle()
    if state == "trouble":
        hands.desk.options.more.setChecked(True)
        hands.window.notices.trouble(Trouble("The service ended.", "Start it again.", ("a line of its log",)))
        hands.window.notices.show(Notice("Unsaved work was kept: fog.jpg", level="warn", button="Bring back"))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("state", STATES)
def test_each_state_is_drawn_without_clipped_words(make_hands, tmp_path, state, theme, home):
    from PyQt6.QtWidgets import QLabel, QPushButton

    hands = make_hands(settings.Settings(theme=theme))
    bring(hands, state)
    hands.qtbot.wait(50)
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(exist_ok=True)
    image = hands.window.grab().toImage()
    assert image.save(str(folder / f"{state}-{theme}.png"))
    assert len({image.pixel(x, y) for x in range(0, image.width(), 40) for y in range(0, image.height(), 40)}) > 5
    for widget in hands.window.findChildren((QLabel, QPushButton)):
        if widget.isVisible() and widget.text() and "<" not in widget.text():
            wrapped = isinstance(widget, QLabel) and widget.wordWrap()
            needed = widget.heightForWidth(widget.width()) if wrapped else widget.minimumSizeHint().height()
            assert widget.height() >= needed - 2, f"{widget.text()!r} is cut off below"
            if not wrapped:
                assert widget.width() >= widget.minimumSizeHint().width() - 2, f"{widget.text()!r} is cut off"
