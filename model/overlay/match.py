"""A picture and its known overlay in, one layer out: search, refine, repeats, appearance, in this order.

The answer is an ordinary candidate: `finish` makes exact layers of it. "Not there" is an answer too, with a confidence.
"""

from __future__ import annotations

from math import exp

import numpy as np

from ..finish import FinishConfig
from ..imaging.resample import fit_pixels, reduce_to
from ..types import Candidate, Request, Tick
from .appearance import fit_appearance
from .lattice import complete
from .layer import BLURS, estimate_of, gather_pairs
from .refine import Fit, refine
from .repeats import agree, find_repeats
from .search import COARSE, FINE, MOST_PIXELS, Hit, search
from .template import Pose, Template, template_of, unit

__all__ = ["KNOWN", "NAME", "find_overlay", "match_overlay"]

NAME = "overlay"
"""What `Candidate.engine` says."""

KNOWN = FinishConfig(
    region_low=0.5 / 255, region_high=1 / 255, fade_alpha=0.5 / 255, inversion_weight=0.0004, rim_weight=0.01
)
"""How `finish` treats a layer that is known, not estimated: faint edges are kept, and inversion is trusted further."""

CERTAIN = 11.0
"""Least certainty of a place that is claimed."""

FIRST_SIDE, SECOND_SIDE, LAST_SIDE = 48, 128, 700
"""Root of the template's area, in pixels, in the three rounds of refinement."""

SECOND_ROUND = 6

WITNESSES = 9
"""Places from which opacity, blend type and ink are taken."""


def match_overlay(request: Request, tick: Tick) -> list[Candidate]:
    """One candidate: all places of `request.overlay` as one layer, or no layer where it is not in the picture.

    Raises InvalidRequest where the overlay has no shape that could be found, and whatever `tick` raises.
    """
    assert request.overlay is not None
    template = template_of(request.overlay)
    pixels = request.composite.pixels[..., :3]
    found, confidence = find_overlay(template, pixels, tick)
    if not found:
        return [Candidate((), None, request.options.seed, confidence, NAME)]
    poses = [fit.pose for fit in found]
    versions = gather_pairs(template, pixels, poses[:WITNESSES], BLURS)
    drawing, appearance = fit_appearance(versions, request.options.blend)
    size = request.composite.size
    estimate = estimate_of(template, poses, appearance, size, BLURS[drawing], confidence)
    return [Candidate((estimate,), None, request.options.seed, confidence, NAME)]


def find_overlay(template: Template, pixels: np.ndarray, tick: Tick) -> tuple[list[Fit], float]:
    """Every place of the overlay, surest first, and the confidence (0..1) that this answer is right.

    pixels: uint8 or uint16 H x W x 3. Empty where it is not in the picture.
    """
    height, width = pixels.shape[:2]
    size = fit_pixels((width, height), MOST_PIXELS)
    small = unit(reduce_to(pixels, size))
    best = Fit(Pose(0, 0, 1, 0), 0.0, 0)
    for detail in (COARSE, FINE):
        hits = search(template, small, detail, tick)
        best = max(best, _refined(template, pixels, hits, small, size[0] / width), key=lambda fit: fit.certainty)
        if best.certainty > CERTAIN:
            break
    if best.certainty < CERTAIN:
        return [], _confidence(CERTAIN - best.certainty)
    last = refine(template, pixels, best.pose, LAST_SIDE, 10, 2)
    found = [last if last.certainty > 0.7 * best.certainty else best]
    found = find_repeats(template, pixels, found[0], tick)
    if len(found) > 1:
        found = agree(template, pixels, found, LAST_SIDE)
        found = complete(template, pixels, found, LAST_SIDE, tick)
    return sorted(found, key=lambda fit: -fit.certainty), _confidence(best.certainty - CERTAIN)


def _refined(template: Template, pixels: np.ndarray, hits: list[Hit], small: np.ndarray, factor: float) -> Fit:
    """The surest of the candidates after two rounds; native pose."""
    first = [refine(template, small, hit.pose, FIRST_SIDE, 5) for hit in hits]
    first.sort(key=lambda fit: -fit.certainty)
    second = [refine(template, pixels, fit.pose.scaled(1 / factor), SECOND_SIDE, 8) for fit in first[:SECOND_ROUND]]
    return max(second, key=lambda fit: fit.certainty, default=Fit(Pose(0, 0, 1, 0), 0.0, 0))


def _confidence(beyond: float) -> float:
    """0.5 at the threshold, nearly 1 far from it."""
    return 1 / (1 + exp(-min(max(beyond, 0), 50) / 4))
