"""Places of a tiled overlay that were not seen on their own: predicted from the others, then looked at again.

Differences between places that occur several times are steps of the tiling; a place and a step predict another
place, and all of them together say where each one lies. Where little of the overlay lies inside the picture the
prediction is believed, else the picture must not contradict. Knows nothing of opacity or blend types.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..types import Tick
from .drawing import Renderer
from .fitting import Solution
from .placing import place
from .refine import Fit
from .template import Pose, Template

__all__ = ["complete"]

STEPS = 6
"""The shortest so many repeated differences are followed, and their opposites."""

LEAST = 4
"""Places from which a tiling is read."""

SEEN = 0.4
"""Share of the overlay's rectangle inside the picture from which it must be seen there, not only predicted."""

CERTAIN = 0.8
"""Least t value of a place that is looked at again: that it is there is likely already."""

ENOUGH, REGULAR, STRAY = 8, 0.1, 1.5
"""Places from which a lattice is fitted, the median distance of the surest from it at most, and how far a place of its
may have been seen from it; pixels."""

VOTES = 3
"""Places and steps that must predict the same place where it is not looked at."""


def complete(renderer: Renderer, picture: np.ndarray, found: list[Fit], solution: Solution, tick: Tick) -> list[Fit]:
    """`found`, and the places that complete their tiling. All are of one scale and angle."""
    if len(found) < LEAST:
        return found
    template = renderer.template
    found = list(found)
    pose = found[0].pose
    near = 0.45 * min(template.size) * pose.scale
    steps = _repeated_steps(found, max(template.size) * pose.scale * 5, near)
    size = picture.shape[1], picture.shape[0]
    unseen: list[Pose] = []
    waiting = list(found)
    while waiting and len(found) < 1000:
        start = waiting.pop()
        tick("network", len(found) % 10, 10)
        for step in steps:
            predicted = replace(pose, x=start.pose.x + float(step[0]), y=start.pose.y + float(step[1]))
            share = _share_inside(template, predicted, size)
            if share == 0 or any(_apart(predicted, fit.pose) < near for fit in found):
                continue
            if share < SEEN:
                unseen.append(predicted)
                continue
            fit = place(renderer, picture, predicted, solution)
            if fit.certainty > CERTAIN and _apart(fit.pose, predicted) < 1.5:
                found.append(fit)
                waiting.append(fit)
    return aligned(found + _agreed(unseen, found, near), steps)


def aligned(found: list[Fit], steps: np.ndarray) -> list[Fit]:
    """The places moved onto the lattice that fits them all, where the surest lie on it; else as they are.

    steps: n x 2, of the tiling, shortest first. A place that is cut off or faint is known better from the others.
    """
    basis = _basis(steps)
    if basis is None or len(found) < ENOUGH:
        return found
    at = np.array([(fit.pose.x, fit.pose.y) for fit in found])
    certainty = np.array([max(fit.certainty, 0.0) for fit in found])
    origin, weight = at[int(certainty.argmax())], np.sqrt(certainty)[:, None]
    index = np.rint((at - origin) @ np.linalg.inv(basis))
    design = np.column_stack([np.ones(len(found)), index])
    lattice = np.linalg.lstsq(design * weight, at * weight, rcond=None)[0]
    fitted = design @ lattice
    off = np.linalg.norm(at - fitted, axis=1)
    surest = certainty >= np.median(certainty)
    if np.linalg.matrix_rank(index[surest]) < 2 or float(np.median(off[surest])) > REGULAR:
        return found
    return [
        replace(fit, pose=replace(fit.pose, x=float(x), y=float(y))) if apart < STRAY else fit
        for fit, (x, y), apart in zip(found, fitted, off, strict=True)
    ]


def _basis(steps: np.ndarray) -> np.ndarray | None:
    """The shortest step and the shortest that is not along it: 2 x 2."""
    for other in steps[1:]:
        area = abs(float(steps[0, 0] * other[1] - steps[0, 1] * other[0]))
        if area > 0.3 * float(np.linalg.norm(steps[0]) * np.linalg.norm(other)):
            return np.stack([steps[0], other])
    return None


def _apart(one: Pose, other: Pose) -> float:
    return float(np.hypot(one.x - other.x, one.y - other.y))


def _agreed(unseen: list[Pose], found: list[Fit], near: float) -> list[Fit]:
    """Of places outside or nearly so, those that several predictions agree on."""
    out: list[Fit] = []
    for pose in unseen:
        alike = [other for other in unseen if _apart(pose, other) < 1.5]
        if len(alike) >= VOTES and not any(_apart(pose, fit.pose) < near for fit in [*found, *out]):
            x, y = (float(np.mean([getattr(other, name) for other in alike])) for name in ("x", "y"))
            out.append(Fit(replace(pose, x=x, y=y), 0.0, 0))
    return out


def _repeated_steps(found: list[Fit], longest: float, near: float) -> np.ndarray:
    """n x 2: mean differences that at least two pairs of places share, shortest first, with their opposites."""
    at = np.array([(fit.pose.x, fit.pose.y) for fit in found[:60]])
    apart = (at[None] - at[:, None]).reshape(-1, 2)
    length = np.linalg.norm(apart, axis=1)
    apart = apart[(length > near) & (length < longest)]
    steps: list[np.ndarray] = []
    for vector in apart[np.argsort(np.linalg.norm(apart, axis=1), kind="stable")]:
        alike = apart[np.linalg.norm(apart - vector, axis=1) < 1.5]
        if len(alike) >= 2 and not any(np.linalg.norm(vector - step) < 3 for step in steps):
            steps.append(alike.mean(axis=0))
            if len(steps) == 2 * STEPS:
                break
    return np.array(steps).reshape(-1, 2)


def _share_inside(template: Template, pose: Pose, size: tuple[int, int]) -> float:
    """Share of the upright rectangle around the overlay that lies in the picture; 0 where it is a sliver."""
    corners = pose.corners(template.size)
    whole = float(np.prod(corners.max(axis=0) - corners.min(axis=0)))
    _, _, w, h = pose.box(template.size, size)
    return 0.0 if w < 3 or h < 3 else w * h / whole
