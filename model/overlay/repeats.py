"""Further places of an overlay that was found once: tiles and repeats, of the same size and angle.

One matched filter (`search.pose_response`) at the scale and angle that are known; its peaks are placed exactly and must
be likelier with the overlay than without. Knows nothing of lattices.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.resample import reduce_to
from ..types import Tick
from .drawing import Renderer
from .fitting import Solution
from .placing import place
from .refine import Fit
from .search import pose_response
from .template import Pose, Template, unit

__all__ = ["find_repeats"]

SIDE = 56
"""Root of the template's area at which repeats are looked for, in pixels."""

LEAST_RESPONSE = 0.3
"""Share of the known place's response that a repeat must reach: half of it may lie outside the picture."""

LEAST = 3.0
"""Standard deviations of the response by chance from which a peak is looked at."""

MOST = 400

MISSES = 80
"""After so many peaks in a row that are none, weaker ones are not looked at; `lattice` predicts what is cut off."""

CERTAIN, SHARE = 1.7, 0.2
"""Least t value of a repeat, whose appearance, size and angle are known, and its least gain as a share of the first."""


def find_repeats(renderer: Renderer, picture: np.ndarray, known: Fit, solution: Solution, tick: Tick) -> list[Fit]:
    """All places of the overlay, the known one first. picture: uint8 or uint16 H x W x 3, native."""
    template = renderer.template
    h, w = picture.shape[:2]
    level = min(1.0, SIDE / (known.pose.scale * template.area**0.5))
    size = max(8, round(w * level)), max(8, round(h * level))
    small = unit(reduce_to(picture, size))
    factor = size[0] / w
    local = known.pose.scaled(factor)
    response = pose_response(template, small, local.scale, local.angle)
    least = max(LEAST_RESPONSE * _at(response, local.x, local.y), LEAST)
    least_gain = SHARE * place(renderer, picture, known.pose, solution, 0).gain
    found, misses = [known], 0
    for done, (x, y) in enumerate(_peaks(response, least, min(template.size) * local.scale)):
        tick("network", done % 10, 10)
        pose = Pose(x, y, local.scale, local.angle).scaled(1 / factor)
        if any(_close(pose, other.pose, template) for other in found):
            continue
        fit = place(renderer, picture, pose, solution)
        sure = fit.certainty > CERTAIN and fit.gain > least_gain
        if sure and not any(_close(fit.pose, other.pose, template) for other in found):
            found.append(fit)
            misses = 0
        misses += not sure
        if misses == MISSES:
            break
    return found


def _close(one: Pose, other: Pose, template: Template) -> bool:
    reach = 0.3 * min(template.size) * other.scale
    return abs(one.x - other.x) < reach and abs(one.y - other.y) < reach


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
