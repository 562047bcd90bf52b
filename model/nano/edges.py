"""What a mark's edge says: whether one mark explains the step that the picture takes there, and of which blend type.

The background on either side is alike but for its own small steps, so what z inside differs from f + T z outside by
must look like T times such steps. Normal allows one T and any f up to 1 - T, screen T = 1 - f, multiply f = 0, add
T = 1. On 72 validation marks this alone names 56 types right, the network 63, both together 63: it is more use in
telling whether there is a mark at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..classic.mark import pairs_across
from ..types import BlendType
from . import layout
from .passes import Whole, to_fields
from .refit import outline_of

__all__ = ["Evidence", "at_edges", "evidence"]

PAIRS = 3000
"""Neighbours that are compared: enough for a median."""

FEWEST = 200
"""Pairs, below which nothing is said."""

APART = 5
"""Pixels between two places of the background whose steps are measured: as far apart as most pairs."""

AROUND = 25
"""Side in pixels of the surroundings in which they are measured."""

NOISE = 0.004
"""Step, 0..1, of the flattest background: one level of 255."""

MOST = 8.0
"""Steps at which a pair counts no more against a type: a second colour, an edge of the scene."""

LEVELS = np.arange(0.03, 0.98, 0.02, dtype=np.float32)
"""Transmissions that are tried."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Per pair of pixels across the edge, all channels together, in units of log-likelihood.

    types: of the blend types in the order of `layout.BLENDS`; the best has 0.
    likelihood_ratio: its logarithm, of the best type over no mark at all: low at an edge of the scene, which has a
    colour of its own at every place.
    """

    types: np.ndarray
    likelihood_ratio: float


def at_edges(whole: Whole) -> Evidence | None:
    """`evidence` of the mark that a global pass saw."""
    outline = outline_of(to_fields(whole.look, BlendType.NORMAL)[2])
    if outline is None:
        return None
    return evidence(whole.picture[layout.PICTURE].transpose(1, 2, 0) + np.float32(0.5), outline)


def evidence(picture: np.ndarray, outline: np.ndarray) -> Evidence | None:
    """picture: float32 h x w x 3, 0..1.   outline: bool h x w.   None where the edge shows too little."""
    inside, outside = pairs_across(picture, outline)
    seen = np.concatenate([inside, outside], axis=1)
    fair = ((seen > 0.01) & (seen < 0.99)).all(axis=1)  # what is cut off says nothing
    inside, outside = inside[fair], outside[fair]
    step = background_step(picture, outline)
    if len(inside) < FEWEST or step is None:
        return None
    every = -(-len(inside) // PAIRS)
    inside, outside = inside[::every], outside[::every]

    def surprise(f: np.ndarray, t: np.ndarray) -> np.ndarray:
        """f, t: k x 3 -> k x 3: minus log-likelihood, pairs averaged, under the background's own (Laplace's) steps."""
        left = np.abs(inside - f[:, None] - t[:, None] * outside) / (t * step)[:, None]
        return np.minimum(left, MOST).mean(axis=1) + np.log(t)

    none, all_ = np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32)
    each = np.repeat(LEVELS[:, None], 3, axis=1)
    light = np.median(inside - each[:, None] * outside, axis=1)
    surprises = {
        BlendType.NORMAL: surprise(np.clip(light, 0, 1 - each), each).sum(axis=1).min(),
        BlendType.SCREEN: surprise(1 - each, each).min(axis=0).sum(),
        BlendType.MULTIPLY: surprise(0 * each, each).min(axis=0).sum(),
        BlendType.ADD: surprise(np.maximum(np.median(inside - outside, axis=0), none), all_).sum(),
    }
    found = -np.array([surprises[blend] for blend in layout.BLENDS])
    unmarked = surprise(none, all_).sum()
    return Evidence(found - found.max(), float(unmarked + found.max()))


def background_step(picture: np.ndarray, outline: np.ndarray) -> np.ndarray | None:
    """3 values: the mean step between places of the background near the mark; None where there is none."""
    mask = outline.astype(np.uint8)
    clear = cv2.dilate(mask, np.ones((5, 5), np.uint8)) == 0
    near = clear & (cv2.dilate(mask, np.ones((AROUND, AROUND), np.uint8)) > 0)
    both = near[:-APART, :-APART] & near[APART:, APART:]
    rows, columns = np.nonzero(both)
    if len(rows) < FEWEST:
        return None
    every = -(-len(rows) // PAIRS)
    rows, columns = rows[::every], columns[::every]
    return np.abs(picture[rows, columns] - picture[rows + APART, columns + APART]).mean(axis=0) + NOISE
