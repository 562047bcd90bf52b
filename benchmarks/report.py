"""What a benchmark says: a line a figure, a verdict where there is a limit, an exit code at the end.

`python -m benchmarks` collects the figures of all: it names a file in FIGURES, in the environment of each.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["FIGURES", "Figure", "Report"]

FIGURES = "DIFFDECOMPOSE_BENCHMARK_FIGURES"
"""Environment variable: the file into which a report writes its figures as JSON when it ends."""


@dataclass(frozen=True)
class Figure:
    """One number. limit: None where there is none; the value is at most that, or at least where `at_least`."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False

    @property
    def is_missed(self) -> bool:
        if self.limit is None:
            return False
        return self.value < self.limit if self.at_least else self.value > self.limit

    @property
    def verdict(self) -> str:
        """Empty where there is no limit."""
        if self.limit is None:
            return ""
        bound = f"at {'least' if self.at_least else 'most'} {self.limit:g}"
        return f"{bound}{' ' + self.unit if self.unit else ''}: {'MISSED' if self.is_missed else 'ok'}"


class Report:
    """The figures of one benchmark."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    @property
    def missed(self) -> list[str]:
        """What was beyond its limit."""
        return [figure.what for figure in self.figures if figure.is_missed]

    def judge(self, what: str, value: float, limit: float, unit: str = "") -> str:
        """A word: whether `value` is at most `limit`."""
        self.figures.append(Figure(what, value, unit, limit))
        return "MISSED" if self.figures[-1].is_missed else "ok"

    def say(self, what: str, value: float, unit: str, limit: float | None = None, at_least: bool = False) -> None:
        """One line."""
        figure = Figure(what, value, unit, limit, at_least)
        self.figures.append(figure)
        print(f"{what:64} {value:8.2f} {unit}{f'   ({figure.verdict})' if figure.verdict else ''}", flush=True)

    def end(self) -> int:
        """The last line; the exit code: 1 where a limit was missed."""
        print(f"missed: {', '.join(self.missed)}" if self.missed else "all within their limits")
        if os.environ.get(FIGURES):
            Path(os.environ[FIGURES]).write_text(json.dumps([asdict(figure) for figure in self.figures]), "utf-8")
        return 1 if self.missed else 0
