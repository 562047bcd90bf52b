"""Which candidates a picture gets: its plausible blend types, then latent samples of the likeliest. No layers here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..types import BlendType, Kind, Options
from . import layout
from .config import CandidateConfig, NanoConfig
from .edge_likelihood import EdgeLikelihood
from .network import NetworkOutput

__all__ = ["PHYSICAL", "UNCALIBRATED", "blend_probabilities", "plausible_blends", "propose_candidates"]

_SCATTER = frozenset({BlendType.NORMAL, BlendType.SCREEN})
PHYSICAL = {
    Kind.FOG: _SCATTER,
    Kind.RAIN: _SCATTER,
    Kind.GLASS: _SCATTER,
    Kind.FLARE: frozenset({BlendType.ADD, BlendType.SCREEN}),
    Kind.XRAY: frozenset({BlendType.MULTIPLY}),
}
"""Blend types that are physically possible for a kind: light adds, absorption multiplies, droplets hide and scatter.
Kinds without a line can have any. A blend type that the user gives is not restricted."""

UNCALIBRATED = (1.0, 0.4, 0.0, 0.0, 0.0, 0.0)
"""Blend weights of a kind that was not calibrated: the head unchanged, the edge at 0.4 of its likelihood, no bias."""


def blend_probabilities(
    weights: Mapping[Kind, Sequence[float]], head: np.ndarray, edge: np.ndarray | None, kind: Kind | None
) -> np.ndarray:
    """Probabilities of the blend types, in the order of `layout.BLENDS`.

    Parameters
    ----------
    weights : `Calibration.blend`
    head : 4 probabilities of the network
    edge : 4 log-likelihoods of the mark's edge, or None
    kind : what the foreground is, or None where unknown
    """
    exponent, edge_weight, *biases = UNCALIBRATED if kind is None else weights.get(kind, UNCALIBRATED)
    logs = exponent * np.log(np.maximum(head, 1e-6)) + np.array(biases) + (0 if edge is None else edge_weight * edge)
    odds = np.exp(logs - logs.max())
    return odds / odds.sum()


def plausible_blends(
    output: NetworkOutput,
    edge: EdgeLikelihood | None,
    given: BlendType | None,
    kind: Kind | None,
    config: NanoConfig,
) -> list[tuple[BlendType, float]]:
    """Blend types with their probability, likeliest first; only the given one where the user gave it."""
    if given is not None:
        return [(given, 1.0)]
    odds = blend_probabilities(config.calibration.blend, output.blend, edge and edge.types, kind)
    allowed = PHYSICAL.get(kind) if kind else None
    if allowed:
        odds = odds * [blend in allowed for blend in layout.BLENDS]
        odds = odds / odds.sum()
    least = config.candidates.min_probability
    order = np.argsort(-odds, kind="stable")
    return [(layout.BLENDS[i], float(odds[i])) for n, i in enumerate(order) if n == 0 or odds[i] >= least]


def propose_candidates(
    plausible: list[tuple[BlendType, float]], options: Options, has_latent: bool, config: CandidateConfig
) -> list[tuple[BlendType, float, np.ndarray | None]]:
    """(blend type, its probability, latent) of each candidate; latent None is the zero-latent sample.

    Parameters
    ----------
    plausible : as `plausible_blends` returns
    has_latent : whether the network takes a latent; then the remaining candidates are samples of the likeliest type,
        drawn by `options.seed`, and they replace blend types that are hardly plausible
    """
    least = config.min_second_probability
    types = [p for n, p in enumerate(plausible) if n == 0 or not has_latent or p[1] >= least][: options.candidates]
    found: list[tuple[BlendType, float, np.ndarray | None]] = [(*each, None) for each in types]
    if has_latent:
        rng = np.random.default_rng(options.seed)
        latents = rng.standard_normal((options.candidates - len(found), layout.LATENT_WIDTH)).astype(np.float32)
        found += [(*types[0], latent) for latent in latents]
    return found
