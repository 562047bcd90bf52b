"""Pictures that are not photographs, and whether a mark in one is laid over it or belongs to it.

Pages, screens, comics, maps and diagrams consist of few colours with hard edges between them. Their lettering and plain
areas look like marks to a network that was trained on photographs. What tells a mark there is that the picture shows
through it: one transmission and one emission explain it over grounds of different colours. Arrays only.
"""

from __future__ import annotations

from math import exp

import numpy as np

from ..classic.mark import neighbours_across
from .config import DrawingConfig

__all__ = ["drawing_features", "drawing_probability", "shows_through"]

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


def drawing_probability(features: tuple[float, float, float], config: DrawingConfig) -> float:
    """Probability, 0..1, that a picture with these `drawing_features` is no photograph."""
    bias, *weights = config.coefficients
    return 1 / (1 + exp(-bias - sum(w * x for w, x in zip(weights, features, strict=True))))


def shows_through(pixels: np.ndarray, outline: np.ndarray, config: DrawingConfig) -> float:
    """How far one translucent ink explains a mark better than one opaque ink does, -1..1.

    Pairs of pixels across the outline are sorted by the colour of the ground outside. Of each ground the share is taken
    that z = f + T y explains, with one T and f for all; the mean over the grounds, minus the same for T = 0, is the
    answer. Over a single ground both explain everything, and the answer is 0.

    Parameters
    ----------
    pixels : float32 h x w x 3, 0..1
    outline : bool h x w
    config : DrawingConfig
    """
    here, there = neighbours_across(outline)
    if len(here) < config.min_pairs:
        return 0.0
    flat = pixels.reshape(-1, 3)
    inside, outside = flat[here], flat[there]
    codes = (np.clip(outside, 0, 1) * 7.99).astype(np.int32) @ np.array([64, 8, 1])
    grounds = [g for g in np.unique(codes) if (codes == g).sum() >= config.min_ground * len(codes)]
    if len(grounds) < 2:
        return 0.0
    chosen = [(inside[codes == g], outside[codes == g]) for g in grounds]

    def explained(transmission: float) -> float:
        rest = [i - transmission * o for i, o in chosen]
        centres = np.stack([np.median(r, axis=0) for r in rest])
        # The emission is that of one of the grounds: a median over few grounds may be none's.
        return max(
            float(np.mean([(np.abs(r - f).max(axis=1) < config.tolerance).mean() for r in rest])) for f in centres
        )

    return max(explained(float(t)) for t in np.arange(0.2, 0.96, 0.05)) - explained(0.0)
