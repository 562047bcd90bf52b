"""Which answers a picture gets: its plausible blend types, then what else it could be. Knows nothing of layers."""

from __future__ import annotations

import numpy as np

from ..types import BlendType, Options
from . import layout
from .belief import type_odds
from .edges import Evidence
from .session import Look

__all__ = ["answers", "plausible_blends"]

UNLIKELY = 0.02
"""Probability of a blend type below which it makes no candidate."""

RIVAL = 0.15
"""Probability from which a second blend type comes before another answer of the first."""


def plausible_blends(look: Look, edge: Evidence | None, given: BlendType | None) -> list[tuple[BlendType, float]]:
    """Blend types with their probability, likeliest first; one where the user gave it."""
    if given is not None:
        return [(given, 1.0)]
    odds = type_odds(look.blend, edge and edge.types)
    order = np.argsort(-odds, kind="stable")
    return [(layout.BLENDS[i], float(odds[i])) for n, i in enumerate(order) if n == 0 or odds[i] >= UNLIKELY]


def answers(
    plausible: list[tuple[BlendType, float]], options: Options, drawn: bool
) -> list[tuple[BlendType, float, np.ndarray | None]]:
    """(blend type, its probability, latent) of each candidate; latent None: the middle answer.

    drawn: whether the network knows other answers; they are drawn by options.seed, of the likeliest type, and a blend
    type that is hardly plausible gives way to them.
    """
    rivals = [p for n, p in enumerate(plausible) if n == 0 or not drawn or p[1] >= RIVAL][: options.candidates]
    found: list[tuple[BlendType, float, np.ndarray | None]] = [(*rival, None) for rival in rivals]
    if drawn:
        dice = np.random.default_rng(options.seed)
        latents = dice.standard_normal((options.candidates - len(found), layout.LATENT_WIDTH)).astype(np.float32)
        found += [(*rivals[0], latent) for latent in latents]
    return found
