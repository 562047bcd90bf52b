"""The main states as pictures, to be looked at: in the folder that $SCREENSHOTS names, or the test's own.

Offscreen; on a display, a virtual one too, with QT_QPA_PLATFORM=xcb.
"""

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtWidgets import QApplication, QLabel, QPushButton

from bridge.formats import read_composite
from bridge.wire import EngineInfo, JobInfo, Preview
from ui import settings
from ui.jobs import PastJob
from ui.notices import Notice
from ui.palette import Palette
from ui.preferences import Preferences
from ui.session import Mode
from ui.words import UserError

STATES = (
    "welcome", "working", "split", "candidates", "difference", "trouble", "correct", "history", "palette", "settings",
)  # fmt: skip


def small(pixels):
    """What an engine shows while it works."""
    few = np.ascontiguousarray(pixels[::5, ::5])
    return Preview(few.shape[1], few.shape[0], few.tobytes())


def working(hands, pixels):
    document = hands.show(pixels, "fog.jpg")
    document.set_working(True)
    document.set_progress("network", 0.4, 12.0, small(pixels))


def history(hands, pixels):
    states = ("done", "done", "failed", "queued")
    names = "fog.jpg", "a picture with a name that is much longer than its line is wide.tiff", "x.png", ""
    hands.press("Ctrl+H", hands.window)
    job = JobInfo("0" * 32, "done", "nano", width=6000, height=4000, created=time.time(), size=48_000_000)
    past = [
        PastJob(
            replace(job, job=str(number) * 32, state=state, title=name), small(pixels) if state == "done" else None, 1
        )
        for number, (state, name) in enumerate(zip(states, names, strict=True))
    ]
    hands.wait(lambda: not hands.controller.background.busy)
    hands.controller.history.show_past(past)
    hands.controller.history.list.setCurrentRow(1)


def error(hands, pixels):
    hands.controller.options.more.setChecked(True)
    hands.window.notices.error(UserError("The service ended.", "Start it again.", ("a line of its log",)))
    hands.window.notices.show(
        Notice("Unsaved work was kept: fog.jpg", level="warn", button="Bring back", act=lambda: None)
    )


def correct(hands, pixels):
    hands.click(hands.window._toolbar.widgetForAction(hands.window.named["tool_correct"]))
    next(tool for tool in hands.window.tools if tool.name == "correct").panel().set_colour((0.9, 0.4, 0.1))


def bring(hands, state, pixels):
    """Returns what is to be photographed beside the window, or nothing."""
    engines = (EngineInfo("nano", "loaded"), EngineInfo("flux", "unavailable", "its weights are missing", "cuda"))
    hands.controller.options.show_engines(engines, None)
    if state == "welcome":
        return None
    if state == "working":
        working(hands, pixels)
        return None
    document = hands.layered(pixels, candidates=3 if state == "candidates" else 1)
    document.show_as(mode=Mode.DIFFERENCE if state == "difference" else Mode.SPLIT)
    if state in ("history", "trouble", "correct"):
        {"history": history, "trouble": error, "correct": correct}[state](hands, pixels)
    hands.wait(lambda: hands.controller.layers.inspector.error == 0)
    hands.settle()
    if state == "palette":
        over = Palette(hands.window, hands.window.named.values())
        over.show_over(hands.window)
        over.line.setText("lay")
        return over
    if state == "settings":
        over = Preferences(hands.window, hands.controller.settings)
        over.show()
        return over
    return None


@pytest.fixture(scope="module")
def example():
    return read_composite(Path(__file__).parents[2] / "examples" / "fog.jpg").pixels


def assert_nothing_is_cut_off(window):
    for widget in window.findChildren((QLabel, QPushButton)):
        if widget.isVisible() and widget.text() and "<" not in widget.text():
            wrapped = isinstance(widget, QLabel) and widget.wordWrap()
            needed = widget.heightForWidth(widget.width()) if wrapped else widget.minimumSizeHint().height()
            assert widget.height() >= needed - 2, f"{widget.text()!r} is cut off below"
            if not wrapped:
                assert widget.width() >= widget.minimumSizeHint().width() - 2, f"{widget.text()!r} is cut off"


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("state", STATES)
def test_each_state_is_drawn_without_clipped_words(make_hands, tmp_path, state, theme, home, example):
    hands = make_hands(settings.Settings(theme=theme))
    over = bring(hands, state, example)
    hands.qtbot.wait(60)
    QApplication.processEvents()
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(exist_ok=True)
    shown = over or hands.window
    image = shown.grab().toImage()
    assert image.save(str(folder / f"{state}-{theme}.png"))
    assert len({image.pixel(x, y) for x in range(0, image.width(), 20) for y in range(0, image.height(), 20)}) > 5
    assert_nothing_is_cut_off(shown)
    if over is not None:
        over.close()


@pytest.mark.parametrize(
    ("theme", "example", "candidates"), [("dark", "watermark-tiled", 1), ("light", "fog", 4)], ids=["dark", "light"]
)
def test_the_readmes_pictures_show_what_the_engine_makes_of_the_examples(
    make_hands, tmp_path, live_home, theme, example, candidates
):
    """examples/results/viewer-*.jpg are made by this, with $SCREENSHOTS naming that folder."""
    hands = make_hands(settings.Settings(theme=theme))
    hands.window.resize(1280, 800)
    hands.controller.begin([])
    hands.open(Path(__file__).parents[2] / "examples" / f"{example}.jpg")
    hands.controller.options.choose({"engine": "nano", "candidates": candidates})
    hands.click(hands.controller.options.start, hands.controller.options.start.rect().center())
    hands.wait(lambda: not hands.document.working and hands.document.entries)
    hands.wait(lambda: hands.controller.layers.inspector.error == 0)
    assert (len(hands.document.candidates) > 1) == (candidates > 1)
    if candidates > 1:
        hands.click(hands.window._toolbar.widgetForAction(hands.window.named["tool_correct"]))
    hands.wait(lambda: "nano" in hands.window.status.service.text())
    hands.settle()
    hands.qtbot.wait(60)
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    assert hands.window.grab().toImage().save(str(folder / f"viewer-{theme}.jpg"), quality=92)
