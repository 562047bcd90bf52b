"""What goes wrong leaves the document as it was, and the message says what to do."""

import json
import time

import pytest

from tests.hosts.conftest import difference, picture
from tests.hosts.stage import wait_for


def untouched(host, key, original) -> bool:
    same = difference(host.flat(key, original), original) == 0
    return same and host.tree(key) == [["photo", "normal", True, 1.0, []]]


def test_cancel_in_krita_ends_the_job_and_changes_nothing(krita, house):
    original = picture()
    key = krita.open(original)
    krita.to_front()
    with house.held():
        krita.start(key, prompt="held")
        krita.program.wait_until("progress() > 150")
        krita.photograph("progress")
        krita.ask("press_cancel()")
        started = time.monotonic()
        message = krita.error_message()
        assert "Cancelled" in message
        assert "not changed" in message
        assert time.monotonic() - started < 5
        krita.at_rest()
    assert untouched(krita, key, original)
    assert house.jobs()[0].state == "cancelled"


def test_cancel_in_gimp_ends_the_job_and_changes_nothing(gimp, house):
    original = picture()
    key = gimp.open(original)
    with house.held():
        window = gimp.start(prompt="held")
        gimp.stage.pointer("windowactivate", "--sync", window)
        wait_for(house.busy)
        time.sleep(0.5)
        gimp.photograph("progress")
        gimp.stage.pointer("key", "space")  # Cancel is the one thing in the window that takes keys
        wait_for(lambda: window not in gimp.stage.windows("^Decompose Layers$"), 10)
    assert untouched(gimp, key, original)
    assert house.jobs()[0].state == "cancelled"


def test_running_out_of_memory_says_what_to_choose(host):
    original = picture()
    key = host.open(original)
    message = host.failure(key, prompt="oom")
    assert "memory" in message
    assert "fast" in message
    assert untouched(host, key, original)


def test_the_next_start_in_krita_does_not_begin_with_an_engine_that_failed(krita):
    key = krita.open(picture())
    krita.failure(key, prompt="oom")
    kept = json.loads(krita.ask("app.readSetting('diffdecompose', 'choice', '')"))
    assert (kept["engine"], kept["prompt"]) == ("nano", "oom")


def test_the_next_start_in_gimp_does_not_begin_with_an_engine_that_failed(gimp, house):
    key = gimp.open(picture())
    gimp.failure(key, prompt="oom")
    gimp.start(kind="fog")  # with flux as the engine of the last time
    gimp.at_rest()
    assert house.jobs()[0].engine == "nano"


def test_nothing_found_says_so_and_what_to_try_next(host):
    original = picture()
    key = host.open(original)
    message = host.failure(key, prompt="nothing")
    assert "No layer was found" in message
    assert "Say what the foreground is" in message
    assert "select where the foreground is" in message
    assert untouched(host, key, original)


def test_a_missing_selection_is_told_before_anything_starts(host):
    key = host.open(picture())
    assert "Nothing is selected" in host.failure(key, area="selection")


@pytest.mark.parametrize("model", ["CMYKA", "LABA"])
def test_krita_tells_the_way_out_of_other_colour_models(krita, model):
    krita.ask("new(model, 64, 48, model, 'U16')", model=model)
    krita.program.wait_until("ready(model)", model=model)
    message = krita.failure(model)
    assert "Convert" in message
    assert "RGB" in message


def test_gimp_tells_the_way_out_of_a_palette(gimp):
    key = gimp.open(picture())
    gimp.ask("to_palette(key)", key=key)
    message = gimp.failure(key)
    assert "palette" in message
    assert "Image > Mode > RGB" in message


def test_a_service_that_is_not_installed_is_told(host, house):
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


def test_a_message_in_krita_stops_nothing_and_can_be_read(krita):
    key = krita.open(picture())
    krita.to_front()
    krita.start(key, prompt="oom")
    wait_for(lambda: krita.ask("messages()"), 40)
    time.sleep(0.5)
    krita.photograph("message")
    assert krita.ask("QApplication.activeModalWidget() is None")
    krita.ask("quiet()")


def test_a_message_in_gimp_can_be_read(gimp, house):
    gimp.open(picture())
    with house.held():  # its window stays long enough to be seen
        gimp.start(prompt="held oom")
    wait_for(lambda: gimp.stage.windows("^GIMP Message$"), 40)
    time.sleep(0.5)
    gimp.photograph("message")
