"""What the benchmarks say: verdicts, one table, one exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main, run, table
from benchmarks.report import FIGURES, Figure, Report


@pytest.mark.parametrize(
    ("value", "at_least", "missed"), [(2.0, False, False), (2.1, False, True), (2.0, True, False), (1.9, True, True)]
)
def test_a_figure_is_missed_on_the_wrong_side_of_its_limit(value: float, at_least: bool, missed: bool) -> None:
    figure = Figure("speed", value, "x", 2.0, at_least)
    assert figure.is_missed is missed
    assert figure.verdict == f"at {'least' if at_least else 'most'} 2 x: {'MISSED' if missed else 'ok'}"


def test_a_report_ends_with_an_exit_code_and_its_figures_in_the_file_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FIGURES, str(tmp_path / "figures.json"))
    report = Report()
    report.say("seconds of something", 3.0, "s")
    report.say("bytes a pixel", 40.0, "B", 45.0)
    assert report.end() == 0
    assert [Figure(**one) for one in json.loads((tmp_path / "figures.json").read_text())] == report.figures
    report.say("bytes a pixel at 16 bit", 61.0, "B", 60.0)
    assert report.end() == 1
    assert report.missed == ["bytes a pixel at 16 bit"]


def test_a_benchmark_that_breaks_is_a_miss() -> None:
    assert run("faults", ["--no-such-flag"]) is None
    assert table({"faults": None})[-1] == "| faults | failed before its end | | MISSED |"


def test_one_command_runs_benchmarks_and_ends_with_one_table_and_one_exit_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--only", "faults"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| benchmark | figure | value | limit |"
    assert "| faults | jobs lost | 0.00  | at most 0: ok |" in lines
    assert "0 beyond their limit" in lines[-1]
