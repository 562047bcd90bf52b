"""Fit the probability that a foreground is present: step "presence" of `python -m model.evaluate.calibrate`.

All networks predict pictures with and without an overlay; logistic regressions separate veils from none, weather from
none, and marks from clean pictures. Writes model/nano/belief.json, in which step "blend" then replaces "types". Half of
the pictures are clean. For veils and weather, training photographs serve beside those of validation, which are few.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...nano import calibration
from ...nano.detect import edge_likelihood_of
from ...nano.edge_likelihood import EdgeLikelihood
from ...nano.network import MARKS, NETWORKS, Network, NetworkOutput
from ...nano.passes import GLOBAL_SIDE, VEIL_SIDE, predict_global
from ...nano.policy import unasked_veils, unasked_weather
from ...types import Composite, Kind, Request
from ..tables import write_atomically
from ..triplets import CLEAN, ROWS, Triplet, from_generator
from .regression import logistic

__all__ = ["Observation", "coefficients", "main", "observe"]


@dataclass(frozen=True, eq=False)
class Observation:
    """What the networks predict for one picture, and what is there.

    edge: likelihoods from the mark's edge, None without one.   kind: the truth, None for a clean picture.
    unseen: the photograph is not one of training.
    """

    marks: NetworkOutput
    veils: NetworkOutput
    weather: NetworkOutput
    edge: EdgeLikelihood | None
    kind: Kind | None
    unseen: bool

    @property
    def is_veil(self) -> bool:
        return self.kind in unasked_veils()

    @property
    def is_weather(self) -> bool:
        return self.kind in unasked_weather()


def observe(triplet: Triplet, marks: Network, veils: Network, weather: Network, unseen: bool) -> Observation:
    request, kind = Request(Composite(triplet.composite)), triplet.kind
    whole = predict_global(marks, request, None, None, False, GLOBAL_SIDE)
    at_veils = predict_global(veils, request, None, None, False, VEIL_SIDE).output
    around = predict_global(weather, request, None, None, False, GLOBAL_SIDE).output
    return Observation(whole.output, at_veils, around, edge_likelihood_of(whole), kind, unseen)


def coefficients(observations: list[Observation]) -> dict[str, Any]:
    """Contents of belief.json: weather fitted on all pictures, veils on dry ones, marks on clean and marked ones."""
    dry = [s for s in observations if not s.is_weather]  # rain brings a haze of its own: `weather` says which it is
    is_veil = np.array([float(s.is_veil) for s in dry])
    veil_rows = [calibration.veil_features(s.veils, unasked_veils()) for s in dry]
    rows_beside_marks = [(*v, calibration.mark_log_odds_excess(s.marks)) for v, s in zip(veil_rows, dry, strict=True)]
    veils, beside = logistic(np.array(veil_rows), is_veil), logistic(np.array(rows_beside_marks), is_veil)
    weather_rows = [calibration.weather_features(s.weather, unasked_weather(), s.marks) for s in observations]
    weather = logistic(np.array(weather_rows), np.array([float(s.is_weather) for s in observations]))
    others = [s for s in dry if s.unseen and not s.is_veil]
    is_mark = np.array([float(s.kind is not None) for s in others])
    marks = logistic(
        np.array([(*calibration.mark_features(s.marks), calibration.edge_feature(s.edge)) for s in others]), is_mark
    )
    return {
        "veils": veils,
        "veils beside marks": beside,
        "weather": weather,
        "marks": marks,
        "types": {},  # as the head says, until step "blend" has been run with the new weights
    }


def main(arguments: list[str] | None = None) -> int:
    """Fit, write and print the coefficients."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluate.calibrate presence", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--count", type=int, default=30, help="pictures a row; as many clean ones as of all rows")
    parser.add_argument("--short-side", type=int, default=720)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--weights", type=Path, default=MARKS.parent, help="folder of the networks' graphs")
    parser.add_argument(
        "--rows", default="text,logo,fog,rain", help="rows that are to be found: kinds left alone are not"
    )
    parser.add_argument("--out", type=Path, default=calibration.COEFFICIENTS)
    args = parser.parse_args(arguments)
    networks = [Network(args.weights / weights.name) for weights in NETWORKS]
    rows = [row for row in args.rows.split(",") if row in ROWS]
    counts = {**dict.fromkeys(rows, args.count), CLEAN: args.count * len(rows)}
    wide = unasked_veils() | unasked_weather()
    known = {row: 2 * args.count for row in rows if ROWS[row][1] in wide} | {CLEAN: 2 * args.count}
    observations = [
        observe(triplet, *networks, unseen=split == "validation")
        for split, shares in (("validation", counts), ("train", known))
        for row, count in shares.items()
        for triplet in from_generator(args.data, row, count, args.short_side, args.seed, split)
    ]
    found = coefficients(observations)
    write_atomically(args.out, json.dumps(found, indent=1) + "\n")
    print(found)
    return 0
