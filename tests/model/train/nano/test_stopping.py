"""A run that is stopped saves; the same command goes on; a run that has cooled goes on from before that."""

import csv
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from model.nano.net import NanoParams  # noqa: E402
from model.nano.net.export import export  # noqa: E402
from model.train.curve import read_curve  # noqa: E402
from model.train.nano import run as training  # noqa: E402
from model.train.nano.checkpoint import load_network  # noqa: E402
from model.train.nano.command import main  # noqa: E402
from model.train.nano.config import CONFIGS  # noqa: E402
from model.train.nano.initialise import initialised  # noqa: E402
from model.train.nano.trainer import CHECKPOINT, STABLE, RunConfig, resumed_from, start  # noqa: E402

ROOT = Path(__file__).resolve().parents[4]
TINY = NanoParams(widths=(8, 12, 16), encoder=(1, 1, 1), decoder=(1, 1), embedding=8)


@pytest.fixture
def no_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pack of noise has nothing to measure."""
    ratios = dict.fromkeys(CONFIGS["weather"].validated, 0.5)
    monkeypatch.setattr(training, "validate", lambda network, source, config, subtypes, count: ratios)


def step_of(path: Path) -> int:
    return load_network(path, torch.device("cpu"))[1]["step"]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM there")
def test_sigterm_saves_and_the_command_goes_on_here_and_in_two_processes(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """First in the process of the tests, then as a command whose two processes end together."""
    export(initialised(TINY), tmp_path / "begin.onnx")
    out = tmp_path / "run"
    words = ["--pack", str(pack), "--course", "weather", "--batch", "2", "--log-every", "1", "--out", str(out)]
    words += ["--resume", str(tmp_path / "begin.onnx")]
    curve = out / "curve.jsonl"

    def grown(size: int) -> bool:
        return curve.exists() and curve.stat().st_size > size

    def ask_to_stop() -> None:
        # The curve grows inside the loop alone, where SIGTERM is listened to.
        while not grown(0):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    asking = threading.Thread(target=ask_to_stop, daemon=True)
    asking.start()
    main(words)
    asking.join()
    assert "the same command goes on" in capsys.readouterr().out
    before, size = step_of(out / CHECKPOINT), curve.stat().st_size
    command = [sys.executable, "-m", "model.train.nano", *words, "--processes", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 120
        while not grown(size):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "the same command goes on" in said
    assert step_of(out / CHECKPOINT) > before
    assert (out / "weather.onnx").is_file()
    logged = [int(row["step"]) for row in read_curve(curve)]
    assert logged == sorted(set(logged)), "one curve, no step twice"


@pytest.mark.usefixtures("no_validation")
def test_a_run_that_has_cooled_goes_on_from_before_the_cooldown(pack: Path, tmp_path: Path) -> None:
    config = replace(CONFIGS["weather"], params=TINY)
    run = RunConfig(pack, tmp_path, config, "weather", batch=2, minutes=0.05, cooldown=0.5, log_every=1)
    training.train(run)
    stable, last = step_of(tmp_path / STABLE), step_of(tmp_path / CHECKPOINT)
    assert stable < last
    assert resumed_from(run) == tmp_path / STABLE
    assert start(run, rank=0).step == stable


@pytest.mark.usefixtures("no_validation")
def test_a_run_is_compared_with_a_graph_on_the_same_crops(pack: Path, tmp_path: Path) -> None:
    export(initialised(TINY), tmp_path / "shipped.onnx")
    config = replace(CONFIGS["weather"], params=TINY)
    run = RunConfig(pack, tmp_path / "run", config, "weather", batch=2, steps=1, compare=tmp_path / "shipped.onnx")
    training.train(run)
    with (tmp_path / "run" / "comparison.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["kind"] for row in rows] == list(config.validated)
    assert all(row["run"] and row["compared"] for row in rows)
