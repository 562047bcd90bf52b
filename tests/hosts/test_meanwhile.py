"""What happens while a job runs: the service dies, the document goes or changes, a second job starts."""

import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest

from tests.hosts.conftest import difference, picture
from tests.hosts.stage import wait_for
from tests.hosts.test_errors import untouched


@contextmanager
def killed_in_the_middle(house):
    """The service is killed once the job runs; meanwhile the caller waits in the program."""

    def kill():
        wait_for(house.busy)
        house.kill()
        house.release()

    with house.held():
        killer = threading.Thread(target=kill)
        killer.start()
        yield
        killer.join()


def test_a_killed_service_that_cannot_be_started_again_is_told(host, house):
    original = picture()
    key = host.open(original)
    (house.folder / "install.json").rename(house.folder / "install.away")
    try:
        with killed_in_the_middle(house):
            message = host.failure(key, prompt="held")
        assert "service" in message or "daemon" in message
        assert "diffdecompose" in message
        assert untouched(host, key, original)
    finally:
        house.start()


def test_a_killed_service_is_started_again_and_finishes_the_job(host, house):
    original = picture()
    key = host.open(original)
    with killed_in_the_middle(house):  # the client finds it gone, starts it, and follows its job again
        host.decompose(key, prompt="held", blend="normal")
    assert len(host.groups(key)) == 1
    assert difference(host.flat(key, original), original) == 0


def test_two_runs_at_once_in_krita_each_find_their_own_document(krita, house):
    pictures = [picture(seed=11), picture(seed=12)]
    keys = []
    with house.held():
        for original, prompt in zip(pictures, ("held", "disc"), strict=True):
            keys.append(krita.open(original))
            krita.start(keys[-1], prompt=prompt, blend="normal")
        assert krita.ask("rows()") == 2
    for key in keys:
        wait_for(lambda key=key: krita.groups(key), 60)
    krita.at_rest()
    for key, original in zip(keys, pictures, strict=True):
        assert len(krita.groups(key)) == 1
        assert difference(krita.flat(key, original), original) == 0


def test_two_runs_at_once_in_gimp_each_find_their_own_image(gimp, house):
    held, quick = picture(seed=11), picture(seed=12)
    first = gimp.open(held)
    with house.held():
        gimp.start(prompt="held", blend="normal")
        wait_for(house.busy)
        second = gimp.open(quick)
        assert gimp.groups(first) == []
        both = threading.Thread(target=lambda: wait_for(house.waiting) and house.release())
        both.start()
        gimp.decompose(second, blend="normal")
        both.join()
    gimp.at_rest()
    for key, original in ((first, held), (second, quick)):
        assert len(gimp.groups(key)) == 1
        assert difference(gimp.flat(key, original), original) == 0


def test_a_document_closed_during_a_run_in_krita_leaves_the_result_in_a_new_one(krita, house):
    original = picture()
    key = krita.open(original)
    with house.held():
        krita.start(key, prompt="held", blend="normal")
        krita.program.wait_until("rows() == 1")
        krita.ask("close(key)", key=key)
    krita.program.wait_until("len(opened()) == 1", 60)
    krita.at_rest()
    krita.ask("adopt('result')")
    assert len(krita.groups("result")) == 1
    assert difference(krita.flat("result", original), original) == 0


def test_an_image_closed_during_a_run_in_gimp_leaves_the_result_in_a_new_one(gimp, house):
    original = picture()
    key = gimp.open(original)
    with house.held():
        gimp.start(prompt="held", blend="normal")
        gimp.ask("close(key)", key=key)
        assert gimp.ask("opened()") == []
    wait_for(lambda: gimp.ask("len(opened()) == 1"), 60)
    gimp.at_rest()
    gimp.ask("adopt('result')")
    assert len(gimp.groups("result")) == 1
    assert difference(gimp.flat("result", original), original) == 0


@pytest.mark.parametrize("change", ["paint", "delete"])
def test_a_picture_changed_during_a_run_in_krita_is_left_alone(krita, house, change):
    original = picture()
    key = krita.open(original)
    krita.paint(key, picture(seed=5), fresh=True)
    with house.held():
        krita.start(key, prompt="held", blend="normal")
        wait_for(house.busy)
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


@pytest.mark.parametrize("change", ["paint", "delete"])
def test_a_picture_changed_during_a_run_in_gimp_is_left_alone(gimp, house, change):
    original = picture()
    key = gimp.open(picture(seed=4))
    gimp.paint(key, original, fresh=True)
    with house.held():
        gimp.start(prompt="held", blend="normal")
        wait_for(house.busy)
        gimp.ask("spoil(key)" if change == "paint" else "drop(key)", key=key)
        before, shown = gimp.tree(key), gimp.flat(key, original)
    wait_for(lambda: gimp.ask("len(opened()) == 2"), 60)
    gimp.at_rest()
    assert gimp.tree(key) == before
    assert difference(gimp.flat(key, original), shown) == 0
    gimp.ask("adopt('result')")
    assert difference(gimp.flat("result", original), original) == 0


LEFT_TO_THE_COLLECTOR = """
gc.collect()
names = sorted({type(thing).__module__ + '.' + type(thing).__name__ for thing in gc.garbage})
gc.garbage.clear()
[n for n in names if 'Qt' in n or 'krita' in n.lower() or n.startswith('diffdecompose') and '.websockets.' not in n]
"""
"""Qt's and Krita's objects that only Python's collector of cycles would end: it does so in any thread."""


def test_krita_gets_everything_back_in_its_own_thread(krita):
    original = picture()
    krita.ask("import gc; gc.collect(); gc.disable(); gc.set_debug(gc.DEBUG_SAVEALL)")
    try:
        key = krita.open(original)
        krita.decompose(key, blend="normal", candidates=2)
        krita.ask("press('diffdecompose_next')")
        wait_for(lambda: len(krita.groups(key)) == 2)
        path = krita.stage.place / "collected.psd"
        krita.ask("export(path)", path=krita.stage.inside(path))
        wait_for(path.exists)
        krita.at_rest()
        krita.failure(key, prompt="oom")
        krita.ask("press('diffdecompose_run')")
        krita.program.wait_until("dialog() is not None")
        krita.ask("dialog().reject()")
        krita.close_all()
        time.sleep(0.5)
        assert krita.ask(LEFT_TO_THE_COLLECTOR) == []
    finally:
        krita.ask("gc.set_debug(0); gc.enable()")
