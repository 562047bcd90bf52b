"""Fit how nano chooses the blend type: `python -m model.evaluate.fit_blend`, after `calibrate`, with the kind given.

For each kind, on composites whose blend type is identifiable, the head's log-probabilities, the edge's log-likelihoods
and a bias for each type are weighted so that the true types are likeliest. Writes "types" into model/nano/belief.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..nano import belief, layout
from ..nano.answers import PHYSICAL
from ..nano.eyes import evidence_of
from ..nano.passes import GLOBAL_SIDE, VEIL_SIDE, see_whole
from ..nano.session import MARKS, NETWORKS, Network
from ..types import Composite, Kind, Request
from .identifiability import distinguishable
from .tables import write_atomically
from .triplets import ROWS, Triplet, from_generator

__all__ = ["BlendObservation", "fit_blend_weights", "main", "observe"]

PRIOR = np.array([1.0, 0.4, 0.0, 0.0, 0.0, 0.0])
"""The head as it is, an edge at less than its word, no type likelier: what few pictures do not outweigh."""

HELD = np.array([4.0, 4.0, 1.0, 1.0, 1.0, 1.0])
"""How firmly, in units of one picture's information."""


@dataclass(frozen=True, eq=False)
class BlendObservation:
    """One picture. head: probabilities, 4.   edge: log-likelihoods, 4, zeros where it says nothing.   truth: index."""

    head: np.ndarray
    edge: np.ndarray
    truth: int


def observe(triplet: Triplet, marks: Network, veils: Network, weather: Network) -> BlendObservation | None:
    """None where the blend type is not identifiable from the composite."""
    blend, kind = triplet.blend, triplet.kind
    if blend is None or not distinguishable(triplet.composite, triplet.background, triplet.alpha, blend):
        return None
    request, edge = Request(Composite(triplet.composite)), None
    if kind in belief.VEIL_KINDS:
        whole = see_whole(veils, request, None, kind, True, VEIL_SIDE)
    elif kind in belief.WEATHER_KINDS:
        whole = see_whole(weather, request, None, kind, False, GLOBAL_SIDE)
    else:
        whole = see_whole(marks, request, None, kind, False, GLOBAL_SIDE)
        edge = evidence_of(whole)
    types = np.zeros(len(layout.BLENDS)) if edge is None else edge.types
    return BlendObservation(whole.look.blend, types, layout.BLENDS.index(blend))


def fit_blend_weights(kind: Kind, pictures: Sequence[BlendObservation], steps: int = 60) -> list[float]:
    """Power of the head, weight of the edge, a bias for each type: maximum a posteriori, by Newton's method."""
    width = len(layout.BLENDS)
    head = np.log(np.maximum([p.head for p in pictures], 1e-6))
    # n x types x 6: what each type's odds are made of
    edges, each = np.stack([p.edge for p in pictures]), np.broadcast_to(np.eye(width), (len(head), width, width))
    parts = np.concatenate([head[..., None], edges[..., None], each], axis=-1)
    truth = np.array([p.truth for p in pictures])
    allowed = np.array([blend in PHYSICAL.get(kind, layout.BLENDS) for blend in layout.BLENDS])
    weights = PRIOR.copy()
    for _ in range(steps):
        logs = np.where(allowed, parts @ weights, -np.inf)
        odds = np.exp(logs - logs.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        mean = np.einsum("nk,nkf->nf", odds, parts)
        slope = (parts[np.arange(len(truth)), truth] - mean).sum(axis=0) - HELD * (weights - PRIOR)
        around = parts - mean[:, None]
        bend = np.einsum("nk,nkf,nkg->fg", odds, around, around) + np.diag(HELD)
        weights = weights + np.linalg.solve(bend, slope)
    weights[:2] = np.maximum(weights[:2], 0)
    return [round(float(w), 3) for w in weights]


def main(arguments: list[str] | None = None) -> int:
    """Fit, write and print."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluate.fit_blend", description="Fit nano's blend types.")
    parser.add_argument("--data", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--count", type=int, default=40, help="pictures a row and split")
    parser.add_argument("--rows", default="text,logo,fog,rain,snow,flare,cell,glass")
    parser.add_argument("--splits", default="validation,train", help="never test")
    parser.add_argument("--short-side", type=int, default=720)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--weights", type=Path, default=MARKS.parent, help="folder of the networks' graphs")
    parser.add_argument("--out", type=Path, default=belief.COEFFICIENTS, help="belief.json, read and written")
    args = parser.parse_args(arguments)
    networks = [Network(args.weights / weights.name) for weights in NETWORKS]
    pictures: dict[Kind, list[BlendObservation]] = {}
    for row in args.rows.split(","):
        kind = ROWS[row][1]
        assert kind is not None
        for split in args.splits.split(","):
            for triplet in from_generator(args.data, row, args.count, args.short_side, args.seed, split):
                one = observe(triplet, *networks)
                if one is not None:
                    pictures.setdefault(kind, []).append(one)
        print(row, len(pictures.get(kind, [])), flush=True)
    coefficients = json.loads(args.out.read_text(encoding="utf-8"))
    found = {str(kind): fit_blend_weights(kind, mine) for kind, mine in pictures.items()}
    coefficients["types"] = coefficients.get("types", {}) | found
    write_atomically(args.out, json.dumps(coefficients, indent=1) + "\n")
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
