"""Outcomes as a table: medians by row and method, in Markdown and JSON. Knows nothing of pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from .metrics import calibration_error
from .outcome import Outcome

__all__ = ["Summary", "markdown", "rows_markdown", "summaries", "write", "write_atomically"]

UNTOUCHED_COVERAGE = 0.005
"""Coverage below which a clean picture counts as left alone."""

HARM, GREAT_HARM = 1.05, 1.5
"""Ratios to the unchanged composite's error from which a picture counts as harmed."""

UNTOUCHED_RMSE = 1.0
"""RMSE, in levels, below which a clean picture counts as undamaged."""


@dataclass(frozen=True)
class Summary:
    """One line of the table. Medians over pictures; recomposition_error is the largest; None: does not apply.

    worse, much_worse: share of pictures whose error is above HARM, above GREAT_HARM of the unchanged composite's.
    blend_accuracy: share of right blend types, where the types differ visibly.
    untouched: share of clean pictures with hardly any coverage and hardly any damage.
    """

    row: str
    method: str
    pictures: int
    rmse: float
    ratio: float | None
    worse: float | None
    much_worse: float | None
    psnr: float
    ssim: float
    seconds: float
    alpha_error: float | None
    colour_error: float | None
    recomposition_error: int | None
    blend_accuracy: float | None
    untouched: float | None


def summaries(outcomes: Sequence[Outcome]) -> list[Summary]:
    """One Summary for each (row, method), in order of appearance."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.row, outcome.method), []).append(outcome)
    return [_summary(row, name, group) for (row, name), group in groups.items()]


def _summary(row: str, name: str, group: list[Outcome]) -> Summary:
    def median(field: str) -> float | None:
        values = [v for v in (getattr(o, field) for o in group) if v is not None and not np.isnan(v)]
        return float(np.median(values)) if values else None

    ratios = [o.ratio for o in group if o.ratio is not None]
    types = [o.blend == o.true_blend for o in group if o.blend_visible]
    errors = [o.recomposition_error for o in group if o.recomposition_error is not None]
    clean = [
        o.coverage < UNTOUCHED_COVERAGE and o.rmse < UNTOUCHED_RMSE for o in group if o.clean and o.coverage is not None
    ]
    return Summary(
        row=row,
        method=name,
        pictures=len(group),
        rmse=median("rmse") or 0.0,
        ratio=median("ratio"),
        worse=float(np.mean([r > HARM for r in ratios])) if ratios else None,
        much_worse=float(np.mean([r > GREAT_HARM for r in ratios])) if ratios else None,
        psnr=median("psnr") or 0.0,
        ssim=median("ssim") or 0.0,
        seconds=median("seconds") or 0.0,
        alpha_error=median("alpha_error"),
        colour_error=median("colour_error"),
        recomposition_error=max(errors, default=None),
        blend_accuracy=float(np.mean(types)) if types else None,
        untouched=float(np.mean(clean)) if clean else None,
    )


def calibration(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Expected calibration error by engine: its confidence against `Outcome.right`, over all pictures."""
    result = {}
    for name in dict.fromkeys(o.method for o in outcomes if o.confidence is not None):
        judged = [o for o in outcomes if o.method == name]
        if judged:
            right = np.array([o.right for o in judged], float)
            result[name] = calibration_error(np.array([o.confidence for o in judged], float), right)
    return result


def rows_markdown(outcomes: Sequence[Outcome]) -> str:
    """A Markdown table of the summaries."""
    heads = (
        "row",
        "who",
        "n",
        "RMSE",
        "/unchanged",
        "> 1.05",
        "> 1.5",
        "PSNR",
        "SSIM",
        "alpha",
        "colour",
        "type right",
    )
    lines = ["| " + " | ".join((*heads, "clean", "recomposes", "s")) + " |", "|---|---|" + "---:|" * 13]
    for s in summaries(outcomes):
        cells = [
            s.row,
            s.method,
            str(s.pictures),
            f"{s.rmse:.2f}",
            _share(s.ratio, 3),
            _percent(s.worse),
            _percent(s.much_worse),
        ]
        cells += [f"{s.psnr:.1f}", f"{s.ssim:.3f}", _share(s.alpha_error, 3), _share(s.colour_error, 1)]
        cells += [_percent(s.blend_accuracy), _percent(s.untouched)]
        cells += ["" if s.recomposition_error is None else str(s.recomposition_error), f"{s.seconds:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def markdown(outcomes: Sequence[Outcome], description: dict[str, object]) -> str:
    """The whole report: what was measured, the table, calibration."""
    what = ", ".join(f"{key} {value}" for key, value in description.items())
    parts = [f"Medians over pictures; {what}. Errors in levels of 255, alpha 0..1.", "", rows_markdown(outcomes)]
    expected = calibration(outcomes)
    if expected:
        parts += ["", "Expected calibration error: " + ", ".join(f"{n} {v:.3f}" for n, v in expected.items()) + "."]
    return "\n".join(parts) + "\n"


def write(outcomes: Sequence[Outcome], description: dict[str, object], folder: Path) -> None:
    """evaluation.json (description, summaries, calibration, every outcome) and evaluation.md in `folder`."""
    report = {
        "description": description,
        "summaries": [asdict(s) for s in summaries(outcomes)],
        "calibration": calibration(outcomes),
        "outcomes": [asdict(o) for o in outcomes],
    }
    write_atomically(folder / "evaluation.json", json.dumps(report, indent=1))
    write_atomically(folder / "evaluation.md", markdown(outcomes, description))


def write_atomically(path: Path, text: str) -> None:
    """The old file stays until the new one is complete."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _share(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"
