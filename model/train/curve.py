"""The curve of a training: one JSON object a line, with the step, numbers of it, and seconds since this call began.

Earlier trainings of `nano` wrote the same columns as CSV, which is still read.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import SupportsFloat

__all__ = ["CURVE", "add_row", "drop_after", "read_curve"]

CURVE = "curve.jsonl"
"""Its name in a run's folder."""


def add_row(path: Path, row: Mapping[str, SupportsFloat]) -> dict[str, float]:
    """Write one row at the end, and return it: integers as they are, everything else (tensors too) as floats."""
    plain = {name: value if isinstance(value, int) else float(value) for name, value in row.items()}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(plain) + "\n")
    return plain


def read_curve(path: Path) -> list[dict[str, float]]:
    """The rows of a curve, in the order in which they were written."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if lines and not lines[0].startswith("{"):
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(lines)]
    return [json.loads(line) for line in lines]


def drop_after(path: Path, step: int) -> None:
    """Drop what a lost run noted after its last checkpoint, which is that of `step`."""
    if path.is_file():
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if json.loads(line)["step"] <= step), encoding="utf-8")
