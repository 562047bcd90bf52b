"""From a click to layers, against the real daemon, worker and engine."""

import os
import signal
from typing import get_args

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton

from benchmarks.overlay_pictures import Case, draw, logo_overlay
from bridge.formats import encode_flat, read_composite
from bridge.wire import Client, DaemonUnavailable, JobFailed, Options
from bridge.wire.discovery import read_runtime
from bridge.wire.parts import Blend, Kind, Quality
from model.types import BlendType
from ui.panels.engines import MoreEngines
from ui.settings import Settings
from ui.settings import load as load_settings
from ui.words import explain, stage_word, time_left


@pytest.fixture
def foggy(live, scene, tmp_path):
    """A picture opened from a file, with the options that suit it."""

    def open_one(name="fog.png", seed=3, width=96):
        path = tmp_path / name
        with open(path, "wb") as file:
            encode_flat(scene(width, 64, seed=seed), "PNG", file)
        live.open(path)
        live.controller.options.choose({"engine": "classic", "kind": "fog"})
        return live.document

    return open_one


def done(hands, document):
    hands.wait(lambda: not document.working and document.entries)


def test_a_click_takes_the_picture_apart_exactly_and_shows_before_and_after(live, foggy):
    document = foggy()
    stages = []
    document.progress_changed.connect(lambda: stages.append(document.stage))
    start = live.controller.options.start
    live.click(start, start.rect().center())
    assert document.working
    assert live.controller.options.cancel.isVisible()
    assert not live.window.named["decompose"].isEnabled()
    done(live, document)
    assert document.display.mode == "split"
    assert {"connect", "upload", "fetch"} <= set(stages)
    assert len(document.entries) >= 2
    live.wait(lambda: live.controller.layers.inspector.error == 0)
    assert not live.controller.options.cancel.isVisible()
    assert document.unsaved
    live.wait(
        lambda: live.controller.jobs.engine("classic") and live.controller.jobs.engine("classic").state == "loaded"
    )
    assert "classic" in live.window.status.service.text()
    assert "classic (in memory)" in live.controller.options.engine.currentText()
    assert "Memory free: " in live.window.status.service.toolTip()


def test_a_known_overlay_is_taken_from_a_file_or_from_a_layer_of_the_document(live, tmp_path):
    overlay = logo_overlay(np.random.default_rng(3), 120)
    ramp = np.linspace(40, 200, 200 * 150).reshape(150, 200).astype(np.uint8)
    photo = np.dstack([ramp, ramp[::-1], ramp[:, ::-1]])
    place = np.array([[0.6, 0, 50], [0, 0.6, 30]])
    drawn = draw(Case(0, "logo", overlay, (place,), 0.5, BlendType.NORMAL), photo)
    for name, pixels in (("logo.png", overlay), ("photo.png", drawn.composite)):
        with open(tmp_path / name, "wb") as file:
            encode_flat(pixels, "PNG", file)
    live.open(tmp_path / "photo.png")
    document, panel = live.document, live.controller.options
    assert panel.overlay.source() is None
    panel.overlay.choose_file(tmp_path / "logo.png")
    assert panel.overlay.currentText() == "logo.png"
    live.click(panel.start, panel.start.rect().center())
    done(live, document)
    assert document.candidates[0].info.engine == "overlay"
    assert np.abs(document.entries[0].layer.pixels[..., :3].astype(int) - photo).mean() < 1
    found = document.entries[1]
    panel.overlay.setCurrentIndex(panel.overlay.findData(found.key))
    assert panel.overlay.source() is found.layer


@pytest.mark.parametrize(("number", "kind"), [(0, "watermark"), (1, "fog"), (2, "rain")])
def test_each_example_of_the_first_page_is_decomposed_by_the_keyboard(live, number, kind):
    card = live.controller.welcome.cards[number]
    card.setFocus()
    live.qtbot.keyClick(card, Qt.Key.Key_Return)
    live.wait(lambda: live.document is not None)
    document = live.document
    done(live, document)
    live.wait(lambda: live.controller.layers.inspector.error == 0)
    assert document.path is None, "the example itself is not the artist's file"
    assert document.candidates[0].info.kind == kind


def test_every_option_of_the_wire_can_be_chosen(live):
    panel = live.controller.options

    def offered(box):
        return {box.itemData(row) for row in range(box.count())}

    assert offered(panel.kind) == {"", *get_args(Kind)}
    assert offered(panel.blend) == {"", *get_args(Blend)}
    assert offered(panel.quality) == set(get_args(Quality))
    live.wait(lambda: any(engine.state == "unavailable" for engine in live.controller.jobs.engines))
    can_run = {engine.name for engine in live.controller.jobs.engines if engine.state != "unavailable"}
    assert offered(panel.engine) == {*can_run, None, ""}, "with a line and the entry for the others"
    wanted = Options(
        "classic", "screen", "glass", "the pane", (1.0, 0.5, 0.0), seed=7, candidates=3, layers=2, quality="best"
    )
    names = "engine", "blend", "kind", "quality", "seed", "candidates", "layers"
    panel.choose({name: getattr(wanted, name) for name in names})
    panel.prompt.setText(f" {wanted.prompt} ")
    panel.colour.set_colour(wanted.colour)
    assert panel.options() == wanted


def test_several_pictures_wait_in_the_queue_and_all_are_done(live, foggy):
    documents = [foggy(f"{n}.png", n) for n in range(3)]
    live.press("Ctrl+Shift+Return")
    assert all(document.working for document in documents)
    for document in documents:
        done(live, document)
    assert len({document.job for document in documents}) == 3


def test_a_cancelled_job_leaves_the_picture_and_says_nothing_alarming(live, foggy):
    document = foggy()
    live.press("Ctrl+Return")
    assert document.working
    live.press("Esc")
    live.wait(lambda: not document.working)
    assert not document.entries or document.job, "either it was cancelled or it had ended before"
    assert live.window.notices.texts == []
    live.press("Ctrl+Return")
    done(live, document)


def test_a_daemon_killed_in_the_middle_is_started_again_and_nothing_is_lost(live, foggy, live_home):
    document = foggy(width=640)
    live.press("Ctrl+Return")
    live.wait(lambda: document.stage not in ("", "connect", "upload"))
    runtime = read_runtime(live_home)
    assert runtime is not None
    os.kill(runtime.pid, signal.SIGKILL)
    done(live, document)
    live.wait(lambda: live.controller.layers.inspector.error == 0)
    fresh = read_runtime(live_home)
    assert fresh is not None
    assert fresh.pid != runtime.pid


def test_engines_that_cannot_run_are_told_with_size_licence_needs_and_a_command_to_copy(live):
    live.wait(lambda: any(engine.state == "unavailable" for engine in live.controller.jobs.engines))
    box = live.controller.options.engine
    assert [box.itemText(row) for row in range(box.count())][-1] == "More engines…"
    assert not any("flux" in box.itemText(row) for row in range(box.count()))
    box.setCurrentIndex(box.count() - 1)
    box.activated.emit(box.count() - 1)
    assert box.currentData() == "nano"
    about = live.window.findChild(MoreEngines)
    text = "\n".join(label.text() for label in about.findChildren(QLabel))
    for part in ("33.7 GB", "57.7 GB", "Apache-2.0", "FLUX.1 [dev] Non-Commercial License", "at least 6 GB"):
        assert part in text
    copies = [button for button in about.findChildren(QPushButton) if button.text() == "Copy Command"]
    live.click(copies[-1], copies[-1].rect().center())
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() == "diffdecompose engines install qwen-layered"
    about.reject()


def test_an_engine_of_the_last_time_that_cannot_run_is_replaced_and_it_is_said_why(make_hands, live_home):
    hands = make_hands(Settings(theme="dark", engine="flux"))
    hands.controller.begin([])
    options = hands.controller.options
    assert options.engine.currentData() == "flux", "until the service has answered"
    hands.wait(lambda: options.engine.refused)
    assert options.options().engine == "nano"
    assert options.state.text() == f"flux cannot run: {hands.controller.jobs.engine('flux').detail}"


def test_an_engine_that_failed_is_not_what_the_next_start_begins_with(live, foggy, qtbot):
    document = foggy()
    jobs, options = live.controller.jobs, live.controller.options
    with qtbot.waitSignal(jobs.engine_failed, timeout=60_000) as failed:
        jobs.start(document, Options(engine="flux"))
    assert failed.args == ["flux"]
    live.wait(lambda: live.window.notices.texts)
    assert "Traceback" not in live.notices()
    jobs.engine_failed.emit("classic")
    options.choose({"quality": "fast"})
    assert (load_settings().engine, load_settings().quality) == ("nano", "fast")
    assert options.options().engine == "classic", "it stays chosen, for another try with other options"
    live.press("Ctrl+Return")
    done(live, document)
    live.wait(lambda: load_settings().engine == "classic")


def test_fewer_candidates_than_asked_for_are_said(live, foggy):
    document = foggy()
    live.controller.options.choose({"candidates": 3})
    live.press("Ctrl+Return")
    done(live, document)
    live.wait(lambda: "You asked for 3 candidates; the engine found only 1." in live.notices())


def test_without_a_daemon_the_reason_and_the_next_step_are_said(hands, scene):
    hands.show(scene())
    hands.press("Ctrl+Return")
    hands.wait(lambda: hands.window.notices.texts)
    assert "not installed" in hands.notices()
    assert "diffdecompose serve" in hands.notices()
    hands.wait(lambda: "not reached" in hands.window.status.service.text())


def test_a_marked_area_is_the_hint_unless_something_else_is_chosen(live, foggy):
    document = foggy()
    options = live.controller.options
    assert not options.meaning.isEnabled()
    area = np.zeros((64, 96), np.uint8)
    area[16:48, 24:72] = 255
    document.set_area(area)
    assert options.area_meaning == "hint"
    options.meaning.setCurrentIndex(options.meaning.findData("selection"))
    live.press("Ctrl+Return")
    done(live, document)
    background = document.entries[0].layer.pixels
    outside = area == 0
    np.testing.assert_array_equal(background[outside], document.composite.pixels[outside])


@pytest.mark.parametrize("size", [(1, 1), (30_000, 32)])
def test_a_picture_of_one_pixel_and_a_very_long_one_are_taken_apart_or_said_to_have_no_layers(live, size, tmp_path):
    width, height = size
    x = np.linspace(60, 120, width)[None, :, None]
    pixels = np.broadcast_to(x + np.array([0, 20, 40]), (height, width, 3)).astype(np.uint8)
    pixels[height // 4 : height // 2, width // 3 : width // 2] = 240
    document = live.show(pixels, "odd.png")
    live.controller.options.choose({"engine": "nano", "kind": "watermark", "quality": "fast"})
    live.press("Ctrl+Return")
    live.wait(lambda: not document.working)
    assert document.entries or "No layer was found" in live.notices()
    assert "wrong inside" not in live.notices()
    if not document.entries:
        live.again(document)
    live.wait(lambda: live.controller.layers.inspector.error == 0)
    live.settle()
    live.controller.saver.save(document, tmp_path / "odd.psd")
    live.wait(lambda: not live.controller.background.busy)
    assert not document.unsaved, live.notices()
    np.testing.assert_array_equal(read_composite(tmp_path / "odd.psd").pixels, pixels)


def test_history_lists_opens_again_and_deletes(live, foggy, live_home):
    document = foggy("walk.png", 8)
    live.press("Ctrl+Return")
    done(live, document)
    kept = [entry.layer.pixels.copy() for entry in document.entries]
    job = document.job
    document.set_saved(None)
    live.press("Ctrl+W")
    live.press("Ctrl+H", live.window)
    panel = live.controller.history
    live.wait(lambda: any(one.info.job == job and one.preview for one in panel.past))
    row = next(n for n, one in enumerate(panel.past) if one.info.job == job)
    panel.list.setCurrentRow(row)
    live.click(panel.open, panel.open.rect().center())
    live.wait(lambda: live.document is not None and live.document.entries)
    assert live.document.title == "walk.png"
    for before, after in zip(kept, live.document.entries, strict=True):
        np.testing.assert_array_equal(after.layer.pixels, before)
    live.wait(lambda: live.controller.layers.inspector.error == 0)
    live.wait(lambda: not live.controller.background.busy)
    row = next(n for n, one in enumerate(panel.past) if one.info.job == job)
    panel.list.setCurrentRow(row)
    panel.list.setFocus()
    live.qtbot.keyClick(panel.list, Qt.Key.Key_Delete)
    live.wait(lambda: all(one.info.job != job for one in panel.past))
    with Client.connect("tests", folder=live_home) as client:
        assert all(info.job != job for info in client.jobs())


def test_closing_in_the_middle_keeps_the_job_for_the_next_start(make_hands, live_home, scene, tmp_path):
    path = tmp_path / "later.png"
    with open(path, "wb") as file:
        encode_flat(scene(320, 200), "PNG", file)
    first = make_hands()
    first.open(path)
    first.controller.options.choose({"engine": "classic", "kind": "fog"})
    first.press("Ctrl+Return")
    document = first.document
    first.wait(lambda: document.stage not in ("", "connect", "upload"))
    first.window.close()
    (box,) = [w for w in first.window.findChildren(QMessageBox)]
    keep = box.defaultButton()
    first.click(keep, keep.rect().center())
    assert not first.window.isVisible()
    second = make_hands()
    second.controller.begin([])
    (card,) = [c for c in second.window.notices._cards if "later.png" in c.accessibleName()]
    button = next(b for b in card.findChildren(QPushButton))
    second.click(button, button.rect().center())
    second.wait(lambda: second.document is not None and second.document.entries)
    assert second.document.title == "later.png"
    np.testing.assert_array_equal(second.document.composite.pixels, scene(320, 200))


def test_failures_are_told_in_plain_words():
    memory = explain(JobFailed("out_of_memory", "the device ran out of memory", "choose quality 'fast'"))
    assert memory.what == "The device ran out of memory."
    assert memory.advice == "Choose quality 'fast'."
    lost = explain(DaemonUnavailable("no daemon answers", "run 'diffdecompose doctor'", ("last line",)))
    assert lost.log_lines == ("last line",)
    assert stage_word("network") == "Looking for layers"
    assert [time_left(s) for s in (None, 1, 7, 33, 300)] == [
        "", "almost done", "about 7 s left", "about 35 s left", "about 5 min left",
    ]  # fmt: skip
