"""A picture and its known overlay in, one layer out: search, refine, repeats, appearance, in this order.

The answer is an ordinary candidate: `finish` makes exact layers of it. "Not there" is an answer too, with a confidence.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import exp

import numpy as np

from ..finish import FinishConfig
from ..imaging.stripes import THREADS
from ..types import BlendType, Candidate, Request, Tick
from .drawing import Renderer
from .fitting import Solution, solve
from .lattice import complete
from .layer import estimate_of
from .placing import place
from .refine import Fit, refine
from .repeats import find_repeats
from .search import RESOLUTIONS, Hit, halved, nearest_reduced, search
from .template import Pose, Template, template_of

__all__ = ["KNOWN", "NAME", "Found", "candidate_of", "locate", "match_overlay"]

NAME = "overlay"
"""What `Candidate.engine` says."""

KNOWN = FinishConfig(
    region_low=0.5 / 255, region_high=1 / 255, fade_alpha=0.5 / 255, inversion_weight=0.0004, rim_weight=0.01
)
"""How `finish` treats a layer that is known, not estimated: faint edges are kept, and inversion is trusted further."""

CERTAIN = 11.0
"""Least certainty of a place that is claimed."""

FIRST_SIDE, SECOND_SIDE, LAST_SIDE = 48, 128, 200
"""Root of the template's area, in pixels, in the three rounds of refinement."""

FIRST, CANDIDATES, SECOND_ROUND = 5, 24, 3

PROMISING = 5.0
"""Certainty at the first side from which a candidate is looked at again: chance gives up to 8, the truth over 13."""

SUREST, WITNESSES = 24, 6
"""Of so many places, those from which opacity, blend type, ink and resampling are taken: over dark and bright ground,
as blend types differ in how what they add depends on that."""


@dataclass(frozen=True, eq=False)
class Found:
    """Every place of an overlay, surest first, and how it looks; no place and no solution where it is not there.

    confidence: 0..1, that this answer is right. certainty: t value of the surest pose, claimed or not (`Fit`).
    """

    places: tuple[Fit, ...]
    solution: Solution | None
    confidence: float
    certainty: float

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


def locate(template: Template, pixels: np.ndarray, tick: Tick, blend: BlendType | None = None) -> Found:
    """Find every place of the overlay, and how it looks there.

    pixels: uint8 or uint16 H x W x 3. blend: its blend type, where the user knows it.
    """
    best = Fit(Pose(0, 0, 1, 0), 0.0, 0)
    pictures = halved(pixels)
    for resolution in RESOLUTIONS:
        hits = search(template, pictures, resolution, tick)
        other = _refined(template, pictures, hits, resolution is RESOLUTIONS[-1])
        best = max(best, other, key=lambda fit: fit.certainty)
        if best.certainty > CERTAIN:
            break
    if best.certainty < CERTAIN:
        return Found((), None, _confidence(CERTAIN - best.certainty), best.certainty)
    last = _fit(template, pictures, best.pose, LAST_SIDE, 6, 2)
    known = last if last.certainty > 0.7 * best.certainty else best
    solution = solve(template, pixels, [known.pose], blend)
    renderer = Renderer(template)
    found = find_repeats(renderer, pixels, replace(known, pose=solution.poses[0]), solution, tick)
    if len(found) > 1:
        found = _varied_first(template, pixels, found)
        solution = solve(template, pixels, [fit.pose for fit in found[:WITNESSES]], blend)
        exact = [replace(fit, pose=pose) for fit, pose in zip(found, solution.poses, strict=False)]
        found = exact + [place(renderer, pixels, fit.pose, solution) for fit in found[WITNESSES:]]
        found = complete(renderer, pixels, found, solution, tick)
    places = sorted(found, key=lambda fit: -fit.certainty)
    return Found(tuple(places), solution, _confidence(best.certainty - CERTAIN), best.certainty)


def _refined(template: Template, pictures: list[np.ndarray], hits: list[Hit], thorough: bool) -> Fit:
    """The surest of the candidates; native pose.

    The first few are tried alone: mostly the true one is among them. thorough: if not, more are tried.
    """
    best = Fit(Pose(0, 0, 1, 0), 0.0, 0)
    with ThreadPoolExecutor(THREADS) as pool:
        for chosen in (hits[:FIRST], hits[FIRST : CANDIDATES if thorough else FIRST]):
            first = list(pool.map(lambda hit: _fit(template, pictures, hit.pose, FIRST_SIDE, 5), chosen))
            first = sorted(first, key=lambda fit: -fit.certainty)[:SECOND_ROUND]
            again = [fit.pose for fit in first if fit.certainty > PROMISING]
            second = pool.map(lambda pose: _fit(template, pictures, pose, SECOND_SIDE, 8), again)
            best = max((best, *second), key=lambda fit: fit.certainty)
            if best.certainty > CERTAIN:
                break
    return best


def _varied_first(template: Template, pixels: np.ndarray, found: list[Fit]) -> list[Fit]:
    """The places, WITNESSES of the surest first that are spread from dark to bright."""
    found = sorted(found, key=lambda fit: -fit.certainty)

    def brightness(fit: Fit) -> float:
        x, y, w, h = fit.pose.box(template.size, (pixels.shape[1], pixels.shape[0]))
        return float(pixels[y : y + h, x : x + w].mean()) if w and h else 0.0

    surest = sorted(found[:SUREST], key=brightness)
    count = min(WITNESSES, len(surest))
    chosen = [surest[round(k * (len(surest) - 1) / max(count - 1, 1))] for k in range(count)]
    return chosen + [fit for fit in found if not any(fit is other for other in chosen)]


def _fit(template: Template, pictures: list[np.ndarray], pose: Pose, side: int, steps: int, samples: int = 1) -> Fit:
    """`refine` of a native pose, in the smallest of the pictures that shows enough."""
    picture, factor = nearest_reduced(pictures, pose.scale * template.area**0.5 / side)
    fit = refine(template, picture, pose.scaled(factor), side, steps, samples)
    return replace(fit, pose=fit.pose.scaled(1 / factor))


def _confidence(beyond: float) -> float:
    """0.5 at the threshold, nearly 1 far from it."""
    return 1 / (1 + exp(-min(max(beyond, 0), 50) / 4))
