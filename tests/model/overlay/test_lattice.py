"""Places of a tiling correct each other where they lie on a lattice, and only there."""

from __future__ import annotations

import numpy as np

from model.overlay.lattice import aligned
from model.overlay.refine import Fit
from model.overlay.template import Pose


def places(off: float) -> tuple[list[Fit], np.ndarray]:
    """A tiling in rows that are shifted by half a step, each place off by about `off`; and where it should be."""
    rng = np.random.default_rng(0)
    true = np.array([(50 + 80.3 * i + 40.15 * (j % 2), 40 + 61.7 * j) for j in range(6) for i in range(5)])
    seen = true + rng.normal(0, off, true.shape)
    return [Fit(Pose(float(x), float(y), 1, 0), 20.0, 9) for x, y in seen], true


STEPS = np.array([[40.1, 61.7], [-40.2, 61.7], [80.4, 0.1]])


def farthest(found: list[Fit], true: np.ndarray) -> float:
    return float(np.abs(np.array([(fit.pose.x, fit.pose.y) for fit in found]) - true).max())


def test_a_place_that_was_seen_badly_is_put_where_the_others_say():
    found, true = places(0.03)
    found[7] = Fit(Pose(float(true[7, 0]) + 0.9, float(true[7, 1]) - 0.6, 1, 0), 2.0, 3)
    assert farthest(found, true) > 0.8
    assert farthest(aligned(found, STEPS), true) < 0.06


def test_places_that_are_not_regular_stay_as_they_were_seen():
    found, _ = places(0.4)
    assert aligned(found, STEPS) == found
