"""`write`: the ending decides, nothing half written, nothing replaced unasked, refusals in one line."""

from __future__ import annotations

import json
import os
import resource
import stat
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from bridge.errors import UnwritablePicture
from bridge.formats import Group, atomic_file, check_target, read_composite, read_layers, walk, write

LAYERED = ["a.psd", "a.psb", "a.ora"]
FLAT = ["a.png", "a.jpg", "a.JPEG", "a.tif", "a.tiff", "a.webp"]


@pytest.mark.parametrize("name", LAYERED)
def test_a_layered_file_stacks_to_the_picture(decomposition, tmp_path, name):
    one = decomposition(16)
    assert write(one, tmp_path / name) == [tmp_path / name]
    found = read_layers(tmp_path / name)
    background, foreground = (layer.pixels for layer in one.layers)
    shown = np.where(foreground[:, :, 3:] > 0, foreground[:, :, :3], background)
    np.testing.assert_array_equal(read_composite(tmp_path / name).pixels, shown)
    for layer, wanted in zip(walk(found.layers), one.layers, strict=True):
        np.testing.assert_array_equal(layer.pixels, wanted.pixels)


def test_the_picture_itself_may_serve_as_the_preview(decomposition, tmp_path, pixels):
    picture = pixels()
    write(decomposition(), tmp_path / "a.psd", merged=picture)
    np.testing.assert_array_equal(read_composite(tmp_path / "a.psd").pixels, picture)


@pytest.mark.parametrize("name", FLAT)
def test_a_flat_file_is_the_clean_background(decomposition, tmp_path, name):
    one = decomposition()
    write(one, tmp_path / name)
    found = read_composite(tmp_path / name).pixels
    if "j" in name.lower():
        assert found.shape == one.background.pixels.shape
    else:
        np.testing.assert_array_equal(found, one.background.pixels)


@pytest.mark.parametrize("name", LAYERED)
def test_candidates_are_groups_with_the_best_on_top_and_alone_visible(decomposition, tmp_path, name):
    first, second = decomposition(), decomposition()
    write([first, second], tmp_path / name)
    found = read_layers(tmp_path / name).layers
    assert [(type(node), node.name, node.visible) for node in found] == [
        (Group, "candidate 2 (seed 5)", False),
        (Group, "candidate 1 (seed 5)", True),
    ]
    np.testing.assert_array_equal(next(walk(found[1:])).pixels, first.background.pixels)


def test_a_flat_file_holds_the_first_candidate_and_says_so(decomposition, tmp_path):
    told: list[str] = []
    first = decomposition()
    write([first, decomposition()], tmp_path / "a.png", tell=told.append)
    np.testing.assert_array_equal(read_composite(tmp_path / "a.png").pixels, first.background.pixels)
    assert "first of 2 candidates" in told[0]


@pytest.mark.parametrize(
    ("foregrounds", "names"),
    [
        (0, ["background.png"]),
        (1, ["background.png", "foreground.png"]),
        (2, ["background.png", "foreground-1.png", "foreground-2.png"]),
    ],
)
def test_a_folder_holds_a_png_for_each_layer_and_a_manifest_from_the_bottom(
    decomposition, tmp_path, foregrounds, names
):
    one = decomposition(16, foregrounds)
    written = write(one, tmp_path / "out")
    assert sorted(path.name for path in written) == sorted(os.listdir(tmp_path / "out")) == [*names, "manifest.json"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (manifest["width"], manifest["height"], manifest["seed"]) == (31, 23, 5)
    assert [layer["file"] for layer in manifest["layers"]] == names
    for said, layer in zip(manifest["layers"], one.layers, strict=True):
        assert (said["name"], said["blend"], said["opacity"], said["x"], said["y"]) == (layer.name, "normal", 1, 0, 0)
        found = read_composite(tmp_path / "out" / said["file"])
        np.testing.assert_array_equal(found.pixels, layer.pixels)
        assert found.dpi == (300.0, 300.0)


def test_further_candidates_stand_in_folders_of_their_own(decomposition, tmp_path):
    write([decomposition(), decomposition()], tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    others = [layer["file"] for layer in manifest["alternatives"][0]["layers"]]
    assert others == ["candidate-2/background.png", "candidate-2/foreground.png"]
    assert all((tmp_path / "out" / name).is_file() for name in others)


def test_the_form_can_be_named_where_the_name_should_not_decide(decomposition, tmp_path):
    write(decomposition(), tmp_path / "my.png", form="folder")
    assert (tmp_path / "my.png" / "manifest.json").is_file()
    write(decomposition(), tmp_path / "photo", form="psd")
    assert (tmp_path / "photo").read_bytes()[:4] == b"8BPS"
    with pytest.raises(UnwritablePicture, match="no format 'doc'"):
        write(decomposition(), tmp_path / "a", form="doc")


@pytest.mark.parametrize("name", [*LAYERED, *FLAT, "out"])
def test_what_is_there_is_replaced_only_when_asked(decomposition, tmp_path, name):
    write(decomposition(), tmp_path / name)
    before = read_composite(tmp_path / name / "background.png" if name == "out" else tmp_path / name).pixels
    with pytest.raises(UnwritablePicture, match=r"exists already.*--overwrite"):
        write(decomposition(), tmp_path / name)
    after = read_composite(tmp_path / name / "background.png" if name == "out" else tmp_path / name).pixels
    np.testing.assert_array_equal(before, after)
    write(decomposition(), tmp_path / name, overwrite=True)
    new = read_composite(tmp_path / name / "background.png" if name == "out" else tmp_path / name).pixels
    assert (new != before).any()
    assert os.listdir(tmp_path) == [name]


def test_a_replaced_folder_keeps_strange_files_and_loses_its_old_layers(decomposition, tmp_path):
    write(decomposition(foregrounds=2), tmp_path / "out")
    (tmp_path / "out" / "mine.txt").write_text("keep")
    write(decomposition(foregrounds=1), tmp_path / "out", overwrite=True)
    assert sorted(os.listdir(tmp_path / "out")) == ["background.png", "foreground.png", "manifest.json", "mine.txt"]


def test_an_old_manifest_cannot_name_files_elsewhere_to_be_removed(decomposition, tmp_path):
    (tmp_path / "precious.png").write_text("keep")
    (tmp_path / "out").mkdir()
    layers = [{"file": "../precious.png"}, {"file": str(tmp_path / "precious.png")}, 5]
    (tmp_path / "out" / "manifest.json").write_text(json.dumps({"layers": layers, "alternatives": "?"}))
    write(decomposition(), tmp_path / "out", overwrite=True)
    assert (tmp_path / "precious.png").read_text() == "keep"


def test_an_empty_folder_is_filled(decomposition, tmp_path):
    (tmp_path / "out").mkdir()
    write(decomposition(), tmp_path / "out")
    assert (tmp_path / "out" / "manifest.json").is_file()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing/a.psd", "does not exist: create it"),
        ("missing/out", "does not exist: create it"),
        ("folder.psd", "is a folder: choose another name"),
        ("file", "is a file, not a folder"),
        ("file/a.psd", "does not exist: create it"),
        ("n" * 300 + ".psd", "the name is too long: choose a shorter one"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_the_work(decomposition, tmp_path, name, words):
    (tmp_path / "folder.psd").mkdir()
    (tmp_path / "file").write_text("")
    before = sorted(os.listdir(tmp_path))
    for act in (lambda: check_target(tmp_path / name), lambda: write(decomposition(), tmp_path / name)):
        with pytest.raises(UnwritablePicture, match=words) as refusal:
            act()
        assert "\n" not in str(refusal.value)
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(decomposition, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UnwritablePicture, match="may not write"):
        write(decomposition(), tmp_path / "a.psd")


@pytest.mark.parametrize("problem", [KeyboardInterrupt, ValueError])
def test_what_breaks_off_leaves_no_trace_and_the_old_file(tmp_path, problem):
    path = tmp_path / "a.psd"
    path.write_text("old")

    def break_off():
        with atomic_file(path, overwrite=True) as file:
            file.write(b"half")
            raise problem

    with pytest.raises(problem):
        break_off()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.psd"]


def test_a_full_disk_is_said_and_leaves_no_trace(tmp_path):
    def fill():
        with atomic_file(tmp_path / "a.psd"), open("/dev/full", "wb", buffering=0) as full:
            full.write(b"x")

    with pytest.raises(UnwritablePicture, match="the disk is full: free some space"):
        fill()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["a.psd", "a.ora", "a.tif", "a.png", "a.jpg", "a.webp", "out"])
def test_a_file_system_that_takes_no_more_is_said_and_leaves_no_trace(tmp_path, name):
    # In a process of its own: the limit holds for all files that a process writes.
    program = f"""
import resource, numpy as np
from bridge.errors import UnwritablePicture
from bridge.formats import write
from model.types import Decomposition, Layer, Options, Provenance
noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
past = Provenance("classic", Options(), 0, None, None, 1, 0, 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    write(Decomposition((200, 200), (Layer("background", noise),), past), {str(tmp_path / name)!r}, merged=noise)
except UnwritablePicture as refusal:
    print(refusal)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.count("\n") == 1
    assert "larger than this disk allows" in done.stdout
    assert os.listdir(tmp_path) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 20_000


def test_permissions_are_those_of_a_new_file_or_of_the_one_replaced(decomposition, tmp_path):
    path = tmp_path / "a.png"
    write(decomposition(), path)
    ordinary = tmp_path / "ordinary"
    ordinary.write_text("")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)
    path.chmod(0o640)
    write(decomposition(), path, overwrite=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_is_followed_not_replaced(decomposition, tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "a.png"
    link.symlink_to(tmp_path / "real" / "b.png")
    write(decomposition(), link)
    assert link.is_symlink()
    assert Image.open(tmp_path / "real" / "b.png").size == (31, 23)


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path):
    path = tmp_path / "a.psd"

    def race():
        with atomic_file(path) as file:
            file.write(b"ours")
            path.write_text("theirs")

    with pytest.raises(UnwritablePicture, match="meanwhile"):
        race()
    assert path.read_text() == "theirs"
    assert os.listdir(tmp_path) == ["a.psd"]
