"""Ground truth given to an engine in evaluation: the mask, a few strokes, the kind, the blend type or the colour.

It is given in the form in which a user would give it: strokes are a few lines through the layer, and the colour is
one for the whole layer. Knows nothing of engines.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..types import Options
from .triplets import Triplet

__all__ = ["ORACLE_INPUTS", "hint_for", "options_for", "true_mask"]

ORACLE_INPUTS = ("", "hint", "strokes", "kind", "blend", "colour")
"""The oracle inputs, as they may follow an engine's name after a colon; empty for none."""

ALPHA_THRESHOLD = 0.02
"""Alpha above which a pixel belongs to the layer (5 of 255)."""

STROKES = 6
STROKE_WIDTH = 0.012
"""Number of strokes, and their width as a share of the picture's shorter side."""


def true_mask(triplet: Triplet) -> np.ndarray:
    """uint8 H x W, 255 where the layer is."""
    return np.where(triplet.alpha > ALPHA_THRESHOLD, 255, 0).astype(np.uint8)


def options_for(given: str, triplet: Triplet, options: Options) -> Options:
    """`options` with the kind, blend type or colour of the truth filled in, as `given` says."""
    if given == "kind":
        return replace(options, kind=triplet.kind)
    if given == "blend":
        return replace(options, blend=triplet.blend)
    if given == "colour" and triplet.kind is not None:
        return replace(options, colour=_colour(triplet))
    return options


def hint_for(given: str, triplet: Triplet) -> np.ndarray | None:
    """uint8 H x W, or None where `given` names no mask or there is no layer to draw over."""
    if given not in ("hint", "strokes") or triplet.kind is None:
        return None
    mask = true_mask(triplet)
    if not mask.any():
        return None
    return mask if given == "hint" else _strokes(mask)


def _strokes(mask: np.ndarray) -> np.ndarray:
    """A few lines between random pixels of the layer, clipped to it; deterministic for a mask."""
    rng = np.random.default_rng(int(mask.sum()) % 2**32)
    rows, columns = np.nonzero(mask)
    drawn = np.zeros_like(mask)
    width = max(2, round(STROKE_WIDTH * min(mask.shape)))
    for _ in range(STROKES):
        a, b = rng.integers(0, len(rows), 2)
        ends = [(int(columns[i]), int(rows[i])) for i in (a, b)]
        cv2.line(drawn, ends[0], ends[1], 255, width)
    return cv2.bitwise_and(drawn, mask)


def _colour(triplet: Triplet) -> tuple[float, float, float]:
    """The layer's mean colour: emission over alpha, or transmission where it only absorbs."""
    there = triplet.alpha > ALPHA_THRESHOLD
    weight = triplet.alpha[there].sum() + 1e-6
    emission = triplet.emission[there].sum(axis=0) / weight
    if emission.max() < ALPHA_THRESHOLD:
        emission = triplet.transmission[there].mean(axis=0)
    r, g, b = (float(v) for v in np.clip(emission, 0, 1))
    return r, g, b
