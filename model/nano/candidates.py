"""Which answers a picture gets: its plausible blend types, then what else it could be. Knows nothing of layers.

What a foreground is says how it can lie over a picture: light adds, what absorbs multiplies, droplets of fog or rain
hide and glow. A look's own doubts are only among these.
"""

from __future__ import annotations

import numpy as np

from ..types import BlendType, Kind, Options
from . import layout
from .calibration import blend_probabilities
from .edge_likelihood import EdgeLikelihood
from .network import NetworkOutput

__all__ = ["plausible_blends", "propose_candidates"]

MIN_BLEND = 0.02
"""Probability of a blend type below which it makes no candidate."""

MIN_SECOND_BLEND = 0.15
"""Probability from which a second blend type comes before another answer of the first."""

_SCATTER = frozenset({BlendType.NORMAL, BlendType.SCREEN})
PHYSICAL = {
    Kind.FOG: _SCATTER,
    Kind.RAIN: _SCATTER,
    Kind.GLASS: _SCATTER,
    Kind.FLARE: frozenset({BlendType.ADD, BlendType.SCREEN}),
    Kind.XRAY: frozenset({BlendType.MULTIPLY}),
}
"""How each kind can lie over a picture; the others in every way. A user may say otherwise."""


def plausible_blends(
    output: NetworkOutput, edge: EdgeLikelihood | None, given: BlendType | None, kind: Kind | None
) -> list[tuple[BlendType, float]]:
    """Blend types with their probability, likeliest first; one where the user gave it. kind: None where unknown."""
    if given is not None:
        return [(given, 1.0)]
    odds = blend_probabilities(output.blend, edge and edge.types, kind)
    allowed = PHYSICAL.get(kind) if kind else None
    if allowed:
        odds = odds * [blend in allowed for blend in layout.BLENDS]
        odds = odds / odds.sum()
    order = np.argsort(-odds, kind="stable")
    return [(layout.BLENDS[i], float(odds[i])) for n, i in enumerate(order) if n == 0 or odds[i] >= MIN_BLEND]


def propose_candidates(
    plausible: list[tuple[BlendType, float]], options: Options, drawn: bool
) -> list[tuple[BlendType, float, np.ndarray | None]]:
    """(blend type, its probability, latent) of each candidate; latent None: the middle answer.

    drawn: whether the network knows other answers; they are drawn by options.seed, of the likeliest type, and a blend
    type that is hardly plausible gives way to them.
    """
    rivals = [p for n, p in enumerate(plausible) if n == 0 or not drawn or p[1] >= MIN_SECOND_BLEND][
        : options.candidates
    ]
    found: list[tuple[BlendType, float, np.ndarray | None]] = [(*rival, None) for rival in rivals]
    if drawn:
        rng = np.random.default_rng(options.seed)
        latents = rng.standard_normal((options.candidates - len(found), layout.LATENT_WIDTH)).astype(np.float32)
        found += [(*rivals[0], latent) for latent in latents]
    return found
