"""One more place of an overlay whose appearance, scale and angle are known: its exact position, and if it is there.

"There" is a likelihood ratio: the differences between neighbouring pixels with the overlay taken off, against those of
the picture as it is. Knows nothing of how the place was predicted.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .drawing import Renderer
from .evidence import gather
from .fitting import Solution, fit_position, likelihood_gain
from .refine import Fit
from .template import Pose

__all__ = ["place"]

TILES = 3
"""Tiles of 64 x 64 that are looked at in one place."""

MOST_CONTRASTS = 4_000


def place(renderer: Renderer, picture: np.ndarray, pose: Pose, solution: Solution, steps: int = 5) -> Fit:
    """The position near `pose` that fits best; its scale and angle become those of the solution.

    picture: H x W x 3 as for `template.unit`, native. certainty of the answer: t value of the gain in log likelihood
    over neighbourhoods; 0 where too little of the overlay lies in the picture. gain: its mean.
    """
    known = solution.poses[0]
    pose = replace(pose, scale=known.scale, angle=known.angle)
    _, _, w, h = pose.box(renderer.template.size, (picture.shape[1], picture.shape[0]))
    if w < 3 or h < 3:
        return Fit(pose, 0.0, 0)
    everything = gather(renderer, picture, [pose], TILES, MOST_CONTRASTS)
    evidence = everything.pairs() if solution.sharp else everything.halved()
    if len(evidence) < 30:
        return Fit(pose, 0.0, 0)
    moved = fit_position(evidence, pose, solution, steps)
    gain = likelihood_gain(evidence, moved, solution)
    sums = np.bincount(evidence.cell, gain)[np.bincount(evidence.cell) > 0]
    if len(sums) < 3:
        return Fit(moved, 0.0, len(sums))
    error = float(sums.std(ddof=1)) * len(sums) ** 0.5 + 1e-6
    return Fit(moved, float(sums.sum()) / error, len(sums), float(gain.mean()))
