"""Whether a picture is a drawing: a page, a screen, a comic, a map or a diagram, in contrast to a photograph.

Drawings consist of few colours with hard edges between them. Their lettering and plain areas look like marks to a
network that was trained on photographs. Arrays only.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

import numpy as np

__all__ = ["drawing_features", "drawing_probability"]

MAX_PIXELS = 2_000_000
"""About so many pixels are measured, in bands spread evenly over the picture."""

BAND = 32
"""Rows of a band."""

COLOURS = 16
"""Commonest colours, at 5 bits a channel, whose share is measured."""

SOFT, HARD = (3, 20), 60
"""Steps between neighbours, levels of 255: those that photographs are full of, and those of a drawn edge."""

FULL_HARD = 0.03
"""Share of hard steps beyond which more say nothing."""


def drawing_features(pixels: np.ndarray) -> tuple[float, float, float]:
    """Share of the commonest colours, of soft steps, and of hard steps (over FULL_HARD), 0..1 each.

    pixels: uint8 or uint16 H x W x 3.
    """
    every = max(1, -(-pixels.shape[0] * pixels.shape[1] // MAX_PIXELS))
    counts, soft, hard, total = np.zeros(1 << 15, np.int64), 0, 0, 0
    for top in range(0, pixels.shape[0], BAND * every):
        band = pixels[top : top + BAND, :, :3]
        levels = band if band.dtype == np.uint8 else (band >> 8).astype(np.uint8)
        fifth = (levels >> 3).astype(np.int32)
        codes = (fifth[..., 0] << 10) | (fifth[..., 1] << 5) | fifth[..., 2]
        counts += np.bincount(codes.ravel(), minlength=1 << 15)
        gray = levels.mean(axis=2, dtype=np.float32)
        if min(gray.shape) < 2:
            continue
        steps = np.maximum(np.abs(np.diff(gray, axis=1))[:-1], np.abs(np.diff(gray, axis=0))[:, :-1])
        soft += int(((steps >= SOFT[0]) & (steps < SOFT[1])).sum())
        hard += int((steps >= HARD).sum())
        total += steps.size
    palette = float(np.sort(counts)[-COLOURS:].sum() / max(1, counts.sum()))
    return palette, soft / max(1, total), min(1.0, hard / max(1, total) / FULL_HARD)


def drawing_probability(features: tuple[float, float, float], coefficients: Sequence[float]) -> float:
    """Probability, 0..1, that a picture with these `drawing_features` is no photograph. coefficients: 4, bias first."""
    bias, *weights = coefficients
    return 1 / (1 + exp(-bias - sum(w * x for w, x in zip(weights, features, strict=True))))
