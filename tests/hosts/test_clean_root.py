"""From nothing: a root with Python, Krita and GIMP, one command, and both programs list and run the entry."""

import os
import sys
import time
from contextlib import closing

import numpy as np
import pytest

from tests.hosts.clean_root import CleanRoot, library_wheels
from tests.hosts.conftest import difference, picture
from tests.hosts.hands import GimpHands, KritaHands
from tests.hosts.stage import wait_for

THEIRS = (".cache", ".config", ".local/share", ".diffdecompose")
"""Where Krita, GIMP and the desktop's libraries keep files of their own; the last holds the user's jobs."""


@pytest.fixture
def clean_root(stage, project_wheel):
    try:
        libraries = library_wheels(stage.root)
    except RuntimeError as problem:
        reason = f"the libraries for the root's Python cannot be fetched: {problem}"
        if os.environ.get("CI") == "true" and sys.platform == "linux" and os.geteuid() == 0:
            pytest.fail(reason)
        pytest.skip(reason)
    return CleanRoot(stage, project_wheel, libraries)


def foggy() -> np.ndarray:
    """A picture under a veil that the embedded engine knows."""
    clear = picture(480, 320, seed=3).astype(np.float64)
    y = np.linspace(0.85, 0.25, 320)[:, None, None]
    clear[..., :3] = (1 - y) * clear[..., :3] + y * 225
    return np.rint(clear).astype(np.uint8)


def run_in_krita(root: CleanRoot) -> None:
    with closing_program(root.krita()) as program:
        program.wait_until("app.activeWindow() is not None")
        hands = KritaHands(program, root.stage)
        key = hands.open(foggy())
        hands.to_front()
        hands.ask("open_menu()")
        time.sleep(0.5)
        hands.photograph("clean-root-menu")
        hands.ask("close_menu()")
        assert "Decompose Layers..." in hands.ask("list(menu_texts())")
        hands.start(key, engine="nano", kind="fog")
        wait_for(lambda: hands.groups(key), 120)
        hands.at_rest()
        time.sleep(1)
        hands.photograph("clean-root-layers")
        assert difference(hands.flat(key, foggy()), foggy()) == 0


def run_in_gimp(root: CleanRoot) -> None:
    with closing_program(root.gimp()) as program:
        hands = GimpHands(program, root.stage)
        key = hands.open(foggy())
        hands.to_front()
        hands.stage.pointer("key", "alt+l")
        time.sleep(1)
        hands.photograph("clean-root-menu")
        hands.stage.pointer("key", "Escape", "Escape")
        assert hands.ask("Gimp.get_pdb().procedure_exists('plug-in-decompose-layers')")
        hands.decompose(key, engine="nano", kind="fog")
        time.sleep(1)
        hands.photograph("clean-root-layers")
        assert hands.groups(key)
        assert difference(hands.flat(key, foggy()), foggy()) == 0


def closing_program(program):
    program.close = program.end
    return closing(program)


def test_one_command_then_both_programs_list_and_run_the_entry_and_uninstalling_leaves_nothing(clean_root):
    before = clean_root.files()
    done = clean_root.shell("python3", "-m", "installer", "install", "--yes")
    assert done.returncode == 0, done.stderr
    assert "took a small picture apart as a check" in done.stdout
    put = clean_root.files() - before
    run_in_krita(clean_root)
    run_in_gimp(clean_root)

    gone = clean_root.shell("python3", "-m", "installer", "install", "--uninstall", "--yes")
    assert gone.returncode == 0, gone.stderr
    after = clean_root.files()
    assert before <= after
    # Krita and GIMP have made folders of theirs beside ours meanwhile, and the user's jobs are kept.
    assert {path for path in put & after if not path.startswith(".diffdecompose")} == set()
    left = after - before
    assert all(path.startswith(THEIRS) for path in left)
    assert [path for path in left if "decompose" in path.replace(".diffdecompose", "")] == []
    assert not any("Microsoft" in path for path in left)
    assert "diffdecompose" not in clean_root.kritarc.read_text()
    assert clean_root.kritarc.read_text().count("enable_hostprobe=true") == 1
