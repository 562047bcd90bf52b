"""Fits how sure nano says it is: `python -m model.evaluate.calibrate`, after a training.

All networks look at pictures with and without an overlay; logistic regressions tell a veil from none, weather from
none, and a mark from a clean picture. Writes model/nano/belief.json, of which `model.evaluate.fit_blend` then names the
blend types. Half the pictures have nothing to find, as in life most have. For veils and weather the photographs of
training serve beside those of validation, which are few.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..nano import belief
from ..nano.edges import Evidence
from ..nano.eyes import evidence_of
from ..nano.passes import GLOBAL_SIDE, VEIL_SIDE, see_whole
from ..nano.policy import unasked_veils, unasked_weather
from ..nano.session import MARKS, NETWORKS, Look, Network
from ..types import Composite, Kind, Request
from .tables import write_atomically
from .triplets import CLEAN, ROWS, Triplet, from_generator

__all__ = ["fitted", "main"]

RIDGE = 1e-2


@dataclass(frozen=True, eq=False)
class Seen:
    """What the networks saw of one picture, and what was there.

    edge: what a mark's edge says.   unseen: no photograph of training.
    """

    marks: Look
    veils: Look
    weather: Look
    edge: Evidence | None
    kind: Kind | None
    unseen: bool

    @property
    def veiled(self) -> bool:
        return self.kind in unasked_veils()

    @property
    def falling(self) -> bool:
        return self.kind in unasked_weather()


def fitted(features: np.ndarray, truth: np.ndarray, steps: int = 50) -> list[float]:
    """Logistic regression by Newton's method, both outcomes weighing alike. n x k, n of 0|1 -> k + 1, bias first."""
    x = np.concatenate([np.ones((len(features), 1)), features], axis=1)
    share = truth.mean()
    weight = np.where(truth > 0, 0.5 / max(share, 1e-9), 0.5 / max(1 - share, 1e-9))
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        slope = x.T @ (weight * (p - truth)) + RIDGE * w
        bend = (x.T * (weight * p * (1 - p))) @ x + RIDGE * np.eye(len(w))
        w -= np.linalg.solve(bend, slope)
    return [round(float(v), 4) for v in w]


def seen(triplet: Triplet, marks: Network, veils: Network, weather: Network, unseen: bool) -> Seen:
    request, kind = Request(Composite(triplet.composite)), triplet.kind
    whole = see_whole(marks, request, None, None, False, GLOBAL_SIDE)
    at_veils = see_whole(veils, request, None, None, False, VEIL_SIDE).look
    around = see_whole(weather, request, None, None, False, GLOBAL_SIDE).look
    return Seen(whole.look, at_veils, around, evidence_of(whole), kind, unseen)


def coefficients(everything: list[Seen]) -> dict[str, Any]:
    """Contents of belief.json: weather fitted on all pictures, veils on dry ones, marks on clean and marked ones."""
    dry = [s for s in everything if not s.falling]  # rain brings a haze of its own: which it is, weather says
    is_veil = np.array([float(s.veiled) for s in dry])
    seen_veils = [belief.veil_features(s.veils, unasked_veils()) for s in dry]
    beside_marks = [(*v, belief.surely_marked(s.marks)) for v, s in zip(seen_veils, dry, strict=True)]
    veils, beside = fitted(np.array(seen_veils), is_veil), fitted(np.array(beside_marks), is_veil)
    falling = [belief.weather_features(s.weather, unasked_weather(), s.marks) for s in everything]
    weather = fitted(np.array(falling), np.array([float(s.falling) for s in everything]))
    others = [s for s in dry if s.unseen and not s.veiled]
    is_mark = np.array([float(s.kind is not None) for s in others])
    marks = fitted(np.array([(*belief.mark_features(s.marks), belief.edge_feature(s.edge)) for s in others]), is_mark)
    return {
        "veils": veils,
        "veils beside marks": beside,
        "weather": weather,
        "marks": marks,
        "types": {},  # as the head says, until `model.evaluate.fit_blend` has seen the new weights
    }


def main(arguments: list[str] | None = None) -> int:
    """Fit, write and print the coefficients."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluate.calibrate", description="Fit nano's confidence.")
    parser.add_argument("--data", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--count", type=int, default=30, help="pictures a row; as many clean ones as of all rows")
    parser.add_argument("--short-side", type=int, default=720)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--weights", type=Path, default=MARKS.parent, help="folder of the networks' graphs")
    parser.add_argument(
        "--rows", default="text,logo,fog,rain", help="rows that are to be found: kinds left alone are not"
    )
    parser.add_argument("--out", type=Path, default=belief.COEFFICIENTS)
    args = parser.parse_args(arguments)
    networks = [Network(args.weights / weights.name) for weights in NETWORKS]
    rows = [row for row in args.rows.split(",") if row in ROWS]
    counts = {**dict.fromkeys(rows, args.count), CLEAN: args.count * len(rows)}
    wide = unasked_veils() | unasked_weather()
    known = {row: 2 * args.count for row in rows if ROWS[row][1] in wide} | {CLEAN: 2 * args.count}
    everything = [
        seen(triplet, *networks, unseen=split == "validation")
        for split, shares in (("validation", counts), ("train", known))
        for row, count in shares.items()
        for triplet in from_generator(args.data, row, count, args.short_side, args.seed, split)
    ]
    found = coefficients(everything)
    write_atomically(args.out, json.dumps(found, indent=1) + "\n")
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
