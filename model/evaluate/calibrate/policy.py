"""Choose which kinds nano leaves to classic, or leaves alone: step "policy" of `python -m model.evaluate.calibrate`.

Reads an evaluation that ran both `nano` and `classic:kind`, because nano gives classic the kind when it hands over.
Writes {kind: "classic" | "leave"} as "policy" of model/nano/calibration.json; a kind without a line stays with nano.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from statistics import median

from ...errors import InvalidRequest
from ...nano.config import CALIBRATION, load_calibration, save_calibration
from ...types import Kind

__all__ = ["choose", "main"]

GAIN = 0.95
"""Median ratio to the unchanged composite's error that either engine must reach; otherwise the kind is left alone."""

CLASSIC, NANO = "classic:kind", "nano"


def choose(outcomes: list[dict]) -> dict[str, str]:
    """kind -> "classic" or "leave", from the outcomes of an evaluation.

    Every picture of a kind counts alike. Raises InvalidRequest where one of the two engines did not run.
    """
    policy = {}
    for kind in sorted({o["kind"] for o in outcomes if o["kind"]}):
        ratios = {n: [o["ratio"] for o in outcomes if (o["kind"], o["method"]) == (kind, n)] for n in (NANO, CLASSIC)}
        if not all(ratios.values()):
            raise InvalidRequest(f"{NANO} or {CLASSIC} was not run on {kind}: evaluate with --engines {NANO},{CLASSIC}")
        nano, classic = median(ratios[NANO]), median(ratios[CLASSIC])
        if min(nano, classic) > GAIN:
            policy[kind] = "leave"
        elif classic < nano:
            policy[kind] = "classic"
    return policy


def main(arguments: list[str] | None = None) -> int:
    """Write the policy beside the weights, or where --out says."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluate.calibrate policy", description=__doc__)
    parser.add_argument("evaluation", type=Path)
    parser.add_argument("--out", type=Path, default=CALIBRATION)
    args = parser.parse_args(arguments)
    policy = choose(json.loads(args.evaluation.read_text(encoding="utf-8"))["outcomes"])
    before = load_calibration(args.out if args.out.is_file() else CALIBRATION)
    chosen = {Kind(kind): choice for kind, choice in policy.items()}
    save_calibration(replace(before, policy=chosen), args.out)
    print(policy)
    return 0
