"""The short run on a borrowed GPU, rehearsed on a CPU: what it leaves when it ends, is stopped, or is killed."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("safetensors")

from model.alphablend.pack import read_pack  # noqa: E402
from model.errors import InvalidRequest, ModelError  # noqa: E402
from model.nano.net import NanoNetwork, NanoParams  # noqa: E402
from model.nano.net.export import export, read_graph  # noqa: E402
from model.train.nano.burst.command import main  # noqa: E402
from model.train.nano.burst.compiled import begin_trial, trial_succeeded  # noqa: E402
from model.train.nano.burst.pack import PACK, WEIGHTS, write_bundle  # noqa: E402
from model.train.nano.burst.weights import load_weights, network_of, save_weights  # noqa: E402

ROOT = Path(__file__).resolve().parents[4]
TINY = NanoParams(widths=(8, 12, 16, 16), encoder=(1, 1, 1, 1), decoder=(1, 1, 1), embedding=8)
GIVEN = [
    "--device",
    "cpu",
    "--no-compile",
    "--batch",
    "4",
    "--parts",
    "2",
    "--sizes",
    "32x32",
    "--log-seconds",
    "0",
    "--crops",
    "1",
]


@pytest.fixture(scope="module")
def bundle(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real bundle's two files, tiny."""
    folder = tmp_path_factory.mktemp("bundle")
    torch.manual_seed(0)
    network = NanoNetwork(TINY)
    save_weights(folder / WEIGHTS, network.state_dict(), TINY, {})
    shutil.copy(pack, folder / PACK)
    export(network, folder / "begin.onnx")
    return folder


@pytest.fixture(scope="module")
def finished(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run of four steps left; no test changes it."""
    out = tmp_path_factory.mktemp("finished") / "out"
    main(["--bundle", str(bundle), "--out", str(out), *GIVEN, "--steps", "4", "--widths", "12,16,20,24"])
    return out


def test_a_run_leaves_small_weights_a_curve_and_a_comparison(finished: Path) -> None:
    out = finished
    params, average, notes = load_weights(out / "average.safetensors")
    assert params.widths == (12, 16, 20, 24)
    assert notes["samples"] == str(10**6 + 16)
    assert all(value.isfinite().all() for value in average.values())
    assert {path.name for path in out.iterdir()} == {
        "network.safetensors", "average.safetensors", "curve.jsonl", "validation.csv", "log.txt"
    }  # fmt: skip
    with (out / "validation.csv").open() as file:
        assert [row["network"] for row in csv.DictReader(file)] == ["average", "begin"]
    log = (out / "log.txt").read_text()
    assert "20 of 20 subtypes went through a step on cpu" in log
    assert "left out" not in log


def test_weights_become_a_graph_by_one_command(finished: Path, bundle: Path, tmp_path: Path) -> None:
    main(["export", "--weights", str(finished / "average.safetensors"), "--network", str(bundle / "begin.onnx"),
          "--to", str(tmp_path / "marks.onnx")])  # fmt: skip
    graph, kept = read_graph(tmp_path / "marks.onnx"), network_of(finished / "average.safetensors")
    assert graph.params == kept.params
    assert torch.allclose(graph.head.weight, kept.head.weight, atol=2e-2)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_run_that_is_killed_leaves_whole_weights(bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "model.train.nano.burst", "--bundle", str(bundle), "--out", str(out), *GIVEN]
    process = subprocess.Popen([*command, "--save-seconds", "0"], cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"})
    try:
        for _ in range(1500):
            if (out / "log.txt").exists() and (out / "log.txt").read_text().count("weights kept") > 3:
                break
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    finally:
        process.kill()
    for name in ("network", "average"):
        params, weights, notes = load_weights(out / f"{name}.safetensors")
        assert params == TINY
        assert int(notes["samples"]) > 10**6
        assert network_of(out / f"{name}.safetensors").state_dict().keys() == weights.keys()


def test_compilation_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    process = begin_trial("cpu", TINY, [(2, (32, 32))], tmp_path / "errors.txt")
    assert not trial_succeeded(process, 0.0)
    assert process.returncode != 0


def test_compilation_that_fails_is_known_to_have_failed(tmp_path: Path) -> None:
    process = begin_trial("cpu", TINY, [(2, (33, 33))], tmp_path / "errors.txt")  # no multiple of 32
    assert not trial_succeeded(process, 300.0)
    assert "Error" in (tmp_path / "errors.txt").read_text()


def test_the_bundle_holds_train_and_validation_alone_and_fits(bundle: Path, pack: Path, tmp_path: Path) -> None:
    line = write_bundle(pack, tmp_path, "marks", bundle / "begin.onnx", megabytes=1.0)
    assert "3 train, 3 validation photographs" in line
    with pytest.raises(KeyError):
        read_pack(tmp_path / PACK, "test")
    assert network_of(tmp_path / WEIGHTS).params == TINY
    with pytest.raises(InvalidRequest, match="at the least"):
        write_bundle(pack, tmp_path, "marks", bundle / "begin.onnx", megabytes=0.001)


def test_only_what_is_trained_is_written_and_the_rest_is_taken_from_the_graph(tmp_path: Path) -> None:
    network = NanoNetwork(replace(TINY, letters=True))
    learned = {name: p for name, p in network.named_parameters() if p.requires_grad}
    save_weights(tmp_path / "network.safetensors", learned, network.params, {})
    with pytest.raises(ModelError, match="--network"):
        network_of(tmp_path / "network.safetensors")
    export(network, tmp_path / "begin.onnx")
    whole = network_of(tmp_path / "network.safetensors", tmp_path / "begin.onnx")
    assert whole.letters is not None
    assert network.letters is not None
    assert torch.allclose(whole.letters.gather.weight, network.letters.gather.weight, atol=2e-2)


def test_a_file_that_is_no_weights_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "cut.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="holds no weights"):
        load_weights(tmp_path / "cut.safetensors")
