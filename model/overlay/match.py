"""A picture and its known overlay in, one layer out: search, refine, repeats, appearance, in this order.

The answer is an ordinary candidate: `finish` makes exact layers of it. "Not there" is an answer too, with a confidence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp

import numpy as np

from ..finish import FinishConfig
from ..types import BlendType, Candidate, Request, Tick
from .drawing import Renderer
from .fitting import Solution, solve
from .lattice import complete
from .layer import estimate_of
from .placing import place
from .refine import Fit, refine
from .repeats import find_repeats
from .search import ROOTS, Hit, search
from .template import Pose, Template, template_of

__all__ = ["KNOWN", "NAME", "Found", "candidate_of", "find_overlay", "locate", "match_overlay"]

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

FIRST, CANDIDATES, SECOND_ROUND = 5, 24, 3

WITNESSES = 3
"""Places from which opacity, blend type, ink and resampling are taken."""


@dataclass(frozen=True, eq=False)
class Found:
    """Every place of an overlay, surest first, and how it looks; no place and no solution where it is not there.

    confidence: 0..1, that this answer is right.
    """

    places: tuple[Fit, ...]
    solution: Solution | None
    confidence: float

    @property
    def poses(self) -> list[Pose]:
        return [fit.pose for fit in self.places]


def match_overlay(request: Request, tick: Tick) -> list[Candidate]:
    """One candidate: all places of `request.overlay` as one layer, or no layer where it is not in the picture.

    Raises InvalidRequest where the overlay has no shape that could be found, and whatever `tick` raises.
    """
    assert request.overlay is not None
    template = template_of(request.overlay)
    found = locate(template, request.composite.pixels[..., :3], tick, request.options.blend)
    return [candidate_of(request, template, found)]


def candidate_of(request: Request, template: Template, found: Found) -> Candidate:
    """All found places as one layer; no layer where nothing was found."""
    layers = ()
    if found.solution is not None:
        size = request.composite.size
        layers = (estimate_of(Renderer(template), found.poses, found.solution, size, found.confidence),)
    return Candidate(layers, None, request.options.seed, found.confidence, NAME)


def find_overlay(template: Template, pixels: np.ndarray, tick: Tick) -> tuple[list[Fit], float]:
    """Every place of the overlay, surest first, and the confidence (0..1) that this answer is right.

    pixels: uint8 or uint16 H x W x 3. Empty where it is not in the picture.
    """
    found = locate(template, pixels, tick)
    return list(found.places), found.confidence


def locate(template: Template, pixels: np.ndarray, tick: Tick, blend: BlendType | None = None) -> Found:
    """Find every place of the overlay, and how it looks there.

    pixels: uint8 or uint16 H x W x 3. blend: its blend type, where the user knows it.
    """
    best = Fit(Pose(0, 0, 1, 0), 0.0, 0)
    for root in ROOTS:
        other = _refined(template, pixels, search(template, pixels, root, tick))
        best = max(best, other, key=lambda fit: fit.certainty)
        if best.certainty > CERTAIN:
            break
    if best.certainty < CERTAIN:
        return Found((), None, _confidence(CERTAIN - best.certainty))
    last = refine(template, pixels, best.pose, LAST_SIDE, 10, 2)
    known = last if last.certainty > 0.7 * best.certainty else best
    solution = solve(template, pixels, [known.pose], blend)
    renderer = Renderer(template)
    found = find_repeats(renderer, pixels, replace(known, pose=solution.poses[0]), solution, tick)
    if len(found) > 1:
        found = sorted(found, key=lambda fit: -fit.certainty)
        solution = solve(template, pixels, [fit.pose for fit in found[:WITNESSES]], blend)
        exact = [replace(fit, pose=pose) for fit, pose in zip(found, solution.poses, strict=False)]
        found = exact + [place(renderer, pixels, fit.pose, solution) for fit in found[WITNESSES:]]
        found = complete(renderer, pixels, found, solution, tick)
    places = sorted(found, key=lambda fit: -fit.certainty)
    return Found(tuple(places), solution, _confidence(best.certainty - CERTAIN))


def _refined(template: Template, pixels: np.ndarray, hits: list[Hit]) -> Fit:
    """The surest of the candidates; native pose. The first few are tried alone: mostly the true one is among them."""
    best = Fit(Pose(0, 0, 1, 0), 0.0, 0)
    for chosen in (hits[:FIRST], hits[FIRST:CANDIDATES]):
        first = [refine(template, pixels, hit.pose, FIRST_SIDE, 5) for hit in chosen]
        first.sort(key=lambda fit: -fit.certainty)
        second = (refine(template, pixels, fit.pose, SECOND_SIDE, 8) for fit in first[:SECOND_ROUND])
        best = max((best, *second), key=lambda fit: fit.certainty)
        if best.certainty > CERTAIN:
            break
    return best


def _confidence(beyond: float) -> float:
    """0.5 at the threshold, nearly 1 far from it."""
    return 1 / (1 + exp(-min(max(beyond, 0), 50) / 4))
