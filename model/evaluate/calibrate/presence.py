"""Fit the probability that a foreground is present: step "presence" of `python -m model.evaluate.calibrate`.

All networks predict pictures with and without an overlay; logistic regressions separate veils from none, weather from
none, and marks from clean pictures. Writes "presence" of model/nano/calibration.json and empties "blend", which the
step of that name then fits. Half of the pictures are clean. For veils and weather, training photographs serve beside
those of validation, which are few.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...nano import detect
from ...nano.config import (
    CALIBRATION,
    Calibration,
    NanoConfig,
    load_calibration,
    save_calibration,
)
from ...nano.edge_likelihood import EdgeLikelihood
from ...nano.network import MARKS, NETWORKS, Network, NetworkOutput
from ...types import VEIL_KINDS, WEATHER_KINDS, Composite, Kind, Request
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


def observe(
    triplet: Triplet, marks: Network, veils: Network, weather: Network, unseen: bool, config: NanoConfig
) -> Observation:
    request = Request(Composite(triplet.composite))
    whole, at_veils, at_weather = (
        detect.Detector(network, one).predict(request, None, None, False)
        for network, one in ((marks, config.marks), (veils, config.veils), (weather, config.weather))
    )
    edge = detect.edge_likelihood_of(whole, config)
    return Observation(whole.output, at_veils.output, at_weather.output, edge, triplet.kind, unseen)


def coefficients(observations: list[Observation], before: Calibration) -> Calibration:
    """Weather is fitted on all pictures, veils on those without weather, marks on clean and marked ones.

    before: gives the policy. The blend weights are empty until step "blend" has been run with the new weights.
    """
    veil_kinds, weather_kinds = before.automatic(VEIL_KINDS), before.automatic(WEATHER_KINDS)
    dry = [s for s in observations if s.kind not in weather_kinds]  # rain brings a haze of its own
    is_veil = np.array([float(s.kind in veil_kinds) for s in dry])
    veil_rows = [detect.veil_features(s.veils, veil_kinds) for s in dry]
    given_marks = [(*v, detect.mark_log_odds_excess(s.marks)) for v, s in zip(veil_rows, dry, strict=True)]
    weather_rows = [detect.weather_features(s.weather, weather_kinds, s.marks) for s in observations]
    is_weather = np.array([float(s.kind in weather_kinds) for s in observations])
    others = [s for s in dry if s.unseen and s.kind not in veil_kinds]
    mark_rows = [(*detect.mark_features(s.marks), detect.edge_feature(s.edge)) for s in others]
    is_mark = np.array([float(s.kind is not None) for s in others])
    return replace(
        before,
        marks=tuple(logistic(np.array(mark_rows), is_mark)),
        veils=tuple(logistic(np.array(veil_rows), is_veil)),
        veils_given_marks=tuple(logistic(np.array(given_marks), is_veil)),
        weather=tuple(logistic(np.array(weather_rows), is_weather)),
        blend={},
    )


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
    parser.add_argument("--out", type=Path, default=CALIBRATION)
    args = parser.parse_args(arguments)
    networks = [Network(args.weights / weights.name) for weights in NETWORKS]
    rows = [row for row in args.rows.split(",") if row in ROWS]
    counts = {**dict.fromkeys(rows, args.count), CLEAN: args.count * len(rows)}
    config = NanoConfig()
    wide = config.calibration.automatic(VEIL_KINDS | WEATHER_KINDS)
    known = {row: 2 * args.count for row in rows if ROWS[row][1] in wide} | {CLEAN: 2 * args.count}
    observations = [
        observe(triplet, *networks, unseen=split == "validation", config=config)
        for split, shares in (("validation", counts), ("train", known))
        for row, count in shares.items()
        for triplet in from_generator(args.data, row, count, args.short_side, args.seed, split)
    ]
    found = coefficients(observations, load_calibration(args.out if args.out.is_file() else CALIBRATION))
    save_calibration(found, args.out)
    print(found)
    return 0
