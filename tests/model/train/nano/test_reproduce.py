"""A training that can be had again: the same seed, the same curve."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from model.nano.net import NanoParams  # noqa: E402
from model.train.curve import add_row, read_curve  # noqa: E402
from model.train.nano import reproduce  # noqa: E402
from model.train.nano import run as training  # noqa: E402
from model.train.nano.config import CONFIGS  # noqa: E402
from model.train.nano.trainer import RunConfig  # noqa: E402

TINY = replace(CONFIGS["veils"], params=NanoParams(widths=(8, 12, 16), encoder=(1, 1, 1), decoder=(1, 1), embedding=8))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """No validation: the tiny pack has nothing to measure."""
    monkeypatch.setattr(training, "validate", lambda network, source, config, looks, count: {"fog": 0.5})


def test_a_second_run_follows_the_first_and_is_told_from_a_worse_one(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = RunConfig(pack, tmp_path, TINY, "veils", batch=2, log_every=1, steps=2, minutes=reproduce.NO_TIME_LIMIT)
    training.train(run)
    curve = tmp_path / "curve.jsonl"
    given = ["--pack", str(pack), "--curve", str(curve), "--steps", "2"]
    assert reproduce.main(given, run) == 0
    assert "0.00%" in capsys.readouterr().out
    rows = read_curve(curve)
    curve.unlink()
    for row in rows:
        add_row(curve, row | {"total": row["total"] * 1.06})
    assert reproduce.main(given, run) == 1


def test_curves_are_compared_by_the_hundred(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    for path, more in ((one, 0.0), (two, 0.5)):
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([("step", "total"), (50, 2 + more), (100, 4 - more), (150, 1), (200, 1 + more)])
    assert reproduce.compare(one, two) == [(100, 3.0, 3.0), (200, 1.0, 1.25)]


def test_curves_without_a_step_in_common_are_refused(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("step,total\n25,1\n")
    two.write_text("step,total\n30,1\n")
    with pytest.raises(ValueError, match="no step in common"):
        reproduce.compare(one, two)


def test_the_committed_curve_has_its_thousand_steps() -> None:
    assert sorted(reproduce.losses(reproduce.COMMITTED)) == list(range(25, 1001, 25))
