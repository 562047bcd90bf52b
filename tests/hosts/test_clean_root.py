"""From nothing: a root with Python, Krita and GIMP, one command, and both programs list and run the entry."""

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from bridge.formats import read_composite
from tests.hosts.clean_root import CleanRoot, library_wheels
from tests.hosts.conftest import difference
from tests.hosts.hands import OUT, GimpHands, Hands, KritaHands
from tests.hosts.stage import Program, wait_for

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
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


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """The foggy example, as the programs take pictures."""
    rgb = read_composite(EXAMPLES / "fog.jpg").pixels
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def photograph(hands: Hands, name: str) -> None:
    """Kept to be looked at; for the guide too where $SCREENSHOTS names its folder of pictures."""
    hands.photograph(f"clean-root-{name}")
    if folder := os.environ.get("SCREENSHOTS"):
        taken = cv2.imread(str(OUT / f"{hands.name}-clean-root-{name}.png"))
        assert taken is not None
        smaller = cv2.resize(taken, (1050, 675), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(Path(folder) / f"{hands.name}-{name}.jpg"), smaller, [cv2.IMWRITE_JPEG_QUALITY, 80])


@contextmanager
def running(program: Program):
    try:
        yield program
    finally:
        program.end()


def run_in_krita(root: CleanRoot, photo: np.ndarray) -> None:
    with running(root.krita()) as program:
        program.wait_until("app.activeWindow() is not None")
        hands = KritaHands(program, root.stage)
        key = hands.open(photo)
        hands.to_front()
        hands.ask("open_menu()")
        time.sleep(0.5)
        photograph(hands, "menu")
        hands.ask("close_menu()")
        assert "Decompose Layers..." in hands.ask("list(menu_texts())")
        hands.start(key, engine="nano", kind="fog")
        wait_for(lambda: hands.groups(key), 120)
        hands.at_rest()
        time.sleep(1)
        photograph(hands, "layers")
        assert difference(hands.flat(key, photo), photo) == 0


def run_in_gimp(root: CleanRoot, photo: np.ndarray) -> None:
    with running(root.gimp()) as program:
        hands = GimpHands(program, root.stage)
        key = hands.open(photo)
        hands.to_front()
        hands.stage.pointer("key", "alt+l")
        time.sleep(1)
        photograph(hands, "menu")
        hands.stage.pointer("key", "Escape", "Escape")
        assert hands.ask("Gimp.get_pdb().procedure_exists('plug-in-decompose-layers')")
        hands.decompose(key, engine="nano", kind="fog")
        time.sleep(1)
        photograph(hands, "layers")
        assert hands.groups(key)
        assert difference(hands.flat(key, photo), photo) == 0


@pytest.mark.timeout(900)  # a whole installation and both programs: minutes where the machine is busy
def test_one_command_then_both_programs_list_and_run_the_entry_and_uninstalling_leaves_nothing(clean_root, photo):
    before = clean_root.files()
    done = clean_root.shell("python3", "-m", "installer", "install", "--yes")
    assert done.returncode == 0, done.stderr
    assert "took a small picture apart as a check" in done.stdout
    put = clean_root.files() - before
    command = f"{clean_root.stage.inside(clean_root.home)}/.local/bin/diffdecompose"
    examined = clean_root.shell(command, "doctor")
    said = examined.stdout
    assert examined.returncode == 0, examined.stderr
    assert "krita (system) has it enabled and can load it" in said
    assert "gimp (system 3.0) sees the plugin" in said
    assert "update: not asked for" in said
    assert not [path for path in clean_root.files() - before - put if "krita" in path]
    run_in_krita(clean_root, photo)
    run_in_gimp(clean_root, photo)

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
