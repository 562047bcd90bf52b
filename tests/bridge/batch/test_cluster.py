"""Batches on a real Ray cluster of two nodes of one core: the same files as here, whatever is killed meanwhile."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from bridge.batch.cluster import RayPool
from bridge.batch.journal import JOURNAL_NAME, Journal
from bridge.batch.run import Batch
from bridge.cli import main
from bridge.decompose_file import FileJob, Report
from model.errors import ClusterError
from model.parallel import connect, map_in_order
from tests.bridge.batch.test_run import contents, jobs, pictures
from tests.bridge.batch.work import copy_or_crash, copy_slowly, square

# Ray takes the loopback address on systems where it forms no clusters: what is tested is reachable from here only.
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
ray = pytest.importorskip("ray", reason="the extra `cluster` is not installed")
CLASSIC = ["--engine", "classic", "--kind", "fog"]
NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 80 << 20}


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    head = {**NODE, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=head)
    made.add_node(**NODE)
    assert (made.address or "").startswith("127.0.0.1:")
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.fixture(autouse=True)
def no_daemon(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("DIFFDECOMPOSE_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def joined(cluster):
    connect(cluster.address)
    return cluster


def batch(source: Path, out: Path, work) -> list[tuple[FileJob, object]]:
    out.mkdir(exist_ok=True)
    return list(Batch(jobs(source, out), Journal(out), work=work, cluster=True).outcomes())


def ended(pool) -> list[tuple]:
    """What every item that was handed in came to."""
    found = []
    while pool.running:
        found += pool.finished()
    return found


def workers() -> list[psutil.Process]:
    """Ray's processes that work on a picture of this test."""
    return [p for p in psutil.process_iter(["name"]) if (p.info["name"] or "").startswith("ray::_attempt")]


def test_the_command_gives_the_same_files_on_a_cluster_as_here(cluster, tmp_path, capsys):
    source = pictures(tmp_path / "in", 3)
    assert main(["decompose", str(source), "-o", str(tmp_path / "here"), *CLASSIC, "--workers", "1"]) == 0
    words = ["decompose", str(source), "-o", str(tmp_path / "there"), *CLASSIC]
    assert main([*words, "--cluster", cluster.address]) == 0
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    capsys.readouterr()
    assert main([*words, "--cluster", cluster.address]) == 0
    assert "3 of 3 pictures were done before" in capsys.readouterr().err


def test_a_relative_folder_is_the_one_of_the_caller(joined, tmp_path, monkeypatch):
    pictures(tmp_path / "in", 1)
    monkeypatch.chdir(tmp_path)
    assert all(isinstance(found, Report) for _, found in batch(Path("in"), Path("out"), copy_or_crash))
    assert (tmp_path / "out/00.psd").is_file()


def test_a_picture_that_kills_its_worker_is_set_aside_and_the_rest_is_done(joined, tmp_path):
    source = pictures(tmp_path / "in", 3)
    (source / "crash.png").write_bytes(b"x")
    found = {job.task.source.stem: outcome for job, outcome in batch(source, tmp_path / "out", copy_or_crash)}
    assert [name for name, outcome in found.items() if not isinstance(outcome, Report)] == ["crash"]
    assert "ended twice" in str(found["crash"])
    events = [json.loads(line)["event"] for line in (tmp_path / "out" / JOURNAL_NAME).read_text().splitlines()]
    assert events.count("done") == 3


@pytest.mark.parametrize("seed", range(5))
def test_a_worker_killed_at_any_moment_costs_nothing(joined, tmp_path, seed):
    source = pictures(tmp_path / "in", 8)
    rng, killed, last = random.Random(seed), 0, time.monotonic()
    with RayPool(copy_slowly, None, attempts=4) as pool:
        left = [FileJob(job.task, job.options, overwrite=True) for job in jobs(source, _made(tmp_path / "out"))]
        outcomes = []
        while left or pool.running:
            while left and pool.has_room:
                pool.submit(left.pop())
            if killed < 2 and time.monotonic() - last > rng.uniform(0.05, 0.3):
                for process in workers()[:1]:
                    with suppress(psutil.NoSuchProcess):  # it ended by itself meanwhile
                        process.kill()
                        killed, last = killed + 1, time.monotonic()
            outcomes += [outcome for _, outcome in pool.finished()]
    assert killed
    assert all(isinstance(outcome, Report) for outcome in outcomes)
    assert len(outcomes) == 8
    _are_copies(source, tmp_path / "out")


@pytest.mark.parametrize("done_before", [1, 4])
def test_a_node_that_is_lost_costs_nothing(joined, tmp_path, done_before):
    source = pictures(tmp_path / "in", 10)
    lost = joined.add_node(**NODE)
    out = _made(tmp_path / "out")
    outcomes = []
    for _, outcome in Batch(jobs(source, out), Journal(out), work=copy_slowly, cluster=True).outcomes():
        outcomes.append(outcome)
        if len(outcomes) == done_before:
            joined.remove_node(lost, allow_graceful=False)
    assert [outcome for outcome in outcomes if not isinstance(outcome, Report)] == []
    assert len(outcomes) == 10
    _are_copies(source, out)


@pytest.mark.parametrize("seconds", [0.3, 0.8])
def test_the_program_killed_goes_on_to_the_same_files(cluster, tmp_path, seconds):
    source = pictures(tmp_path / "in", 4)
    words = ["decompose", str(source), "-o", str(tmp_path / "out"), *CLASSIC, "--cluster", cluster.address]
    program = subprocess.Popen([sys.executable, "-m", "bridge", *words], stdout=subprocess.DEVNULL)
    journal = tmp_path / "out" / JOURNAL_NAME
    deadline = time.monotonic() + 100
    while not journal.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(seconds)
    os.kill(program.pid, signal.SIGKILL)
    program.wait()
    assert main(words) == 0
    assert main(["decompose", str(source), "-o", str(tmp_path / "here"), *CLASSIC, "--workers", "1"]) == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "here")


def test_a_defect_of_one_picture_comes_back_as_itself(joined):
    with RayPool(square, None) as pool:
        pool.submit(-1)
        found = ended(pool)
    assert [(item, type(problem)) for item, problem in found] == [(-1, ValueError)]


def test_a_node_with_another_version_of_the_program_is_refused_in_one_line(joined):
    with RayPool(square, None, version="0.0.1") as pool:
        pool.submit(2)
        with pytest.raises(ClusterError, match=r"a node runs diffdecompose .*, this machine 0\.0\.1: install the same"):
            ended(pool)


def test_evaluation_and_export_get_their_results_in_order(cluster):
    assert list(map_in_order(square, [3, 1, 2], cluster=cluster.address)) == [9, 1, 4]
    assert list(map_in_order(square, [3, 1, 2], workers=2)) == [9, 1, 4]


def test_a_share_that_vanished_is_one_line_a_picture(joined, tmp_path, capsys):
    source = pictures(tmp_path / "in", 2)
    out = _made(tmp_path / "out")
    planned = Batch(jobs(source, out), Journal(out), cluster=True).outcomes()
    source.rename(tmp_path / "elsewhere")
    problems = [str(outcome) for _, outcome in planned]
    assert len(problems) == 2
    assert all("no such file" in problem.lower() and "\n" not in problem for problem in problems)
    assert contents(out) == {}


def test_no_cluster_at_the_address_is_one_line(tmp_path, capfd):
    source = pictures(tmp_path / "in", 2)
    ray.shutdown()
    words = ["decompose", str(source), "-o", str(tmp_path / "out"), *CLASSIC, "--cluster", "ray://127.0.0.1:9"]
    assert main(words) == 2
    told = [line for line in capfd.readouterr().err.splitlines() if line.startswith("diffdecompose: ")]
    assert len(told) == 1
    assert "start one with `ray start --head`" in told[0]
    assert contents(tmp_path / "out") == {}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _are_copies(source: Path, out: Path) -> None:
    there = {path.stem: path.read_bytes() for path in out.glob("*.psd")}
    assert there == {path.stem: path.read_bytes() for path in source.iterdir()}
