"""Saved by the program itself and opened again, there and in the other; and the files that the service writes."""

import shutil
import time

import numpy as np
import pytest

from tests.hosts.conftest import difference, picture
from tests.hosts.hands import OURS
from tests.hosts.stage import wait_for

OWN = {"krita": "kra", "gimp": "xcf"}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16], ids=["8bit", "16bit"])
def test_the_programs_own_file_gives_the_picture_back(host, dtype):
    original = picture(dtype=dtype)
    key = host.open(original)
    host.decompose(key, blend="normal")
    path = host.stage.place / f"own-{np.dtype(dtype)}.{OWN[host.name]}"
    host.save(key, path)
    host.close_all()
    again = host.reopen(path)
    assert len(host.groups(again)) == 1
    assert difference(host.flat(again, original), original) == 0


@pytest.mark.parametrize("blend", ["normal", "multiply", "screen", "add"])
@pytest.mark.parametrize("there", [("krita", "gimp"), ("gimp", "krita")], ids=["krita-gimp", "gimp-krita"])
def test_a_psd_of_one_program_opens_in_the_other(request, there, blend):
    writer, reader = (request.getfixturevalue(name) for name in there)
    original = picture()
    key = writer.open(original)
    writer.decompose(key, blend=blend)
    path = writer.stage.place / f"{writer.name}-{blend}.psd"
    writer.save(key, path)
    again = reader.reopen(path)
    assert len(reader.groups(again)) == 1
    assert difference(reader.flat(again, original), original) <= 1


@pytest.mark.parametrize("ending", ["psd", "ora"])
def test_the_exported_file_has_the_layers_and_opens_in_krita(krita, ending):
    original = picture()
    key = krita.open(original)
    krita.decompose(key, blend="normal", candidates=2)
    path = krita.stage.place / f"export.{ending}"
    krita.ask("export(path)", path=krita.stage.inside(path))
    krita.at_rest()
    assert not list(path.parent.glob("*.part"))
    shutil.copy(path, path.with_name(f"copy.{ending}"))
    again = krita.reopen(path)
    assert len(krita.tree(again)) == 2, "one group a candidate"
    assert difference(krita.flat(again, original), original) == 0


def test_kritas_entry_asks_where_to_and_saves_there(krita):
    key = krita.open(picture())
    krita.decompose(key, blend="normal")
    krita.to_front()
    krita.ask("press('diffdecompose_export')")
    window = wait_for(lambda: krita.stage.windows("^Export Decomposition"), 20)[0]
    path = krita.stage.place / "chosen.ora"
    krita.stage.pointer("windowactivate", "--sync", window)
    time.sleep(0.5)
    krita.photograph("export")
    krita.stage.pointer("key", "ctrl+a", "type", krita.stage.inside(path))
    time.sleep(1)
    krita.stage.pointer("key", "Return")
    wait_for(path.exists, 40)
    krita.at_rest()
    again = krita.reopen(path)
    assert difference(krita.flat(again, picture()), picture()) == 0


def test_gimps_dialog_opens_the_layered_file_of_the_last_decomposition_once_there_is_one(gimp):
    original = picture()
    key = gimp.open(original)
    gimp.ask("Gimp.detach_parasite('diffdecompose-last-job')")
    dialog = gimp.open_dialog()
    gimp.stage.pointer("key", "alt+o")
    time.sleep(1)
    gimp.photograph("nothing-to-open")
    assert dialog in gimp.stage.windows(OURS), "the button is insensitive"
    gimp.stage.pointer("windowactivate", "--sync", dialog, "key", "Escape")
    gimp.at_rest()
    gimp.decompose(key, blend="normal")
    gimp.open_dialog()
    gimp.stage.pointer("key", "alt+o")
    wait_for(lambda: gimp.ask("len(opened()) == 2"), 40)
    gimp.ask("adopt('last')")
    # GIMP lists a picture while it is still being read: what counts is the picture it becomes.
    wait_for(lambda: difference(gimp.flat("last", original), original) == 0, 40)


def test_scripts_open_the_layered_file_of_the_last_decomposition_in_gimp(gimp):
    original = picture()
    key = gimp.open(original)
    gimp.decompose(key, blend="multiply")
    known = gimp.ask("opened()")
    assert gimp.ask("run_last(key)", key=key) == "success"
    assert len(gimp.ask("opened()")) == len(known) + 1
    gimp.ask("adopt('last')")
    assert gimp.tree("last") != []
    assert difference(gimp.flat("last", original), original) == 0
