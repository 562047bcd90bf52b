"""Unsaved work after a crash: kept, offered, brought back."""

import json
import os

import numpy as np
import pytest

from ui import recovery, settings


def corrected(hands):
    """A picture whose layers were changed by hand, still stacking to it."""
    document = hands.layered()
    document.job = ""
    document.patch(document.entries[0].key, 10, 10, np.full((4, 4, 3), 7, np.uint8))
    document.change("name", document.active, name="Mist")
    return document


@pytest.fixture
def offered(make_hands, home):
    def start():
        hands = make_hands()
        hands.controller.jobs.ask_engines = lambda: None
        hands.controller.begin([])
        return hands

    return start


def test_corrected_layers_come_back_as_they_were(make_hands, home, offered, laid_out, crash):
    first = make_hands()
    document = corrected(first)
    pixels = [laid_out(entry.layer, document.size) for entry in document.entries]
    crash(first)
    second = offered()
    assert "picture.png" in second.notices()
    second.controller.file_actions._restore(second.controller.recovery.offers())
    second.wait(lambda: second.document is not None and second.document.entries)
    assert [entry.layer.name for entry in second.document.entries] == ["Background", "Mist"]
    for before, after in zip(pixels, second.document.entries, strict=True):
        np.testing.assert_array_equal(laid_out(after.layer, document.size), before)
    np.testing.assert_array_equal(second.document.composite.pixels, document.composite.pixels)
    assert second.document.unsaved


def test_unsaved_work_names_each_picture_once(make_hands, home, offered, crash):
    first = make_hands()
    for _ in range(6):
        corrected(first)
    first.layered().title = "other.png"
    crash(first)
    second = offered()
    (said,) = second.window.notices.texts
    assert said.count("picture.png") == 1
    assert "other.png" in said
    assert "…" not in said
    assert len(second.controller.recovery.offers()) == 7


def test_saved_work_is_not_offered(make_hands, home, offered, tmp_path, crash):
    first = make_hands()
    document = corrected(first)
    first.controller.recovery.write_now()
    first.controller.saver.save(document, tmp_path / "a.psd")
    first.wait(lambda: not document.unsaved)
    crash(first)
    assert offered().window.notices.texts == []


def test_a_second_viewer_is_not_offered_what_the_first_has_open(make_hands, home, offered):
    first = make_hands()
    corrected(first)
    first.controller.recovery.write_now()
    first.wait(lambda: list((settings.viewer_folder() / "recovery").glob("*.json")))
    assert offered().window.notices.texts == []


def test_a_crashed_viewers_work_is_offered_though_its_process_id_is_somebody_elses_by_now(
    make_hands, home, offered, crash
):
    first = make_hands()
    corrected(first)
    crash(first)
    for path in (settings.viewer_folder() / "recovery").glob("*.json"):
        told = json.loads(path.read_text("utf-8"))
        assert told["lock"]
        path.write_text(json.dumps({**told, "pid": os.getpid()}))
    assert "picture.png" in offered().notices()


def test_a_viewer_that_ends_leaves_no_lock(make_hands, home):
    first = make_hands()
    corrected(first)
    first.controller.recovery.write_now()
    folder = settings.viewer_folder() / "recovery"
    assert len(list(folder.glob("*.lock"))) == 1
    first.close()
    assert not list(folder.glob("*.lock"))


def test_a_damaged_record_is_passed_over(make_hands, home, offered):
    folder = settings.viewer_folder() / "recovery"
    folder.mkdir()
    (folder / "a.json").write_text("{")
    (folder / "b.json").write_text('{"id": "b", "pid": 1, "kept": [{"nonsense": 1}]}')
    (folder / "c.json").write_text("[]")
    hands = offered()
    assert hands.window.notices.texts == []
    assert recovery._read(folder / "c.json") is None
