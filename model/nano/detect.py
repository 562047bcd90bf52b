"""Runs the networks at low resolution and chooses the one whose kind of foreground is present.

`veils` predicts a strongly reduced picture, `marks` and `weather` one of up to 1280 pixels. The heads' probabilities
are overconfident, so logistic regressions over what the networks predict (`Calibration`) decide. Candidates are made
elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from pathlib import Path

import numpy as np

from ..types import VEIL_KINDS, WEATHER_KINDS, BlendType, Kind, Quality, Request
from . import layout
from .components import filter_global_components
from .config import DetectorConfig, NanoConfig
from .edge_likelihood import EdgeLikelihood
from .judge import PresenceProbabilities
from .network import Network, NetworkOutput, load_packaged
from .passes import GlobalPrediction, predict_global

__all__ = [
    "Detection",
    "Detector",
    "Detectors",
    "detect",
    "detect_mark",
    "edge_feature",
    "edge_likelihood_of",
    "mark_features",
    "mark_log_odds_excess",
    "mark_probability",
    "presence_probability",
    "veil_features",
    "veil_probability",
    "weather_features",
    "weather_probability",
]

CERTAIN = 0.9
"""Presence from which a pixel counts as certain, a feature of the regressions; a change needs a new calibration."""

MIN_MARK_LOG_ODDS = 2.0
"""Log-odds of a mark above which it counts against veils and weather; neither clear nor foggy validation pictures
reach 4. A change needs a new calibration."""


@dataclass(frozen=True, eq=False)
class Detector:
    """One network and how it is used. source: the network, or the file of a packaged one, loaded when first used."""

    source: Network | Path
    config: DetectorConfig

    @property
    def network(self) -> Network:
        return load_packaged(self.source) if isinstance(self.source, Path) else self.source

    def predict(
        self,
        request: Request,
        blend: BlendType | None,
        kind: Kind | None,
        flip_tta: bool,
        latent: np.ndarray | None = None,
    ) -> GlobalPrediction:
        """As `predict_global`, at this network's size."""
        c = self.config
        return predict_global(self.network, request, blend, kind, flip_tta, c.side, c.gates, latent)


@dataclass(frozen=True, eq=False)
class Detectors:
    """The three networks of the engine."""

    marks: Detector
    veils: Detector
    weather: Detector


@dataclass(frozen=True, eq=False)
class Detection:
    """The chosen network and its prediction.

    Attributes
    ----------
    kind : what the foreground is
    confidence : probability that it is present
    none_probability : probability that nothing is present; less than 1 - confidence where something else may be
    edge : likelihoods from the edge of a mark; None where there is none or the blend type is given
    presence : of all networks; None where the user declares what is there, by kind or hint
    """

    detector: Detector
    whole: GlobalPrediction
    kind: Kind
    confidence: float
    none_probability: float
    edge: EdgeLikelihood | None = None
    presence: PresenceProbabilities | None = None


def detect(
    detectors: Detectors,
    request: Request,
    declared: Kind | None,
    config: NanoConfig,
    on_pass: Callable[[], None] = lambda: None,
) -> Detection:
    """Run the networks and choose the one whose kind of foreground is most probably present.

    Where the user declares a kind of veil or weather, only its own network is run.

    Parameters
    ----------
    detectors : Detectors
    request : Request
        A hint counts as a declaration that a mark or a veil is present. It is not taken for weather, which nobody
        marks by hand: a stamp or a date under a hint would become snow.
    declared : the kind that the user declares, or None
    config : NanoConfig
    on_pass : called after each network has predicted; what it raises ends the detection
    """
    blend, flip_tta = request.options.blend, request.options.quality is Quality.BEST
    if declared is not None and declared in VEIL_KINDS:
        return predict_given_kind(detectors.veils, request, declared, 1.0)
    if declared is not None and declared in WEATHER_KINDS:
        whole = detectors.weather.predict(request, blend, declared, flip_tta)
        return Detection(detectors.weather, whole, declared, 1.0, 0.0)
    whole = detectors.marks.predict(request, blend, declared, flip_tta)
    on_pass()
    mark = detect_mark(detectors.marks, whole, blend, config)
    if declared is not None:
        return replace(mark, confidence=1.0, none_probability=0.0)
    hinted, calibration = request.hint is not None, config.calibration
    veil = detectors.veils.predict(request, blend, None, flip_tta)
    on_pass()
    veil_kinds = VEIL_KINDS if hinted else calibration.automatic(VEIL_KINDS)
    p_veil = veil_probability(calibration.veils_given_marks, veil.output, veil_kinds, whole.output)
    if hinted:
        if p_veil < config.min_veil_confidence:
            return replace(mark, confidence=1.0, none_probability=0.0)
        return predict_given_kind(detectors.veils, request, most_likely_kind(veil, veil_kinds), 1.0)
    weather_kinds = calibration.automatic(WEATHER_KINDS)
    weather = predict_weather(detectors.weather, request, weather_kinds, config)
    on_pass()
    p_weather = weather_probability(calibration.weather, weather.output, weather_kinds, whole.output)
    presence = PresenceProbabilities(mark.confidence, p_veil, p_weather)
    if p_veil >= max(config.min_veil_confidence, p_weather):
        kind = most_likely_kind(veil, veil_kinds)
        found = predict_given_kind(detectors.veils, request, kind, p_veil)
        return replace(found, presence=presence)
    none_probability = mark.none_probability * (1 - p_veil) * (1 - p_weather)
    best = mark
    if p_weather > mark.confidence:
        kind = most_likely_kind(weather, weather_kinds)
        best = Detection(detectors.weather, weather, kind, p_weather, none_probability)
    return replace(best, none_probability=none_probability, presence=presence)


def detect_mark(marks: Detector, whole: GlobalPrediction, blend: BlendType | None, config: NanoConfig) -> Detection:
    """The prediction of `marks` without the components that its edge contradicts. blend: given by the user."""
    coefficients = config.calibration.marks
    filtered = filter_global_components(whole, config)
    if filtered is None:
        confidence = mark_probability(coefficients, whole.output, None)
        return Detection(marks, whole, Kind.WATERMARK, confidence, 1 - confidence)
    confidence = mark_probability(coefficients, whole.output, filtered.likelihood)
    likelihood = filtered.likelihood if blend is None else None
    whole = whole.with_component_mask(filtered.component_mask)
    return Detection(marks, whole, Kind.WATERMARK, confidence, 1 - confidence, likelihood)


def edge_likelihood_of(whole: GlobalPrediction, config: NanoConfig) -> EdgeLikelihood | None:
    filtered = filter_global_components(whole, config)
    return None if filtered is None else filtered.likelihood


def predict_weather(
    weather: Detector, request: Request, kinds: frozenset[Kind], config: NanoConfig
) -> GlobalPrediction:
    """The prediction of `weather`, at its own size only where a strongly reduced one does not rule out all `kinds`.

    A mark that `marks` predicts only lowers the probability of weather, so that it is left out of that decision.
    """
    blend, flip_tta = request.options.blend, request.options.quality is Quality.BEST
    small = replace(weather, config=replace(weather.config, side=config.weather_screen_side))
    screened = small.predict(request, blend, None, False)
    probability = weather_probability(config.calibration.weather, screened.output, kinds)
    is_whole = max(request.composite.size) <= config.weather_screen_side and not flip_tta
    if probability < config.min_weather_screen or is_whole:
        return screened
    return weather.predict(request, blend, None, flip_tta)


def predict_given_kind(veils: Detector, request: Request, kind: Kind, confidence: float) -> Detection:
    """Predict again, conditioned on the detected kind and averaged with the mirror image.

    The unconditioned output is biased towards no layer. Fog on validation: 0.66 of unchanged without the mirror image,
    0.64 with it.
    """
    whole = veils.predict(request, request.options.blend, kind, True)
    return Detection(veils, whole, kind, confidence, 1 - confidence)


def most_likely_kind(whole: GlobalPrediction, among: frozenset[Kind]) -> Kind:
    return max(among, key=lambda kind: (float(whole.output.kind[layout.KINDS.index(kind)]), kind))


def presence_probability(
    whole: GlobalPrediction, detector: Detector, detectors: Detectors, config: NanoConfig
) -> float:
    """Probability, 0..1, that a further layer is present, from the prediction of one network alone."""
    calibration = config.calibration
    if detector is detectors.veils:
        return veil_probability(calibration.veils, whole.output, calibration.automatic(VEIL_KINDS))
    if detector is detectors.weather:
        return weather_probability(calibration.weather, whole.output, calibration.automatic(WEATHER_KINDS))
    return mark_probability(calibration.marks, whole.output, edge_likelihood_of(whole, config))


# --- features of the regressions -------------------------------------------------------------------


def log_odds(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return log(p / (1 - p))


def certain_share(output: NetworkOutput) -> float:
    """log10 of the share of pixels with a certain presence, at least -5."""
    return float(np.log10((output.presence > CERTAIN).mean() + 1e-5))


def kinds_log_odds(output: NetworkOutput, kinds: Iterable[Kind]) -> float:
    return log_odds(float(sum(output.kind[layout.KINDS.index(kind)] for kind in kinds)))


def mark_features(output: NetworkOutput) -> tuple[float, float]:
    """Log-odds of a mark, and `certain_share`."""
    return log_odds(float(output.kind[layout.KINDS.index(Kind.WATERMARK)])), certain_share(output)


def edge_feature(edge: EdgeLikelihood | None) -> float:
    """log(1 + likelihood ratio) of one ink against no mark; 0 without an edge."""
    return 0.0 if edge is None else log(1 + max(edge.likelihood_ratio, 0.0))


def veil_features(output: NetworkOutput, kinds: Iterable[Kind]) -> tuple[float, ...]:
    """Log-odds of the veils in question, and the mean opacity, which separates better than the certain share."""
    return kinds_log_odds(output, kinds), float(output.opacity.mean())


def weather_features(
    output: NetworkOutput, kinds: Iterable[Kind], marks_output: NetworkOutput | None
) -> tuple[float, ...]:
    """Log-odds of the weather in question, `certain_share`, and `mark_log_odds_excess` of `marks` where it was run."""
    excess = 0.0 if marks_output is None else mark_log_odds_excess(marks_output)
    return kinds_log_odds(output, kinds), certain_share(output), excess


def mark_log_odds_excess(output: NetworkOutput) -> float:
    """Log-odds of a mark beyond MIN_MARK_LOG_ODDS, at least 0: that `marks` predicts none is no evidence of a veil."""
    return max(0.0, mark_features(output)[0] - MIN_MARK_LOG_ODDS)


def logistic(coefficients: Sequence[float], features: Sequence[float]) -> float:
    bias, *weights = coefficients
    return 1 / (1 + exp(-bias - sum(w * x for w, x in zip(weights, features, strict=True))))


def mark_probability(coefficients: Sequence[float], output: NetworkOutput, edge: EdgeLikelihood | None) -> float:
    """Probability that a mark is present, from the output of `marks` and the edge of what it found."""
    return logistic(coefficients, (*mark_features(output), edge_feature(edge)))


def weather_probability(
    coefficients: Sequence[float],
    output: NetworkOutput,
    kinds: Iterable[Kind],
    marks_output: NetworkOutput | None = None,
) -> float:
    """Probability that weather of these kinds is present, from the output of `weather`."""
    return logistic(coefficients, weather_features(output, kinds, marks_output))


def veil_probability(
    coefficients: Sequence[float],
    output: NetworkOutput,
    kinds: Iterable[Kind],
    marks_output: NetworkOutput | None = None,
) -> float:
    """Probability that a veil of these kinds is present, from the output of `veils`.

    marks_output: output of `marks` on the same image; suppresses false fog on text. The coefficients are
    `Calibration.veils_given_marks` with it, `Calibration.veils` without.
    """
    features = veil_features(output, kinds)
    if marks_output is not None:
        features = (*features, mark_log_odds_excess(marks_output))
    return logistic(coefficients, features)
