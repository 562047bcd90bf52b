"""Fit how nano chooses the blend type: step "blend" of `python -m model.evaluate.calibrate`, after "presence".

For each kind, on composites whose blend type is identifiable and with the kind given, the head's log-probabilities, the
edge's log-likelihoods and a bias for each type are weighted so that the true types are likeliest. Writes "blend" of
model/nano/calibration.json.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...nano import layout
from ...nano.candidates import PHYSICAL, UNCALIBRATED
from ...nano.config import CALIBRATION, NanoConfig, load_calibration, save_calibration
from ...nano.detect import Detector, edge_likelihood_of
from ...nano.network import MARKS, NETWORKS, Network
from ...types import VEIL_KINDS, WEATHER_KINDS, Composite, Kind, Request
from ..identifiability import distinguishable
from ..triplets import ROWS, Triplet, from_generator
from .regression import conditional_logit

__all__ = ["BlendObservation", "fit_blend_weights", "main", "observe"]

PRIOR = np.array(UNCALIBRATED)
"""Prior mean: the head unchanged, the edge at 0.4 of its likelihood, no bias for any type."""

PRIOR_INFORMATION = np.array([4.0, 4.0, 1.0, 1.0, 1.0, 1.0])
"""Inverse variance of the prior, in units of one picture's information."""


@dataclass(frozen=True, eq=False)
class BlendObservation:
    """One picture. head: probabilities, 4.   edge: log-likelihoods, 4, zeros without an edge.   truth: type index."""

    head: np.ndarray
    edge: np.ndarray
    truth: int


def observe(
    triplet: Triplet, marks: Network, veils: Network, weather: Network, config: NanoConfig
) -> BlendObservation | None:
    """None where the blend type is not identifiable from the composite."""
    blend, kind = triplet.blend, triplet.kind
    if blend is None or not distinguishable(triplet.composite, triplet.background, triplet.alpha, blend):
        return None
    request, edge = Request(Composite(triplet.composite)), None
    if kind in VEIL_KINDS:
        whole = Detector(veils, config.veils).predict(request, None, kind, True)
    elif kind in WEATHER_KINDS:
        whole = Detector(weather, config.weather).predict(request, None, kind, False)
    else:
        whole = Detector(marks, config.marks).predict(request, None, kind, False)
        edge = edge_likelihood_of(whole, config)
    types = np.zeros(len(layout.BLENDS)) if edge is None else edge.types
    return BlendObservation(whole.output.blend, types, layout.BLENDS.index(blend))


def fit_blend_weights(kind: Kind, pictures: Sequence[BlendObservation]) -> list[float]:
    """Exponent of the head, weight of the edge and a bias for each of the four types, maximum a posteriori."""
    width = len(layout.BLENDS)
    head = np.log(np.maximum([p.head for p in pictures], 1e-6))
    # n x types x 6: the features of each type's odds
    edges, each = np.stack([p.edge for p in pictures]), np.broadcast_to(np.eye(width), (len(head), width, width))
    parts = np.concatenate([head[..., None], edges[..., None], each], axis=-1)
    truth = np.array([p.truth for p in pictures])
    allowed = np.array([blend in PHYSICAL.get(kind, layout.BLENDS) for blend in layout.BLENDS])
    weights = conditional_logit(parts, truth, allowed, PRIOR, PRIOR_INFORMATION)
    weights[:2] = np.maximum(weights[:2], 0)
    return [round(float(w), 3) for w in weights]


def main(arguments: list[str] | None = None) -> int:
    """Fit, write and print."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluate.calibrate blend", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--count", type=int, default=40, help="pictures a row and split")
    parser.add_argument("--rows", default="text,logo,fog,rain,snow,flare,cell,glass")
    parser.add_argument("--splits", default="validation,train", help="never test")
    parser.add_argument("--short-side", type=int, default=720)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--weights", type=Path, default=MARKS.parent, help="folder of the networks' graphs")
    parser.add_argument("--out", type=Path, default=CALIBRATION, help="calibration file, read and written")
    args = parser.parse_args(arguments)
    networks = [Network(args.weights / weights.name) for weights in NETWORKS]
    config = NanoConfig()
    pictures: dict[Kind, list[BlendObservation]] = {}
    for row in args.rows.split(","):
        kind = ROWS[row][1]
        assert kind is not None
        for split in args.splits.split(","):
            for triplet in from_generator(args.data, row, args.count, args.short_side, args.seed, split):
                one = observe(triplet, *networks, config=config)
                if one is not None:
                    pictures.setdefault(kind, []).append(one)
        print(row, len(pictures.get(kind, [])), flush=True)
    found = {kind: tuple(fit_blend_weights(kind, mine)) for kind, mine in pictures.items()}
    calibration = load_calibration(args.out)
    save_calibration(replace(calibration, blend={**calibration.blend, **found}), args.out)
    print(found)
    return 0
