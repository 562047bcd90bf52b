"""Scores as the paper prints them: a block a benchmark, a line a metric, a column a method. Knows no pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["METRICS", "Score", "markdown", "write"]

METRICS = (
    ("rmse", "RMSE", "lower", 4),
    ("ssim", "SSIM", "higher", 4),
    ("lpips", "LPIPS", "lower", 4),
    ("fid", "FID", "lower", 2),
    ("seconds", "seconds", "lower", 2),
    ("peak_gib", "peak GiB", "lower", 2),
)
"""Field, name, which way is better, digits."""


@dataclass(frozen=True)
class Score:
    """Means over a benchmark's pictures, as in the paper; seconds is the median. None: not measured."""

    row: str
    method: str
    pictures: int
    rmse: float
    ssim: float
    lpips: float | None
    fid: float | None
    seconds: float
    peak_gib: float | None


def markdown(scores: Sequence[Score]) -> str:
    """The table; the best of each line in bold."""
    methods = list(dict.fromkeys(score.method for score in scores))
    lines = ["| Dataset | Metric | " + " | ".join(methods) + " |", "|---|---|" + "---:|" * len(methods)]
    for row in dict.fromkeys(score.row for score in scores):
        of = {score.method: score for score in scores if score.row == row}
        for field, name, better, digits in METRICS:
            values = {method: getattr(score, field) for method, score in of.items()}
            known = [value for value in values.values() if value is not None]
            if not known:
                continue
            best = min(known) if better == "lower" else max(known)
            cells = [_cell(values.get(method), digits, best) for method in methods]
            lines.append(f"| {row} | {name}{'↓' if better == 'lower' else '↑'} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(value: float | None, digits: int, best: float) -> str:
    if value is None:
        return "-"
    return f"**{value:.{digits}f}**" if value == best else f"{value:.{digits}f}"


def write(scores: Sequence[Score], folder: Path) -> None:
    """paper.md and paper.json in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("paper.md", markdown(scores)),
        ("paper.json", json.dumps([asdict(score) for score in scores], indent=1)),
    ):
        part = folder / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(folder / name)
