"""Further places of an overlay that was found once: tiles and repeats, of the same size and angle.

One correlation of edge directions (`search.directions`) at the pose that is known; its peaks are refined and must be
as surely there as a place of the first kind. Knows nothing of opacity or blend types.
"""

from __future__ import annotations

from math import pi

import cv2
import numpy as np

from ..imaging.resample import reduce_to
from ..types import Tick
from .refine import Fit, refine
from .search import directions
from .template import Pose, Template, render, unit

__all__ = ["agree", "find_repeats"]

SIDE = 56
"""Root of the template's area at which repeats are looked for, in pixels."""

LEAST_RESPONSE = 0.2
"""Share of the known place's response that a repeat must reach: half of it may lie outside the picture."""

SIGMAS = 5.5
MOST = 400
CERTAIN = 4.5
"""Least certainty of a repeat: size and angle are known, and something is near that looks like it."""

WITNESSES = 12
"""Places whose scale and angle are averaged."""


def find_repeats(template: Template, picture: np.ndarray, known: Fit, tick: Tick) -> list[Fit]:
    """All places of the overlay, the known one first. picture: uint8 or uint16 H x W x 3, native."""
    h, w = picture.shape[:2]
    level = min(1.0, SIDE / (known.pose.scale * template.area**0.5))
    size = max(8, round(w * level)), max(8, round(h * level))
    small = unit(reduce_to(picture, size))
    factor = size[0] / w
    field = directions(small, 0.01)
    local = known.pose.scaled(factor)
    kernel, anchor = _kernel(template, local, small)
    n, m = kernel.shape[:2]
    padded = np.pad(np.moveaxis(field, 0, -1), ((n, n), (m, m), (0, 0)))
    response = cv2.matchTemplate(padded, kernel, cv2.TM_CCORR)
    own = _at(response, local.x - anchor[0] + m, local.y - anchor[1] + n)
    least = max(LEAST_RESPONSE * own, SIGMAS * float(response.std()) * (0.6 if own > 20 * response.std() else 1.0))
    found = [known]
    for done, (x, y) in enumerate(_peaks(response, least, min(template.size) * local.scale)):
        tick("network", done % 10, 10)
        pose = Pose(x - m + anchor[0], y - n + anchor[1], local.scale, local.angle).scaled(1 / factor)
        if any(_close(pose, other.pose, template) for other in found):
            continue
        fit = refine(template, picture, pose, SIDE, 5, only_position=True)
        if fit.certainty > CERTAIN and not any(_close(fit.pose, other.pose, template) for other in found):
            found.append(fit)
    return found


def agree(template: Template, picture: np.ndarray, found: list[Fit], side: float) -> list[Fit]:
    """The same places, all of one scale and angle: the mean of what the surest say, weighted by the square of that.

    side: resolution of the last refinement, as in `refine`.
    """
    surest = sorted(found, key=lambda fit: -fit.certainty)[:WITNESSES]
    fits = [refine(template, picture, fit.pose, side, 6, 2) for fit in surest]
    reference = fits[0].pose
    fits = [fit for fit in fits if abs(fit.pose.scale / reference.scale - 1) < 0.03 and abs(_turn(fit, fits[0])) < 0.03]
    weight = np.array([fit.certainty**2 for fit in fits])
    scale = float(np.average([fit.pose.scale for fit in fits], weights=weight))
    angle = reference.angle + float(np.average([_turn(fit, fits[0]) for fit in fits], weights=weight))
    placed = (Pose(fit.pose.x, fit.pose.y, scale, angle) for fit in found)
    return [refine(template, picture, pose, side, 4, 2, only_position=True) for pose in placed]


def _turn(one: Fit, other: Fit) -> float:
    return (one.pose.angle - other.pose.angle + pi) % (2 * pi) - pi


def _close(one: Pose, other: Pose, template: Template) -> bool:
    reach = 0.3 * min(template.size) * other.scale
    return abs(one.x - other.x) < reach and abs(one.y - other.y) < reach


def _kernel(template: Template, pose: Pose, picture: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """Directions of the drawn template, h x w x 2, and where its centre lies in them."""
    corners = Pose(0, 0, pose.scale, pose.angle).corners(template.size)
    half = np.ceil(np.abs(corners).max(axis=0)) + 2
    box = (0, 0, int(2 * half[0]), int(2 * half[1]))
    planes = render(template, Pose(half[0], half[1], pose.scale, pose.angle), box, 2)
    alpha = planes[..., 3:]
    shown = np.concatenate([planes[..., :3] + (1 - alpha) * picture.mean(axis=(0, 1)), alpha / 2], axis=-1)
    return np.ascontiguousarray(np.moveaxis(directions(shown.astype(np.float32), 0.02), 0, -1)), (half[0], half[1])


def _at(response: np.ndarray, x: float, y: float) -> float:
    """The largest response within two pixels."""
    row, column = round(y), round(x)
    return float(response[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3].max(initial=0.0))


def _peaks(response: np.ndarray, least: float, apart: float) -> list[tuple[int, int]]:
    """x, y of local maxima above `least`, strongest first."""
    reach = 2 * max(2, int(0.3 * apart)) + 1
    highest = cv2.dilate(response, np.ones((reach, reach), np.uint8))
    rows, columns = np.nonzero((response >= highest) & (response > least))
    order = np.argsort(-response[rows, columns])[:MOST]
    return [(int(columns[k]), int(rows[k])) for k in order]
