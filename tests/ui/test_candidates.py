"""Several true answers of the embedded engine: seen while they come, flipped in place, starred, and kept."""

import os
import time

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QPointF, QRect, Qt

from bridge.formats import read_composite
from bridge.formats.colour import srgb_profile
from ui import job_notes
from ui.panels import candidates


def small(pixels, width, height):
    """The mean of each part, as float."""
    return np.asarray(Image.fromarray(pixels[..., :3]).resize((width, height), Image.Resampling.BOX), float)


@pytest.fixture
def fog(tmp_path, pytestconfig):
    """The foggy example as a file of a camera: 300 dpi, a profile, Exif."""
    path = tmp_path / "fog.png"
    exif = Image.Exif()
    exif[0x010F] = "Lens & Sons"
    with Image.open(pytestconfig.rootpath / "examples" / "fog.jpg") as picture:
        reduced = picture.resize((320, 214))
        reduced.save(path, dpi=(300, 300), icc_profile=srgb_profile(), exif=exif)
    return path


def taken_apart(hands, path):
    hands.open(path)
    hands.controller.options.choose({"engine": "nano", "kind": "fog", "candidates": 3})
    hands.press("Ctrl+Return")
    document = hands.document
    hands.wait(lambda: not document.working and document.entries)
    return document


def thumbnails(strip):
    cells = (strip.visualItemRect(strip.item(row)) for row in range(strip.count()))
    return [strip.viewport().grab(cell.adjusted(10, 10, -10, -30)).toImage() for cell in cells]


def seen(canvas):
    return canvas.grab(QRect(0, 0, canvas.width(), canvas.height())).toImage()


def exact(hands):
    hands.wait(lambda: hands.controller.layers.inspector.error == 0)


def test_the_background_so_far_is_seen_while_the_embedded_engine_works(live, fog):
    shown = []
    panel = live.controller.options
    live.open(fog)
    document = live.document

    def look():
        if document.preview is not None:
            shown.append((document.preview, document.stage, panel.preview.isVisible(), panel.preview.grab().toImage()))

    document.progress_changed.connect(look)
    taken = live.controller.options
    taken.choose({"engine": "nano", "kind": "fog", "candidates": 1})
    live.press("Ctrl+Return")
    live.wait(lambda: not document.working and document.entries)
    assert shown, "a preview came before the layers"
    preview, stage, visible, _ = shown[0]
    assert stage == "network"
    assert visible
    came = np.frombuffer(preview.rgb, np.uint8).reshape(preview.height, preview.width, 3).astype(float)
    size = preview.width, preview.height
    background = small(document.entries[0].layer.pixels, *size)
    foggy = small(document.composite.pixels, *size)
    assert np.abs(came - background).mean() < 0.5 * np.abs(foggy - background).mean()
    assert document.preview is None, "it goes when the layers are there"


def test_the_answers_flip_in_place_and_each_stacks_to_the_picture(live, fog):
    document = taken_apart(live, fog)
    strip, canvas = live.controller.candidates, live.canvas
    assert strip.count() == 3
    assert {view.info.blend for view in document.candidates} <= {"normal", "screen"}, "fog cannot add or multiply"
    pictures = thumbnails(strip)
    assert all(one != other for n, one in enumerate(pictures) for other in pictures[:n])
    rows = [strip.model().index(row, 0) for row in range(3)]
    repeated = [candidates.said_before(row) for row in rows]
    said = [(view.info.blend, view.info.confidence) for view in document.candidates]
    assert repeated == [one in said[:n] for n, one in enumerate(said)]
    assert any(repeated), "what is drawn anew is no surer"
    live.press("F6")
    live.press("+")
    canvas.pan(30, 20)
    place = canvas.zoom, canvas.to_picture(QPointF(0, 0))
    views = []
    for number in range(3):
        assert document.candidate == number
        assert strip.currentRow() == number
        exact(live)
        live.settle()
        views.append(seen(canvas))
        live.qtbot.keyClick(canvas, Qt.Key.Key_Right)
        live.wait(lambda number=number: document.candidate == (number + 1) % 3)
    assert (canvas.zoom, canvas.to_picture(QPointF(0, 0))) == place
    assert all(one != other for n, one in enumerate(views) for other in views[:n])
    assert document.entries[1].layer.blend.value == document.candidates[0].info.blend
    live.settle()
    assert seen(canvas) == views[0]


def test_the_favourite_and_what_the_file_said_come_back_from_the_history(live, fog, live_home):
    document = taken_apart(live, fog)
    job, came = document.job, document.composite
    assert came.dpi == pytest.approx((300, 300), abs=0.1)
    assert b"Lens & Sons" in (came.metadata.exif or b"")
    live.qtbot.keyClick(live.canvas, Qt.Key.Key_Right)
    live.wait(lambda: document.candidate == 1)
    live.press("F")
    document.set_saved(None)
    live.press("Ctrl+W")
    live.controller._reopen(job)
    live.wait(lambda: live.document is not None and live.document.entries)
    back = live.document
    assert back is not document
    assert [view.favourite for view in back.candidates] == [False, True, False]
    np.testing.assert_array_equal(back.composite.pixels, came.pixels)
    assert (back.composite.dpi, back.composite.icc) == (came.dpi, came.icc)
    assert back.composite.metadata == came.metadata
    path = live_home / "again.psd"
    live.controller.saver.save(back, path)
    live.wait(lambda: not live.controller.background.busy and path.exists())
    saved = read_composite(path)
    assert saved.dpi == pytest.approx((300, 300), abs=0.1)
    assert saved.icc == came.icc
    assert b"Lens & Sons" in (saved.metadata.exif or b"")
    live.controller._forget_jobs([job])
    live.wait(lambda: not (live_home / "viewer" / "jobs" / f"{job}.json").exists())


def test_after_a_crash_candidates_and_favourite_are_there_with_what_was_corrected(make_hands, fog, live_home, crash):
    first = make_hands()
    document = taken_apart(first, fog)
    first.press("F")
    corner = np.full((4, 4, 3), 9, np.uint8)
    document.patch(document.entries[0].key, 0, 0, corner)
    crash(first)
    again = make_hands()
    again.controller.file_actions._restore(again.controller.recovery.offers())
    again.wait(lambda: again.document is not None and again.document.entries)
    assert [view.favourite for view in again.document.candidates] == [True, False, False]
    np.testing.assert_array_equal(again.document.entries[0].layer.pixels[:4, :4], corner)
    again.qtbot.keyClick(again.canvas, Qt.Key.Key_Right)
    again.wait(lambda: again.document.candidate == 1)
    exact(again)
    again.qtbot.keyClick(again.canvas, Qt.Key.Key_Left)
    np.testing.assert_array_equal(again.document.entries[0].layer.pixels[:4, :4], corner)


def test_a_damaged_note_costs_only_what_it_held(home):
    job_notes.keep("0" * 32, job_notes.Note((72.0, 72.0), favourites=(2,)).with_favourite(0, True))
    assert job_notes.read("0" * 32).favourites == (0, 2)
    (home / "viewer" / "jobs" / ("0" * 32 + ".json")).write_text('{"dpi": [1], "exif": 7}')
    assert job_notes.read("0" * 32) == job_notes.Note()
    assert job_notes.read("1" * 32) == job_notes.Note()


def test_notes_go_when_no_job_can_be_as_old(home):
    for job in ("2" * 32, "3" * 32):
        job_notes.keep(job, job_notes.Note(favourites=(1,)))
    old = time.time() - job_notes.LONGEST - 60
    os.utime(home / "viewer" / "jobs" / ("2" * 32 + ".json"), (old, old))
    job_notes.prune()
    assert [job_notes.read(job).favourites for job in ("2" * 32, "3" * 32)] == [(), (1,)]
