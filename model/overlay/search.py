"""Where the overlay may be: a matched filter of gradients over all scales and angles, on reduced pictures.

At every scale the picture is reduced until the overlay is some 16 pixels wide (root of its area), so that one set of
turned templates serves all scales; 24 and 40 pixels see fainter overlays and cost more. The best are compared again at
48. Gives candidates; `refine` says which of them are true.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import log, log2, pi

import cv2
import numpy as np

from ..imaging.resample import reduce_to
from ..imaging.stripes import THREADS
from ..types import Tick
from .matched_filter import FilterBank, block_side, filter_of, mean_radius, prepared, response, window
from .template import Pose, Template, unit

__all__ = ["RESOLUTIONS", "Hit", "Resolution", "halved", "nearest_reduced", "pose_response", "search"]


@dataclass(frozen=True)
class Resolution:
    """root: of the template's area in the reduced picture. tolerance: how far, in reduced pixels, an edge at the
    template's mean radius may be off between two steps of scale or angle.

    The cost grows as the square of their ratio.
    """

    root: int
    tolerance: float


RESOLUTIONS = (Resolution(16, 0.75), Resolution(40, 1.2))
"""In turn, until the overlay is found: thin strokes are not seen in the first."""

CLOSER = Resolution(48, 0.75)
"""Where candidates are compared."""

SMALLEST = 24
"""Root of the area of the smallest overlay that is looked for, native pixels."""

MOST_PIXELS = 500_000
"""Of the reduced picture in which the smallest overlays are looked for."""

SCALES = (0.05, 8.0)
"""The scales that are looked at: 0.1 to 4, and the picture resized by 0.5 to 2 afterwards."""

COMPARED = 64
"""Candidates that are looked at closer."""

KEPT = 32
"""Candidates of each octave of scale at most: where the overlay is small there are more by chance."""

SLACK = 6
"""How far around a candidate its best place is looked for, in pixels at CLOSER."""


@dataclass(frozen=True)
class Hit:
    """A pose in native pixels, and its score: the matched filters' response in standard deviations by chance."""

    pose: Pose
    score: float


def search(template: Template, pictures: list[np.ndarray], resolution: Resolution, tick: Tick) -> list[Hit]:
    """Candidates, best first.

    pictures: of `halved`: h x w x 3 as for `unit`, native, then smaller. resolution: of RESOLUTIONS.
    """
    first = _search_everywhere(template, pictures, resolution, tick)[:COMPARED]
    block = cv2.getOptimalDFTSize(window(template, CLOSER.root) + 2 * SLACK)
    bank = FilterBank(template, CLOSER.root, CLOSER.tolerance, block)
    # What half a step of the first search is, in steps of this one.
    steps = resolution.tolerance / mean_radius(template, resolution.root)
    steps /= 2 * CLOSER.tolerance / mean_radius(template, CLOSER.root)
    reach = max(1, round(steps))

    def closer(hit: Hit) -> Hit:
        fewer, factor = nearest_reduced(pictures, hit.pose.scale * template.area**0.5 / CLOSER.root / 1.3)
        found = _closer(template, fewer, Hit(hit.pose.scaled(factor), hit.score), bank, reach)
        return Hit(found.pose.scaled(1 / factor), found.score)

    with ThreadPoolExecutor(THREADS) as pool:
        hits = list(pool.map(closer, first))
    tick("network", 1, 1)
    return _distinct(hits, template, len(hits))


def halved(picture: np.ndarray) -> list[np.ndarray]:
    """The picture, and by exact halves smaller ones while they have some 200 pixels a side; odd rows are left out."""
    out = [picture]
    while min(out[-1].shape[:2]) >= 400:
        h, w = (side // 2 for side in out[-1].shape[:2])
        out.append(reduce_to(out[-1][: 2 * h, : 2 * w], (w, h)))
    return out


def nearest_reduced(pictures: list[np.ndarray], times: float) -> tuple[np.ndarray, float]:
    """The smallest of `halved` that is reduced at most `times`, and its scale: cutting large parts natively is slow."""
    k = min(max(int(log2(max(times, 1))), 0), len(pictures) - 1)
    return pictures[k], 0.5**k


def _search_everywhere(template: Template, pictures: list[np.ndarray], resolution: Resolution, tick: Tick) -> list[Hit]:
    """At most KEPT of each octave, best first."""
    bank = FilterBank(template, resolution.root, resolution.tolerance)
    height, width = pictures[0].shape[:2]
    levels = list(_levels(template, (width, height), resolution, bank.side))
    reduced = unit(reduce_to(pictures[0], (max(8, round(width * levels[0])), max(8, round(height * levels[0])))))
    base = resolution.root / template.area**0.5
    hits: list[Hit] = []

    def at_level(level: float) -> list[Hit]:
        return _at_level(base, reduced, (width, height), level, bank)

    with ThreadPoolExecutor(THREADS) as pool:
        for done, found in enumerate(pool.map(at_level, levels)):
            hits += found
            tick("network", done + 1, len(levels) + 1)
    return _distinct(hits, template, KEPT)


def _closer(template: Template, picture: np.ndarray, hit: Hit, bank: FilterBank, reach: int) -> Hit:
    """The best pose near a candidate, at a root of area of CLOSER: three scales, three or more angles, all places.

    reach: steps of the bank's angles to each side.
    """
    side, block = bank.side, bank.block
    middle = round(hit.pose.angle / (2 * pi / bank.count))
    step = 1 + 2 * CLOSER.tolerance / mean_radius(template, CLOSER.root)
    best = Hit(hit.pose, 0.0)
    for power in (-1, 0, 1):
        scale = hit.pose.scale * step**power
        level = CLOSER.root / (scale * template.area**0.5)
        h, w = picture.shape[:2]
        slack = (0.5 * side + SLACK + 4) / level
        left, right = max(int(hit.pose.x - slack), 0), min(int(hit.pose.x + slack) + 1, w)
        top, bottom = max(int(hit.pose.y - slack), 0), min(int(hit.pose.y + slack) + 1, h)
        if right - left < 4 or bottom - top < 4:
            continue
        crop = np.ascontiguousarray(picture[top:bottom, left:right])
        size = max(8, round((right - left) * level)), max(8, round((bottom - top) * level))
        small = unit(cv2.resize(crop, size, interpolation=cv2.INTER_AREA if level < 1 else cv2.INTER_LINEAR))
        fx, fy = (right - left) / size[0], (bottom - top) / size[1]
        corner = round((hit.pose.y - top) / fy) - SLACK, round((hit.pose.x - left) / fx) - SLACK
        blocks = prepared(small, side, block, corner)
        for k in range(middle - reach, middle + reach + 1):
            one = bank[k]
            _, value, _, (x, y) = cv2.minMaxLoc(response(one, blocks, 0))
            score = side * float(value) ** 0.5
            if score > best.score:
                best = Hit(Pose(left + (corner[1] + x) * fx, top + (corner[0] + y) * fy, scale, one.angle), score)
    return best


def pose_response(template: Template, picture: np.ndarray, scale: float, angle: float) -> np.ndarray:
    """Score of the overlay's centre being at each pixel, at one scale and angle: float32 h x w, as `Hit.score`.

    picture: float32 h x w x 3, 0..1.
    """
    side = window(template, scale * template.area**0.5)
    block = block_side(side)
    blocks = prepared(picture, side, block)
    one = filter_of(template, scale, angle, side, block)
    h, w = picture.shape[:2]
    valid = block - side + 1
    out = np.zeros((h + valid, w + valid), np.float32)
    for number, (top, left) in enumerate(blocks.corners):
        out[top : top + valid, left : left + valid] = response(one, blocks, number)
    out = out[:h, :w]
    return np.sqrt(out / (float(out.mean()) + 1e-12))


def _levels(template: Template, picture: tuple[int, int], resolution: Resolution, side: int) -> Iterator[float]:
    """By how much a picture of `picture` (width, height) is reduced, finest first."""
    w, h = picture
    root = resolution.root
    step = 1 + 2 * resolution.tolerance / mean_radius(template, root)
    base = template.area**0.5 / root
    # As many pixels for every root, but no more than the smallest overlay needs.
    most = MOST_PIXELS * min(1.0, root / SMALLEST) ** 2
    level = min(1.0, root / SMALLEST, (most / (h * w)) ** 0.5, 1 / (SCALES[0] * base))
    # The template may be somewhat larger than the picture.
    least = max(0.6 * side / max(h, w), 1 / (SCALES[1] * base))
    for k in range(int(log(level / least) / log(step)) + 2 if level > least else 1):
        yield level / step**k


def _at_level(base: float, picture: np.ndarray, native: tuple[int, int], level: float, bank: FilterBank) -> list[Hit]:
    """The best place of each angle in each block. base: pixels of the reduced picture a template pixel."""
    w, h = native
    size = max(8, round(w * level)), max(8, round(h * level))
    blocks = prepared(reduce_to(picture, size), bank.side, bank.block)
    scale = base * w / size[0]
    hits, total = [], 0.0
    for number, (top, left) in enumerate(blocks.corners):
        for k in range(bank.count):
            one = bank[k]
            values = response(one, blocks, number)
            total += float(values.sum())
            _, value, _, (x, y) = cv2.minMaxLoc(values)
            pose = Pose((left + x) * w / size[0], (top + y) * h / size[1], scale, one.angle)
            hits.append((pose, float(value)))
    mean = total / (bank.count * size[0] * size[1]) + 1e-12
    return [Hit(pose, (value / mean) ** 0.5) for pose, value in hits]


def _distinct(hits: list[Hit], template: Template, most: int) -> list[Hit]:
    """The best hits, at most `most` of each octave, without those that a better one all but equals."""
    kept: list[Hit] = []
    count: dict[int, int] = {}
    side = template.area**0.5
    for hit in sorted(hits, key=lambda one: -one.score):
        pose = hit.pose
        octave = round(log2(pose.scale))
        if count.get(octave, 0) == most:
            continue
        near = (
            abs(log(pose.scale / other.pose.scale)) < 0.15
            and abs((pose.angle - other.pose.angle + pi) % (2 * pi) - pi) < 0.15
            and max(abs(pose.x - other.pose.x), abs(pose.y - other.pose.y)) < 0.15 * side * other.pose.scale
            for other in kept
        )
        if not any(near):
            kept.append(hit)
            count[octave] = count.get(octave, 0) + 1
    return kept
