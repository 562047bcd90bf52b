"""What an engine may be told of a picture by one who knows: the mask, a few strokes, the kind, the type, the colour.

As a user would say it: strokes are a few lines through the layer, the colour is one for the whole layer.
Knows nothing of who is told.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..types import Options
from .triplets import Triplet

__all__ = ["TOLD", "hint_for", "options_for", "true_mask"]

TOLD = ("", "hint", "strokes", "kind", "blend", "colour")
"""What may stand after an engine's name."""

THERE = 0.02
"""Alpha above which a pixel is of the layer (5 of 255)."""

STROKES = 6
STROKE_WIDTH = 0.012
"""Strokes of a hand, and their width in short sides of the picture."""


def true_mask(triplet: Triplet) -> np.ndarray:
    """uint8 H x W, 255 where the layer is."""
    return np.where(triplet.alpha > THERE, 255, 0).astype(np.uint8)


def options_for(told: str, triplet: Triplet, options: Options) -> Options:
    if told == "kind":
        return replace(options, kind=triplet.kind)
    if told == "blend":
        return replace(options, blend=triplet.blend)
    if told == "colour" and triplet.kind is not None:
        return replace(options, colour=_colour(triplet))
    return options


def hint_for(told: str, triplet: Triplet) -> np.ndarray | None:
    """uint8 H x W, or None where no mask is told or there is no layer to draw over."""
    if told not in ("hint", "strokes") or triplet.kind is None:
        return None
    mask = true_mask(triplet)
    if not mask.any():
        return None
    return mask if told == "hint" else _strokes(mask)


def _strokes(mask: np.ndarray) -> np.ndarray:
    """A few lines between pixels of the layer, kept to it: the same for the same mask."""
    dice = np.random.default_rng(int(mask.sum()) % 2**32)
    rows, columns = np.nonzero(mask)
    drawn = np.zeros_like(mask)
    width = max(2, round(STROKE_WIDTH * min(mask.shape)))
    for _ in range(STROKES):
        a, b = dice.integers(0, len(rows), 2)
        ends = [(int(columns[i]), int(rows[i])) for i in (a, b)]
        cv2.line(drawn, ends[0], ends[1], 255, width)
    return cv2.bitwise_and(drawn, mask)


def _colour(triplet: Triplet) -> tuple[float, float, float]:
    """The layer's mean colour: emission over alpha, or, where it only takes light away, transmission."""
    there = triplet.alpha > THERE
    weight = triplet.alpha[there].sum() + 1e-6
    light = triplet.emission[there].sum(axis=0) / weight
    if light.max() < THERE:
        light = triplet.transmission[there].mean(axis=0)
    r, g, b = (float(v) for v in np.clip(light, 0, 1))
    return r, g, b
