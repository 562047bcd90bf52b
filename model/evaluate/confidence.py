"""Fits how often nano's whole answers are right: `python -m model.evaluate.confidence evaluation.json`.

After `calibrate`. The evaluation is one of validation pictures, every row untold. Its answers are given with a
confidence; a logistic regression says how often they were right, and takes the place of "answers" in
model/nano/belief.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ..nano import belief
from .calibrate import fitted
from .metrics import calibration_error
from .tables import write_whole
from .triplets import CLEAN

__all__ = ["main", "refined"]


def refined(before: list[float], outcomes: list[dict[str, Any]]) -> list[float]:
    """before: the coefficients under which the outcomes came about, as of `belief.answered`. -> better ones."""
    features = np.array([(belief.log_odds(o["confidence"]), o["blend"] is None) for o in outcomes], float)
    right = np.array([o["blend"] == o["true_blend"] for o in outcomes], float)
    bias, slope, nothing = fitted(features, right, alike=False)
    # A regression over what a regression gave is one regression.
    known = bias + slope * before[0], slope * before[1], slope * before[2] + nothing
    return [round(value, 4) for value in known]


def main(arguments: list[str] | None = None) -> int:
    """Fit, write and print; 1 where the evaluation is not one of validation pictures."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluate.confidence", description="Fit nano's confidence.")
    parser.add_argument("evaluations", type=Path, nargs="+", help="evaluation.json of --split validation")
    parser.add_argument("--out", type=Path, default=belief.COEFFICIENTS, help="belief.json, read and written")
    args = parser.parse_args(arguments)
    outcomes = []
    for path in args.evaluations:
        report = json.loads(path.read_text(encoding="utf-8"))
        if report["description"]["split"] != "validation":
            print(f"{path} is not of validation pictures: run evaluate with --split validation", file=sys.stderr)
            return 1
        outcomes += [o for o in report["outcomes"] if o["contestant"] == "nano"]
    outcomes = [o for o in outcomes if o["row"] == CLEAN or o["blend_visible"]]
    coefficients = json.loads(args.out.read_text(encoding="utf-8"))
    right = np.array([o["blend"] == o["true_blend"] for o in outcomes], float)
    print("before:", round(calibration_error(np.array([o["confidence"] for o in outcomes]), right), 3))
    coefficients["answers"] = refined(coefficients["answers"], outcomes)
    write_whole(args.out, json.dumps(coefficients, indent=1) + "\n")
    print(len(outcomes), "answers:", coefficients["answers"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
