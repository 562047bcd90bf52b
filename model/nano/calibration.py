"""How sure the networks' first looks are that something lies over the picture: numbers they give, to a probability.

The heads' own probabilities are overconfident; "no foreground" is told better by how much of the mask is certain and,
above all, by whether one mark explains its edge. So a logistic regression over these, fitted on validation pictures by
`model.evaluate.calibrate`, has the last word; its coefficients lie in belief.json beside the weights. Arrays only;
knows nothing of engines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np

from ..types import Kind
from . import layout
from .edge_likelihood import EdgeLikelihood
from .network import NetworkOutput

__all__ = [
    "COEFFICIENTS",
    "VEIL_KINDS",
    "WEATHER_KINDS",
    "blend_probabilities",
    "edge_feature",
    "mark_features",
    "mark_log_odds_excess",
    "mark_probability",
    "veil_features",
    "veil_probability",
    "weather_features",
    "weather_probability",
]

COEFFICIENTS = Path(__file__).with_name("belief.json")

VEIL_KINDS = frozenset({Kind.FOG, Kind.FLARE, Kind.XRAY, Kind.CELL, Kind.GLASS})
"""Kinds without fine marks, spread over the picture."""

WEATHER_KINDS = frozenset({Kind.RAIN, Kind.SNOW})
"""Kinds of many small pieces."""

CERTAIN = 0.9
"""A presence that counts as evidence."""


SURE = 2.0
"""Log-odds of a mark above which it speaks against a veil: neither clear nor foggy validation pictures reach 4."""


def log_odds(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return log(p / (1 - p))


def certain_share(output: NetworkOutput) -> float:
    """log10 of the share of the picture where the mask is certain, at least -5."""
    return float(np.log10((output.presence > CERTAIN).mean() + 1e-5))


def mark_features(output: NetworkOutput) -> tuple[float, float]:
    return log_odds(float(output.kind[layout.KINDS.index(Kind.WATERMARK)])), certain_share(output)


def edge_feature(edge: EdgeLikelihood | None) -> float:
    """Logarithm of how much better one mark explains the edge than none; 0 where nothing is seen."""
    return 0.0 if edge is None else log(1 + max(edge.likelihood_ratio, 0.0))


def veil_features(output: NetworkOutput, kinds: Iterable[Kind]) -> tuple[float, ...]:
    """kinds: the veils in question: 2 % false alarms leave 85 % of foggy pictures found where fog alone is asked for,
    65 % where any veil is (40 validation pictures). How much is veiled says more than how much surely is (with
    the weights of 305,728 samples 90 % of 50 foggy pictures are found at 5 % false alarms, 84 % before)."""
    veil = float(sum(output.kind[layout.KINDS.index(kind)] for kind in kinds))
    return log_odds(veil), float(output.opacity.mean())


def mark_log_odds_excess(output: NetworkOutput) -> float:
    """Log-odds of a mark beyond SURE. Below it `marks` has no say: its seeing nothing makes a pale scene no veil."""
    return max(0.0, mark_features(output)[0] - SURE)


@cache
def coefficients() -> dict[str, Any]:
    """By network or question, lists of numbers; "types" by kind."""
    return json.loads(COEFFICIENTS.read_text(encoding="utf-8"))


def probability(network: str, features: Sequence[float]) -> float:
    """network: a key of belief.json. -> 0..1."""
    bias, *weights = coefficients()[network]
    return 1 / (1 + exp(-bias - sum(w * x for w, x in zip(weights, features, strict=True))))


def mark_probability(output: NetworkOutput, edge: EdgeLikelihood | None) -> float:
    """Probability that there is a mark on a picture without a veil, as `marks` sees it, and as its edge shows."""
    return probability("marks", (*mark_features(output), edge_feature(edge)))


def weather_features(output: NetworkOutput, kinds: Iterable[Kind], beside: NetworkOutput | None) -> tuple[float, ...]:
    """kinds: the weather in question.   beside: what `marks` sees of the same picture, where it was asked."""
    falling = float(sum(output.kind[layout.KINDS.index(kind)] for kind in kinds))
    return log_odds(falling), certain_share(output), 0.0 if beside is None else mark_log_odds_excess(beside)


def weather_probability(output: NetworkOutput, kinds: Iterable[Kind], beside: NetworkOutput | None = None) -> float:
    """Probability that what lies over the picture is of these kinds, as `weather` sees it."""
    return probability("weather", weather_features(output, kinds, beside))


def veil_probability(output: NetworkOutput, kinds: Iterable[Kind], beside: NetworkOutput | None = None) -> float:
    """Probability that what lies over the picture is a veil of these kinds, as `veils` sees it.

    beside: what `marks` sees of the same picture: letters on a pale scene are no fog.
    """
    if beside is None:
        return probability("veils", veil_features(output, kinds))
    return probability("veils beside marks", (*veil_features(output, kinds), mark_log_odds_excess(beside)))


def blend_probabilities(blend: np.ndarray, edge: np.ndarray | None = None, kind: Kind | None = None) -> np.ndarray:
    """The head's probabilities of the blend types, measure_edge as pictures of the kind ask for: 4 -> 4.

    edge: what the mark's edge says of them, as in `edges`; None where it says nothing.   kind: None where unknown.
    """
    power, weight, *biases = coefficients()["types"].get(str(kind), [1.0, 0.4, 0.0, 0.0, 0.0, 0.0])
    logs = power * np.log(np.maximum(blend, 1e-6)) + np.array(biases) + (0 if edge is None else weight * edge)
    odds = np.exp(logs - logs.max())
    return odds / odds.sum()
