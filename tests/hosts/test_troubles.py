"""What goes wrong leaves the document as it was, and the message says what to do. Several things at once work."""

import time

import numpy as np
import pytest

from tests.hosts.conftest import OUT, difference, picture
from tests.hosts.stage import wait_for


def untouched(host, key, original) -> bool:
    same = difference(host.flat(key, original), original) == 0
    return same and host.tree(key) == [["photo", "normal", True, 1.0, []]]


# Krita


def test_cancel_in_krita_ends_the_job_and_changes_nothing(krita, house):
    original = picture()
    key = krita.open(original)
    krita.start(key, prompt="slow")
    krita.program.wait_until("rows() == 1")
    time.sleep(1.5)
    krita.stage.photograph(OUT / "krita-progress.png")
    krita.ask("press_cancel()")
    started = time.monotonic()
    message = krita.trouble()
    assert "Cancelled" in message
    assert "not changed" in message
    assert time.monotonic() - started < 5
    krita.at_rest()
    assert untouched(krita, key, original)


def test_running_out_of_memory_says_what_to_choose(krita, gimp):
    original = picture()
    for host in (krita, gimp):
        key = host.open(original)
        message = host.failure(key, prompt="oom")
        assert "memory" in message
        assert "fast" in message
        assert untouched(host, key, original)


def test_nothing_found_says_so(krita, gimp):
    original = picture()
    for host in (krita, gimp):
        key = host.open(original)
        assert "No layer was found" in host.failure(key, prompt="nothing")
        assert untouched(host, key, original)


def test_a_missing_selection_is_told_before_anything_starts(krita, gimp):
    for host in (krita, gimp):
        key = host.open(picture())
        assert "Nothing is selected" in host.failure(key, area="selection")


def test_krita_tells_the_way_out_for_cmyk(krita):
    krita.ask("new('cmyk', 64, 48, 'CMYKA', 'U8')")
    krita.program.wait_until("ready('cmyk')")
    message = krita.failure("cmyk")
    assert "Convert" in message
    assert "RGB" in message


def test_a_killed_service_that_cannot_be_started_again_is_told(krita, house):
    original = picture()
    key = krita.open(original)
    krita.start(key, prompt="slow")
    krita.program.wait_until("rows() == 1")
    time.sleep(0.7)
    house.kill()
    (house.folder / "install.json").unlink()
    try:
        message = krita.trouble()
        assert "service" in message or "daemon" in message
        assert "diffdecompose" in message
        krita.at_rest()
        assert untouched(krita, key, original)
    finally:
        house.start()


def test_a_killed_service_is_started_again_and_finishes_the_job(krita, house):
    original = picture()
    key = krita.open(original)
    krita.start(key, prompt="slow")
    krita.program.wait_until("rows() == 1")
    time.sleep(0.7)
    house.kill()  # the client finds it gone, starts it, and follows its job again
    wait_for(lambda: krita.groups(key) or krita.ask("messages()"), 60)
    assert krita.ask("messages()") == []
    krita.at_rest()
    assert difference(krita.flat(key, original), original) == 0


def test_a_service_that_is_not_installed_is_told(krita, gimp, house):
    for host in (krita, gimp):
        key = host.open(picture())
        with house.not_installed():
            message = host.failure(key)
        assert "not installed" in message
        assert "diffdecompose serve" in message


def test_a_service_of_another_version_is_told(krita, gimp, house):
    keys = [(host, host.open(picture())) for host in (krita, gimp)]
    house.kill()
    house.start("2")
    try:
        for host, key in keys:
            message = host.failure(key)
            assert "different versions" in message
            assert "update" in message.lower()
    finally:
        house.kill()
        house.start()


def test_two_runs_at_once_each_find_their_own_document(krita):
    pictures = [picture(seed=11), picture(seed=12)]
    keys = []
    for original, prompt in zip(pictures, ("slow disc", "disc"), strict=True):
        keys.append(krita.open(original))
        krita.start(keys[-1], prompt=prompt, blend="normal")
    assert krita.ask("rows()") == 2
    for key in keys:
        wait_for(lambda key=key: krita.groups(key), 60)
    krita.at_rest()
    for key, original in zip(keys, pictures, strict=True):
        assert len(krita.groups(key)) == 1
        assert difference(krita.flat(key, original), original) == 0


def test_a_document_closed_during_a_run_leaves_the_result_in_a_new_one(krita):
    original = picture()
    key = krita.open(original)
    krita.start(key, prompt="slow", blend="normal")
    krita.program.wait_until("rows() == 1")
    krita.ask("close(key)", key=key)
    krita.program.wait_until("len(opened()) == 1", 60)
    krita.at_rest()
    krita.ask("adopt('result')")
    assert len(krita.groups("result")) == 1
    assert difference(krita.flat("result", original), original) == 0


@pytest.mark.parametrize("change", ["paint", "delete"])
def test_a_picture_changed_during_a_run_is_left_alone(krita, change):
    original = picture()
    key = krita.open(original)
    krita.paint(key, picture(seed=5), fresh=True)
    krita.start(key, prompt="slow", blend="normal")
    krita.program.wait_until("rows() == 1")
    if change == "paint":
        krita.paint(key, np.full((20, 20, 4), 255, np.uint8), offset=(10, 10))
        krita.ask("top(key).setPixelData(QByteArray(bytes(400)), 5, 5, 10, 10)", key=key)
    else:
        krita.ask("top(key).remove()", key=key)
    before = krita.tree(key)
    krita.program.wait_until("len(opened()) == 2", 60)
    krita.at_rest()
    assert krita.tree(key) == before
    krita.ask("adopt('result')")
    assert difference(krita.flat("result", original), picture(seed=5)) == 0


def start_in_gimp(gimp, **choice) -> str:
    """A run through menu and dialog, as an artist starts it; returns the window of its progress."""
    gimp.remember(**choice)
    dialog = gimp.open_dialog()
    gimp.stage.pointer("key", "Return")
    wait_for(lambda: dialog not in gimp.stage.windows("^Decompose Layers$"))
    return wait_for(lambda: gimp.stage.windows("^Decompose Layers$"))[0]


def test_an_image_closed_during_a_run_in_gimp_leaves_the_result_in_a_new_one(gimp):
    original = picture()
    key = gimp.open(original)
    start_in_gimp(gimp, prompt="slow", blend="normal")
    gimp.ask("close(key)", key=key)
    assert gimp.ask("opened()") == []
    wait_for(lambda: gimp.ask("len(opened()) == 1"), 60)
    wait_for(lambda: not gimp.stage.windows("^Decompose Layers$"))
    gimp.ask("adopt('result')")
    assert len(gimp.groups("result")) == 1
    assert difference(gimp.flat("result", original), original) == 0


def test_cancel_in_gimp_ends_the_job_and_changes_nothing(gimp, house):
    original = picture()
    key = gimp.open(original)
    window = start_in_gimp(gimp, prompt="slow")
    gimp.stage.pointer("windowactivate", "--sync", window)
    time.sleep(1.5)
    gimp.stage.photograph(OUT / "gimp-progress.png")
    gimp.stage.pointer("key", "space")  # Cancel is the one thing in the window that takes keys
    wait_for(lambda: window not in gimp.stage.windows("^Decompose Layers$"), 10)
    assert untouched(gimp, key, original)
    assert house.jobs()[0].state == "cancelled"
