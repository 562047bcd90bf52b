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

from ..classic.mark import neighbours_across
from ..types import BlendType
from . import layout

__all__ = ["EdgeLikelihood", "EdgePairs", "measure_edge", "sample_edge"]

PAIRS = 3000
"""Neighbours that are compared: enough for a median."""

FEWEST = 200
"""Pairs, below which nothing is said."""

APART = 5
"""Pixels between two places of the background whose steps are measured: as far apart as most pairs."""

AROUND = 25
"""Side in pixels of the surroundings in which they are measured."""

NOISE = 0.004
"""Step, 0..1, that noise and JPEG make where the background is flat: one level of 255."""

MOST = 8.0
"""Steps at which a pair counts no more against a type: a second colour, an edge of the scene."""

LEVELS = np.arange(0.03, 0.98, 0.04, dtype=np.float32)
"""Transmissions that are tried."""


@dataclass(frozen=True, eq=False)
class EdgeLikelihood:
    """Per pair of pixels across the edge, all channels together, in units of log-likelihood.

    types: of the blend types in the order of `layout.BLENDS`; the best has 0.
    likelihood_ratio: its logarithm, of the best type over no mark at all: low at an edge of the scene, which has a
    colour of its own at every place.
    emission, transmission: 3 values each, of that best mark.
    """

    types: np.ndarray
    likelihood_ratio: float
    emission: np.ndarray
    transmission: np.ndarray


@dataclass(frozen=True, eq=False)
class EdgePairs:
    """Neighbours across an outline. inside, outside: float32 n x 3, 0..1.   at: n, where in the flattened picture
    the inner ones lie.   step: 3, what the background takes from place to place.
    """

    inside: np.ndarray
    outside: np.ndarray
    at: np.ndarray
    step: np.ndarray

    def subset(self, chosen: np.ndarray | slice) -> EdgePairs:
        return EdgePairs(self.inside[chosen], self.outside[chosen], self.at[chosen], self.step)

    def nll(self, emission: np.ndarray, transmission: np.ndarray) -> np.ndarray:
        """... x 3 each -> ... x n x 3: minus log-likelihood of every pair under such marks; (0, 1) is none.

        Under the background's own steps, as Laplace's distribution has them.
        """
        scale = self.scale(transmission)
        marked = emission[..., None, :] + transmission[..., None, :] * self.outside
        return np.minimum(np.abs(self.inside - marked) / scale[..., None, :], MOST) + np.log(scale)[..., None, :]

    def scale(self, transmission: np.ndarray) -> np.ndarray:
        """How far a pair may lie from its mark: the background's steps shine through, the picture's noise stays."""
        return transmission * self.step + NOISE


def sample_edge(picture: np.ndarray, outline: np.ndarray) -> EdgePairs | None:
    """picture: float32 h x w x 3, 0..1.   outline: bool h x w.   None where there is too little of an edge."""
    here, there = neighbours_across(outline)
    step = background_step(picture, outline)
    if len(here) < FEWEST or step is None:
        return None
    flat = picture.reshape(-1, 3)
    return EdgePairs(flat[here], flat[there], here, step)


def measure_edge(edge: EdgePairs) -> EdgeLikelihood | None:
    """What the edge says of all of the mark; None where too little of it is left uncut."""
    seen = np.concatenate([edge.inside, edge.outside], axis=1)
    fair = np.flatnonzero(((seen > 0.01) & (seen < 0.99)).all(axis=1))  # what is cut off says nothing
    edge = edge.subset(fair)
    if len(edge.at) < FEWEST:
        return None
    edge = edge.subset(slice(None, None, -(-len(edge.at) // PAIRS)))
    inside, outside = edge.inside, edge.outside
    none, all_ = np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32)
    each = np.repeat(LEVELS[:, None], 3, axis=1)
    light = np.median(inside - each[:, None] * outside, axis=1)
    marks = {  # of each blend type: emission and transmission that are tried, and whether the channels choose apart
        BlendType.NORMAL: (np.clip(light, 0, 1 - each), each, False),
        BlendType.SCREEN: (1 - each, each, True),
        BlendType.MULTIPLY: (0 * each, each, True),
        BlendType.ADD: (np.maximum(np.median(inside - outside, axis=0), none), all_, True),
    }
    best, chosen = [], []
    for blend in layout.BLENDS:
        f, t, apart = marks[blend]
        found = edge.nll(f, t).mean(axis=1)
        row = found.argmin(axis=0) if apart else np.full(3, found.sum(axis=1).argmin())
        best.append(-found[row, range(3)].sum())
        chosen.append((f[row, range(3)], t[row, range(3)]))
    types = np.array(best)
    unmarked = edge.nll(none, all_).mean(axis=1).sum()
    return EdgeLikelihood(types - types.max(), float(unmarked + types.max()), *chosen[int(types.argmax())])


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
    return np.abs(picture[rows, columns] - picture[rows + APART, columns + APART]).mean(axis=0)
