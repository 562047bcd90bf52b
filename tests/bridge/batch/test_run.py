"""Whole batches: done once, gone on with after whatever interrupted them, the same files in the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from bridge.batch.journal import JOURNAL_NAME, Journal
from bridge.batch.run import Batch
from bridge.cli import main
from bridge.decompose_file import FileJob, Report
from bridge.plan import Task
from model.types import Options
from tests.bridge.batch.work import copy_or_crash

CLASSIC = ["--engine", "classic", "--kind", "fog"]


@pytest.fixture(autouse=True)
def no_daemon(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("DIFFDECOMPOSE_HOME", str(tmp_path_factory.mktemp("home")))


def pictures(folder: Path, count: int, size: int = 64) -> Path:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        noise = np.random.default_rng(number).integers(80, 200, (size, size + number, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number:02}.png"), cv2.GaussianBlur(noise, (0, 0), 3))
    return folder


def run(*words) -> int:
    """With one worker: each takes seconds to start, and what is asked here does not depend on their number."""
    return main(["decompose", *map(str, words), *CLASSIC, "--workers", "1"])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def jobs(folder: Path, out: Path) -> list[FileJob]:
    return [FileJob(Task(path, out / f"{path.stem}.psd"), Options()) for path in sorted(folder.iterdir())]


def test_what_is_done_is_left_out_and_that_is_no_error(tmp_path, capsys):
    source = pictures(tmp_path / "in", 3)
    assert run(source, "-o", tmp_path / "out") == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.psd")}
    pictures(source, 4)
    capsys.readouterr()
    assert run(source, "-o", tmp_path / "out") == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 1
    assert "3 of 4 pictures were done before (--no-resume does them again)" in told.err
    assert len(contents(tmp_path / "out")) == 4
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_changed_picture_or_another_option_is_not_left_out(tmp_path, capsys):
    source = pictures(tmp_path / "in", 2)
    assert run(source, "-o", tmp_path / "out") == 0
    assert run(source, "-o", tmp_path / "out", "--seed", 1) == 2
    assert "exists already" in capsys.readouterr().err
    assert run(source, "-o", tmp_path / "out", "--seed", 1, "--overwrite", "--json") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    cv2.imwrite(str(source / "00.png"), np.full((50, 60, 3), 90, np.uint8))
    assert run(source, "-o", tmp_path / "out", "--seed", 1, "--overwrite") == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert run(source, "-o", tmp_path / "out", "--seed", 1, "--overwrite", "--no-resume") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_file_that_was_there_before_is_refused_every_time_and_never_replaced(tmp_path, capsys):
    source = pictures(tmp_path / "in", 2)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "00.psd").write_bytes(b"the artist's own")
    for _ in range(3):
        run(source, "-o", tmp_path / "out")
        assert (tmp_path / "out" / "00.psd").read_bytes() == b"the artist's own"
        assert "00.psd exists already" in capsys.readouterr().err


def test_a_result_of_other_options_is_not_taken_for_this_one(tmp_path, capsys):
    source = pictures(tmp_path / "in", 2)
    for seed in (0, 1, 0):
        assert run(source, "-o", tmp_path / "out", "--seed", seed, "--overwrite") == 0
        assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_folder_run_twice_into_itself_takes_no_result_for_a_picture(tmp_path):
    source = pictures(tmp_path / "in", 2)
    (source / "._00.jpg").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X        ")
    for _ in range(3):
        assert run(source, "-o", source, "--format", "psd") == 0
    assert sorted(contents(source)) == ["00.png", "00.psd", "01.png", "01.psd"]


def test_flat_results_beside_their_pictures_are_not_taken_for_pictures_either(tmp_path):
    source = pictures(tmp_path / "in", 2)
    for _ in range(2):
        assert run(source, "-o", source, "--format", "jpg") == 0
    assert sorted(contents(source)) == ["00.jpg", "00.png", "01.jpg", "01.png"]


def test_a_picture_that_crashes_its_worker_twice_is_set_aside_and_the_others_are_done(tmp_path):
    source = pictures(tmp_path / "in", 3)
    (source / "crash.png").write_bytes(b"x")
    (tmp_path / "out").mkdir()
    batch = Batch(jobs(source, tmp_path / "out"), Journal(tmp_path / "out"), workers=2, work=copy_or_crash)
    found = {job.task.source.name: outcome for job, outcome in batch.outcomes()}
    assert all(isinstance(found[f"0{n}.png"], Report) for n in range(3))
    assert "its worker ended twice" in str(found["crash.png"])
    events = [e.event for e in Journal(tmp_path / "out").entries if e.input.endswith("crash.png")]
    assert events == ["begun", "crashed", "begun", "crashed", "failed"]


def started(*words) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bridge", "decompose", *map(str, words), *CLASSIC, "--workers", "2"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def wait_for(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def events(out: Path, event: str) -> int:
    journal = out / JOURNAL_NAME
    return journal.read_text().count(f'"event": "{event}"') if journal.exists() else 0


def test_killed_at_any_moment_a_batch_goes_on_to_the_same_files(tmp_path):
    source = pictures(tmp_path / "in", 8, size=256)
    assert run(source, "-o", tmp_path / "undisturbed", "--format", "ora") == 0
    out = tmp_path / "out"
    for begun in (1, 3, 5, 7):
        process = started(source, "-o", out, "--format", "ora")
        wait_for(lambda begun=begun: events(out, "begun") >= begun)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.communicate()
        psutil.wait_procs(workers, timeout=20)
        assert all(len(content) > 1000 for name, content in contents(out).items() if name.endswith(".ora"))
    assert run(source, "-o", out, "--format", "ora") == 0
    assert contents(out) == contents(tmp_path / "undisturbed")
    assert not list(out.glob(".*.part"))


def test_a_killed_worker_costs_nothing(tmp_path):
    source = pictures(tmp_path / "in", 6, size=256)
    assert run(source, "-o", tmp_path / "undisturbed", "--format", "ora") == 0
    out = tmp_path / "out"
    process = started(source, "-o", out, "--format", "ora")
    wait_for(lambda: events(out, "done") >= 1)
    busy = [child for child in psutil.Process(process.pid).children() if "spawn_main" in " ".join(child.cmdline())]
    busy[0].kill()
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert contents(out) == contents(tmp_path / "undisturbed")


def test_ctrl_c_ends_after_the_pictures_in_work_and_says_how_to_go_on(tmp_path):
    source = pictures(tmp_path / "in", 12, size=384)
    out = tmp_path / "out"
    process = started(source, "-o", out)
    wait_for(lambda: events(out, "begun") >= 2)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "the same command goes on from here" in told
    assert "Traceback" not in told
    assert events(out, "begun") == events(out, "done") == len(contents(out)) < 12
    for line in (out / JOURNAL_NAME).read_text().splitlines():
        assert json.loads(line)["event"] in ("begun", "done")


def test_a_journal_that_cannot_grow_ends_the_batch_in_one_line(tmp_path, capsys):
    source = pictures(tmp_path / "in", 2)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / JOURNAL_NAME).symlink_to("/dev/full")
    assert run(source, "-o", tmp_path / "out") == 2
    told = capsys.readouterr().err
    assert "the journal cannot be" in told
    assert len(told.splitlines()) == 1
    assert os.listdir(tmp_path / "out") == [JOURNAL_NAME]
