"""`diffdecompose decompose` as a person and as a script meet it: files in, files out, one line, one exit code."""

import json
import os
import signal
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest

from bridge.cli import main
from bridge.formats import read_composite, read_layers
from model.types import BlendType

ROOT = Path(__file__).resolve().parent.parent.parent.parent


def foggy(height=96, width=128, seed=0):
    """A coarse colour picture behind half-opaque fog that thins towards the bottom, uint8 H x W x 3."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((height // 16, width // 16, 3)).astype(np.float32) * 0.8
    scene = np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)
    alpha = np.linspace(0.75, 0.25, height, dtype=np.float32)[:, None, None]
    return np.round(255 * ((1 - alpha) * scene + alpha * 0.85)).astype(np.uint8)


def save(path, pixels):
    cv2.imwrite(str(path), pixels[..., ::-1])
    return path


@pytest.fixture
def photo(tmp_path):
    return save(tmp_path / "photo.png", foggy())


def visible(folder):
    """Names of the files that a person sees: the batch's journal is hidden."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


FOG = ["--engine", "classic", "--kind", "fog"]


def run(*words):
    return main(["decompose", *map(str, words)])


def stacked(path):
    """The layers of a folder, put together again with the textbook formula for blend normal."""
    manifest = json.loads((path / "manifest.json").read_text())
    stack = None
    for layer in manifest["layers"]:
        pixels = np.asarray(cv2.imread(str(path / layer["file"]), cv2.IMREAD_UNCHANGED), np.float64)
        if stack is None:
            stack = pixels[..., :3]
            continue
        assert layer["blend"] == "normal"
        h, w = pixels.shape[:2]
        under = stack[layer["y"] : layer["y"] + h, layer["x"] : layer["x"] + w]
        alpha = pixels[..., 3:] / 255
        under[:] = np.round((1 - alpha) * under + alpha * pixels[..., :3])
    return np.asarray(stack)[..., ::-1].astype(np.uint8)


def test_a_psd_holds_two_layers_whose_stack_is_the_picture(photo, tmp_path, capsys):
    assert run(photo, "-o", tmp_path / "out.psd", *FOG) == 0
    assert np.array_equal(read_composite(tmp_path / "out.psd").pixels[..., :3], read_composite(photo).pixels)
    document = read_layers(tmp_path / "out.psd")
    assert len(document.layers) == 2
    line = capsys.readouterr().out
    assert "recomposition error 0" in line
    assert "blend normal" in line
    assert "(classic)" in line


def test_a_folder_holds_layers_that_recompose_with_the_textbook_formula(photo, tmp_path):
    assert run(photo, "-o", tmp_path / "layers", *FOG) == 0
    names = {p.name for p in (tmp_path / "layers").iterdir()}
    assert names == {"background.png", "foreground.png", "manifest.json"}
    assert np.array_equal(stacked(tmp_path / "layers"), read_composite(photo).pixels)


def test_the_manifest_lists_layers_bottom_to_top_with_all_that_is_needed_to_stack_them(photo, tmp_path):
    run(photo, "-o", tmp_path / "layers", *FOG)
    layers = json.loads((tmp_path / "layers" / "manifest.json").read_text())["layers"]
    assert [layer["file"] for layer in layers] == ["background.png", "foreground.png"]
    assert all({"file", "name", "blend", "opacity", "x", "y"} <= set(layer) for layer in layers)


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "webp"])
def test_a_flat_ending_gives_the_clean_background_alone(photo, tmp_path, ending):
    assert run(photo, "-o", tmp_path / f"clean.{ending}", *FOG) == 0
    clean = read_composite(tmp_path / f"clean.{ending}").pixels
    assert clean.shape == read_composite(photo).pixels.shape
    assert clean[:32].mean() < foggy()[:32].mean() - 20, "the fog is still there"


def test_json_is_one_object_a_picture_with_the_promised_fields(photo, tmp_path, capsys):
    run(photo, "-o", tmp_path / "out.ora", "--json", *FOG)
    report = json.loads(capsys.readouterr().out)
    promised = {"input", "outputs", "engine", "blend", "confidence", "coverage", "recomposition_error", "seconds"}
    assert promised <= set(report)
    assert set(report["seconds"]) == {"import", "load", "network", "finish", "write", "total"}
    parts = sum(value for name, value in report["seconds"].items() if name != "total")
    assert report["seconds"]["total"] == pytest.approx(parts, abs=0.01)
    assert report["recomposition_error"] == 0
    assert report["coverage"] > 0.5
    assert report["outputs"] == [str(tmp_path / "out.ora")]


def test_the_same_seed_gives_the_same_bytes(photo, tmp_path):
    for name in ("a.png", "b.png"):
        run(photo, "-o", tmp_path / name, "--seed", "7", *FOG)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_every_forced_blend_type_recomposes_and_is_reported(photo, tmp_path, capsys):
    for blend in BlendType:
        code = run(
            photo, "-o", tmp_path / f"{blend}.psd", "--engine", "classic", "--blend", blend, "--json", "--kind", "fog"
        )
        report = json.loads(capsys.readouterr().out)
        assert code == 0
        assert report["recomposition_error"] == 0
        assert report["blend"] in (None, str(blend))


def test_outside_the_region_nothing_changes(photo, tmp_path):
    run(photo, "-o", tmp_path / "clean.png", "--region", "10,20,40,30", *FOG)
    clean, before = read_composite(tmp_path / "clean.png").pixels, read_composite(photo).pixels
    changed = np.argwhere((clean != before).any(axis=2))
    assert len(changed) > 100
    assert changed.min(axis=0).tolist() >= [20, 10]
    assert (changed.max(axis=0) < [50, 50]).all()


def test_a_selection_file_limits_what_changes(photo, tmp_path):
    mask = np.zeros((96, 128), np.uint8)
    mask[:, :64] = 255
    cv2.imwrite(str(tmp_path / "selection.png"), mask)
    run(photo, "-o", tmp_path / "clean.png", "--selection", tmp_path / "selection.png", *FOG)
    clean, before = read_composite(tmp_path / "clean.png").pixels, read_composite(photo).pixels
    assert np.array_equal(clean[:, 64:], before[:, 64:])
    assert not np.array_equal(clean[:, :64], before[:, :64])


def test_many_pictures_become_many_files_in_a_new_folder(tmp_path):
    for name in ("a.png", "b.png"):
        save(tmp_path / name, foggy())
    assert run(tmp_path / "a.png", tmp_path / "b.png", "-o", tmp_path / "out", "--format", "ora", *FOG) == 0
    assert visible(tmp_path / "out") == ["a.ora", "b.ora"]


def test_one_bad_picture_among_good_ones_is_told_and_the_others_are_done(photo, tmp_path, capsys):
    (tmp_path / "broken.png").write_bytes(photo.read_bytes()[:200])
    assert run(tmp_path / "broken.png", photo, "-o", tmp_path / "out", *FOG) == 3
    assert visible(tmp_path / "out") == ["photo.psd"]
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert "broken.png" in told.err


def test_with_json_a_failure_is_an_object_too(tmp_path, capsys):
    assert run(tmp_path / "missing.png", "-o", tmp_path / "out.psd", "--json") == 2
    report = json.loads(capsys.readouterr().out)
    assert report["input"].endswith("missing.png")
    assert "there is no such file" in report["message"]


def test_files_that_are_there_are_kept_unless_told_otherwise(photo, tmp_path, capsys):
    (tmp_path / "out.psd").write_bytes(b"mine")
    assert run(photo, "-o", tmp_path / "out.psd", *FOG) == 2
    assert (tmp_path / "out.psd").read_bytes() == b"mine"
    assert "--overwrite" in capsys.readouterr().err
    assert run(photo, "-o", tmp_path / "out.psd", "--overwrite", *FOG) == 0
    assert (tmp_path / "out.psd").read_bytes() != b"mine"


BAD_WORDS = {
    "an unknown engine": (["--engine", "magic"], "choose one of nano"),
    "a negative seed": (["--seed", "-1"], "seed must lie between"),
    "too many candidates": (["--candidates", "9"], "candidates must lie between 1 and 8"),
    "no layers": (["--layers", "0"], "layers must lie between 1 and 8"),
    "a region that is no rectangle": (["--region", "1,2,3"], "X,Y,W,H"),
    "a region of no size": (["--region", "1,2,0,5"], "at least 1"),
    "a region outside": (["--region", "500,500,5,5"], "outside the picture"),
    "a colour that is none": (["--colour", "reddish"], "six hexadecimal digits"),
    "a hint that is not there": (["--hint", "nowhere.png"], "there is no such file"),
    "an output folder that is not there": (["-o", "/nowhere/at/all/out.psd"], "does not exist"),
    "an ending nobody writes": (["-o", "out.xyz"], "cannot be written"),
}


@pytest.mark.parametrize(("words", "hint"), BAD_WORDS.values(), ids=BAD_WORDS)
def test_bad_words_are_one_line_with_what_to_do(photo, tmp_path, capsys, monkeypatch, words, hint):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert run(photo, "-o", tmp_path / "out.psd", *FOG, *words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert hint in told.err
    assert sorted(tmp_path.iterdir()) == before


def test_a_mask_of_another_size_is_refused(photo, tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "hint.png"), np.zeros((5, 5), np.uint8))
    assert run(photo, "-o", tmp_path / "out.psd", "--hint", tmp_path / "hint.png", *FOG) == 2
    assert "the hint is (5, 5)" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--blend", "overlay"], ["--quality", "9"], ["--kind", "cat"], []])
def test_unknown_choices_are_refused_by_the_parser(photo, words):
    with pytest.raises(SystemExit) as stop:
        main(["decompose", str(photo), *(["-o", "x.psd"] if words else []), *words])
    assert stop.value.code == 2


def test_ctrl_c_leaves_no_half_written_file(tmp_path):
    save(tmp_path / "large.png", foggy(2400, 3200))
    command = [sys.executable, "-P", "-m", "bridge", "decompose", str(tmp_path / "large.png")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    screen, terminal = os.openpty()  # on a terminal it shows how far it is
    termios.tcsetwinsize(terminal, (24, 80))
    child = subprocess.Popen(
        [*command, "-o", str(tmp_path / "out.psd"), *FOG], env=environment, stderr=terminal,
        # A test run that a shell put into the background would hand its ignored interrupts on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    os.close(terminal)
    told, sent = "", False
    with open(screen, "rb", buffering=0) as shown, suppress(OSError):  # Linux: an error where the other end is closed
        while more := shown.read(4096):
            told += more.decode("utf-8", "replace")
            if "%" in told and not sent:
                child.send_signal(signal.SIGINT)
                sent = True
    assert child.wait(60) == 130, told
    assert "Traceback" not in told
    assert sorted(p.name for p in tmp_path.iterdir()) == ["large.png"]


def test_engines_are_listed_with_what_is_missing(capsys):
    assert main(["engines", "--json"]) == 0
    states = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [s["engine"] for s in states] == ["nano", "classic", "flux", "qwen-layered"]
    assert all(s["ready"] or s["reason"] for s in states)


def test_the_version_is_told():
    done = subprocess.run([sys.executable, "-m", "bridge", "--version"], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.startswith("diffdecompose 0.")


def test_a_folder_into_itself_leaves_every_master_as_it_was(tmp_path, capsys):
    save(tmp_path / "shot.jpg", foggy())
    master = foggy(seed=1).astype(np.uint16) * 257
    cv2.imwrite(str(tmp_path / "shot.tif"), master)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert run(tmp_path, "-o", tmp_path, "--format", "tif", "--overwrite", *FOG) == 2
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    told = capsys.readouterr().err
    assert "shot.tif, an input of the same call: choose another folder after -o" in told
    assert len(told.splitlines()) == 1


def piped(*words, given: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "bridge", "decompose", *map(str, words), *FOG, "--daemon", "never"]
    return subprocess.run(command, input=given, capture_output=True, cwd=ROOT)


def test_a_dash_reads_standard_input_and_writes_standard_output(photo, tmp_path):
    done = piped("-", "-o", "-", "--format", "ora", given=photo.read_bytes())
    assert done.returncode == 0, done.stderr
    assert np.array_equal(read_composite(done.stdout).pixels, read_composite(photo).pixels)
    assert len(read_layers(done.stdout).layers) == 2
    assert done.stderr.startswith(b"- -> -: fog")
    done = piped("-", "-o", tmp_path / "out.psd", given=photo.read_bytes())
    assert done.stdout.startswith(f"- -> {tmp_path / 'out.psd'}: fog".encode())
    assert np.array_equal(read_composite(tmp_path / "out.psd").pixels[..., :3], read_composite(photo).pixels)


def test_a_dash_stands_for_one_picture_and_no_folder_goes_to_standard_output(photo, capsys):
    assert run("-", photo, "-o", "out.psd") == 2
    assert "- stands for one picture" in capsys.readouterr().err
    assert run(photo, "-o", "-", "--format", "folder") == 2
    assert "a folder of layers cannot go to standard output" in capsys.readouterr().err
    done = piped("-", "-o", "-", given=b"no picture")
    assert (done.returncode, done.stdout) == (2, b"")
    assert len(done.stderr.splitlines()) == 1


def test_an_empty_output_name_and_a_full_folder_are_told_what_to_do(photo, tmp_path, capsys):
    assert run(photo, "-o", "", *FOG) == 2
    assert "the name after -o is empty: name a file or a folder" in capsys.readouterr().err
    assert run(photo, "-o", tmp_path, *FOG) == 2
    assert "is not empty: name a new folder for the layers, or put one file into it (--format psd)" in (
        capsys.readouterr().err
    )
    assert run(photo, "-o", tmp_path, "--format", "psd", *FOG) == 0
    assert (tmp_path / "photo.psd").exists()


@pytest.mark.parametrize(("word", "kind"), [("stain", "snow"), ("haze", "fog"), ("Text", "watermark"), ("fog", "fog")])
def test_other_words_for_a_kind_are_understood(word, kind):
    from bridge.commands.decompose import _kind

    assert _kind(word) == kind


def test_where_nothing_was_found_no_kind_is_reported(tmp_path, capsys):
    clear = np.zeros((64, 64, 4), np.uint8)
    cv2.imwrite(str(tmp_path / "clear.png"), clear)
    assert run(tmp_path / "clear.png", "-o", tmp_path / "out.psd", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["coverage"], report["kind"]) == (0, None)


def test_the_overlay_is_no_place_for_an_output_and_must_be_readable(photo, tmp_path, capsys):
    mark = save(tmp_path / "mark.png", foggy(40, 40, 3))
    assert run(photo, "--overlay", mark, "-o", mark, "--overwrite") == 2
    assert "would replace" in capsys.readouterr().err
    assert run(photo, "--overlay", tmp_path / "none.png", "-o", tmp_path / "out.psd") == 2
    assert "none.png: there is no such file" in capsys.readouterr().err
    assert not (tmp_path / "out.psd").exists()
