"""Three networks look at a picture, and one of them is believed: `marks`, `veils` or `weather`.

`veils` looks at a much reduced picture for what is spread over it, `marks` for what someone has set on it, `weather`
for what falls or settles; where several see something, who is surer. Knows nothing of candidates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..types import BlendType, Kind, Quality, Request
from . import layout
from .calibration import VEIL_KINDS, WEATHER_KINDS, mark_probability, veil_probability, weather_probability
from .components import filter_global_components
from .edge_likelihood import EdgeLikelihood
from .network import Network
from .passes import (
    GLOBAL_SIDE,
    MARK_GATES,
    VEIL_GATES,
    VEIL_SIDE,
    WEATHER_GATES,
    Fields,
    GlobalPrediction,
    global_fields,
    predict_global,
)
from .policy import unasked_veils, unasked_weather

__all__ = [
    "Detection",
    "Detector",
    "Detectors",
    "detect",
    "edge_likelihood_of",
    "mark_detector",
    "veil_detector",
    "weather_detector",
]

VEIL = 0.85
"""Probability from which a veil is believed, for it changes the whole picture: of 100 validation pictures without one
none is taken for fog from 0.8 on, of 60 foggy ones 75 % are found (0.7: 5 and 80 %; 0.9: 73 %). A user can say
"fog", and then it is not asked."""


@dataclass(frozen=True, eq=False)
class Detector:
    """One of the networks, and how it is used.

    side: longest of the picture it is shown, pixels.   gates: presence at which a layer begins, and is whole.
    belief: probability, 0..1, that there is what it looks for, after a global pass.
    """

    network: Network
    side: int
    gates: tuple[float, float]
    belief: Callable[[GlobalPrediction], float]

    def see(
        self,
        request: Request,
        blend: BlendType | None,
        kind: Kind | None,
        flip_tta: bool,
        latent: np.ndarray | None = None,
    ) -> GlobalPrediction:
        return predict_global(self.network, request, blend, kind, flip_tta, self.side, latent)

    def fields(self, whole: GlobalPrediction, blend: BlendType, size: tuple[int, int]) -> Fields:
        return global_fields(whole, blend, size, self.gates)


@dataclass(frozen=True, eq=False)
class Detectors:
    marks: Detector
    veils: Detector
    weather: Detector


@dataclass(frozen=True, eq=False)
class Detection:
    """The first output: whose, what it saw, what that is, with what probability it is there at all, and its edge.

    doubt: the probability that nothing is there; less than 1 - sure where something else, too, may be.
    """

    detector: Detector
    whole: GlobalPrediction
    kind: Kind
    sure: float
    doubt: float
    edge: EdgeLikelihood | None = None


def mark_detector(network: Network) -> Detector:
    return Detector(
        network, GLOBAL_SIDE, MARK_GATES, lambda whole: mark_probability(whole.output, edge_likelihood_of(whole))
    )


def veil_detector(network: Network) -> Detector:
    return Detector(network, VEIL_SIDE, VEIL_GATES, lambda whole: veil_probability(whole.output, unasked_veils()))


def weather_detector(network: Network) -> Detector:
    return Detector(
        network, GLOBAL_SIDE, WEATHER_GATES, lambda whole: weather_probability(whole.output, unasked_weather())
    )


def detect(detectors: Detectors, request: Request, declared: Kind | None) -> Detection:
    """Run the networks at low resolution and choose one; a chosen veil is predicted again, conditioned on its kind."""
    blend, flip_tta = request.options.blend, request.options.quality is Quality.BEST
    if declared is not None and declared in VEIL_KINDS:
        return predict_given_kind(detectors.veils, request, declared, 1.0)
    if declared is not None and declared in WEATHER_KINDS:
        return Detection(
            detectors.weather, detectors.weather.see(request, blend, declared, flip_tta), declared, 1.0, 0.0
        )
    whole = detectors.marks.see(request, blend, declared, flip_tta)
    mark = detect_mark(detectors.marks, whole, blend)
    if declared is not None:
        return replace(mark, sure=1.0, doubt=0.0)
    given = request.hint is not None
    glance, around = (detector.see(request, blend, None, flip_tta) for detector in (detectors.veils, detectors.weather))
    veils, falls = (VEIL_KINDS, WEATHER_KINDS) if given else (unasked_veils(), unasked_weather())
    likely, falling = (
        veil_probability(glance.output, veils, whole.output),
        weather_probability(around.output, falls, whole.output),
    )
    if likely >= max(VEIL, falling):
        return predict_given_kind(detectors.veils, request, most_likely_kind(glance, veils), 1.0 if given else likely)
    doubt = mark.doubt * (1 - likely) * (1 - falling)
    best = mark
    if falling > mark.sure:
        best = Detection(detectors.weather, around, most_likely_kind(around, falls), falling, doubt)
    return replace(best, sure=1.0, doubt=0.0) if given else replace(best, doubt=doubt)


def detect_mark(marks: Detector, whole: GlobalPrediction, blend: BlendType | None) -> Detection:
    """What `marks` saw, without the pieces that its edge does not bear out. blend: what the user says it is."""
    filtered = filter_global_components(whole)
    if filtered is None:
        sure = mark_probability(whole.output, None)
        return Detection(marks, whole, Kind.WATERMARK, sure, 1 - sure)
    sure = mark_probability(whole.output, filtered.evidence)
    evidence = filtered.evidence if blend is None else None
    return Detection(
        marks, whole.with_component_mask(filtered.component_mask), Kind.WATERMARK, sure, 1 - sure, evidence
    )


def edge_likelihood_of(whole: GlobalPrediction) -> EdgeLikelihood | None:
    filtered = filter_global_components(whole)
    return None if filtered is None else filtered.evidence


def predict_given_kind(veils: Detector, request: Request, kind: Kind, sure: float) -> Detection:
    """Untold, the layer hedges against "nothing there": it is named first, then measured, and at so small a picture
    from both sides (fog on validation 0.66 of unchanged from one, 0.64 from both)."""
    return Detection(veils, veils.see(request, request.options.blend, kind, True), kind, sure, 1 - sure)


def most_likely_kind(whole: GlobalPrediction, among: frozenset[Kind]) -> Kind:
    return max(among, key=lambda kind: (float(whole.output.kind[layout.KINDS.index(kind)]), kind))
