"""The embedded engine: what a picture's layer is, how sure, and who had better take it off.

Asks its networks through `model.nano.detect` and turns their predictions into candidates. Where a kind
is better served by `classic` or by leaving the picture alone (model/nano/policy.json), that is what happens, and the
candidate says so; where none sees anything, classic may still see weather. Knows nothing of graphs.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from ..nano import layout
from ..nano.calibration import VEIL_KINDS, WEATHER_KINDS
from ..nano.candidates import plausible_blends, propose_candidates
from ..nano.closed_form import closed_form, predicted_background
from ..nano.components import filter_native_components
from ..nano.detect import Detection, Detectors, detect, mark_detector, veil_detector, weather_detector
from ..nano.network import NETWORKS, Network, load_packaged
from ..nano.passes import MIN_ALPHA, Fields, GlobalPrediction, predict_residual, refine_tiles, select_tiles
from ..nano.policy import policy
from ..nano.progress import ProgressPreview
from ..nano.tiles import Tile
from ..types import BlendType, Candidate, Engine, Estimate, Kind, Options, Quality, Request, Tick

__all__ = ["NanoEngine", "create", "missing"]

FOUND = 0.8
"""Probability of a foreground below which the answer is "nothing found": of 36 clean validation pictures three show a
false mark at 0.65, none from 0.75 on; of 16 texts and 12 logos 14 and 9 are found at either."""

COVERAGE = 0.0004
"""Share of the picture that must be covered: less is a stray pixel, not a layer."""

WORDS = {
    Kind.WATERMARK: ("watermark", "text", "logo", "stamp", "signature", "caption"),
    Kind.FOG: ("fog", "haze", "mist", "smoke"),
    Kind.RAIN: ("rain", "drizzle"),
    Kind.SNOW: ("snow", "dirt", "dust", "stain"),
    Kind.FLARE: ("flare", "glare", "bokeh", "light leak"),
    Kind.XRAY: ("xray", "x-ray", "shadow"),
    Kind.CELL: ("cell", "membrane"),
    Kind.GLASS: ("glass", "window", "bottle"),
}


def missing() -> str | None:
    lost = [weights.name for weights in NETWORKS if not weights.is_file()]
    return f"the weights {' and '.join(lost)} are missing: reinstall the package" if lost else None


def create() -> Engine:
    return NanoEngine()


def kind_of(options: Options) -> Kind | None:
    """What the user says it is, by option or by a word of the prompt."""
    if options.kind is not None:
        return options.kind
    prompt = options.prompt.lower()
    return next((kind for kind, words in WORDS.items() if any(word in prompt for word in words)), None)


def covered(fields: Fields) -> float:
    """Share of the picture where a layer would have alpha."""
    return float((fields.alpha > MIN_ALPHA).mean())


class NanoEngine:
    """Deterministic: the seed changes the later candidates alone."""

    name = "nano"

    def __init__(self, *networks: Network) -> None:
        """networks: `marks`, `veils` and `weather` in this order; none: the package's own."""
        marks, veils, weather = networks or map(load_packaged, NETWORKS)
        self.detectors = Detectors(mark_detector(marks), veil_detector(veils), weather_detector(weather))

    def estimate(self, request: Request, tick: Tick) -> list[Candidate]:
        """Up to `options.candidates`, best first: the middle answer, rival blend types, what else it could be."""
        options = request.options
        tick("network", 0, 1)
        declared = kind_of(options)
        if declared is not None and policy().get(str(declared)) == "classic":
            return self._classic(request, declared, tick)
        first = detect(self.detectors, request, declared)
        kind, sure = first.kind, first.sure
        if sure < FOUND or policy().get(str(kind)) == "classic":
            return self._classic(request, None if sure < FOUND else kind, tick, first.doubt)
        if policy().get(str(kind)) == "leave" and declared is None and request.hint is None:
            return [self._nothing(request, first.doubt)]
        candidates, shown = [], options.blend or layout.BLENDS[int(first.whole.output.blend.argmax())]
        plausible = plausible_blends(first.whole.output, first.edge, options.blend, kind)
        for blend, likely, latent in propose_candidates(plausible, options, first.detector.network.has_latent):
            # Another blend type than the one the look was for, or another answer, is a new question: look again.
            seen = first.whole
            if latent is not None:
                given = options.blend if blend is shown else blend
                seen = first.detector.see(request, given, kind, kind in VEIL_KINDS, latent)
            elif blend is not shown:
                seen = first.detector.see(request, blend, kind, kind in VEIL_KINDS)
            if seen is not first.whole:
                seen = seen.with_component_mask(first.whole.component_mask)
            candidates.append(self._candidate(request, replace(first, whole=seen, sure=likely * sure), blend, tick))
        if not candidates[0].layers:
            return self._classic(request, declared, tick, first.doubt)
        return [c for c in candidates if c.layers]

    def _candidate(self, request: Request, first: Detection, blend: BlendType, tick: Tick) -> Candidate:
        whole, kind, confidence = first.whole, first.kind, first.sure
        fields = first.detector.fields(whole, blend, request.composite.size)
        if covered(fields) < COVERAGE and request.hint is None:
            return self._nothing(request, 1 - confidence)
        chosen, preview = self._tiles(request, whole, kind), ProgressPreview(whole, blend, first.detector.gates)
        tick("network", 0, max(1, len(chosen)), preview.pixels())
        if chosen:
            done, flip_tta = itertools.count(1), request.options.quality is Quality.BEST

            def refined(tile: Tile, emission: np.ndarray, transmission: np.ndarray) -> None:
                preview.refine(tile, emission, transmission)
                tick("network", next(done), len(chosen), preview.pixels())

            fields = refine_tiles(first.detector.network, request, whole, blend, kind, chosen, flip_tta, refined)
        top = Estimate(fields.emission, fields.transmission, fields.alpha, blend, confidence, fields.box)
        paint = predicted_background(whole, fields)
        if kind is Kind.WATERMARK:
            if chosen:
                top = filter_native_components(request, top)
            top, paint = closed_form(request, top, paint)
        below = self._below(request, first, blend, tick) if request.options.layers > 1 else []
        tick("network", 1, 1)
        return Candidate((top, *below), paint, request.options.seed, confidence, self.name, kind)

    def _tiles(self, request: Request, whole: GlobalPrediction, kind: Kind) -> list[Tile]:
        """The native tiles worth refining: none for smooth kinds, small pictures and people in a hurry."""
        quality = request.options.quality
        native = max(whole.factor) < 1 or quality is Quality.BEST
        if quality is Quality.FAST or not native or kind in VEIL_KINDS:
            return []
        return select_tiles(whole, request, quality is Quality.BEST or kind in WEATHER_KINDS)

    def _below(self, request: Request, first: Detection, blend: BlendType, tick: Tick) -> list[Estimate]:
        """More layers, each from what is left of the reduced picture once those above are taken off."""
        flip_tta, found, whole = request.options.quality is Quality.BEST, [], first.whole
        for number in range(1, request.options.layers):
            tick("network", number, request.options.layers)
            whole = predict_residual(first.detector.network, whole, blend, request.options, flip_tta)
            blend, likely = plausible_blends(whole.output, None, None, None)[0]
            present = first.detector.belief(whole)
            fields = first.detector.fields(whole, blend, request.composite.size)
            if present < FOUND or covered(fields) < COVERAGE:
                break
            found.append(
                Estimate(fields.emission, fields.transmission, fields.alpha, blend, likely * present, fields.box)
            )
        return found

    def _nothing(self, request: Request, confidence: float) -> Candidate:
        return Candidate((), None, request.options.seed, confidence, self.name)

    def _classic(self, request: Request, kind: Kind | None, tick: Tick, doubt: float = 0.5) -> list[Candidate]:
        """What classic finds; kind None: it is asked to see for itself, and believed where the policy trusts it.

        doubt: how sure nano is that there is nothing.
        """
        from .classic import ClassicEngine

        options = request.options if kind is None else replace(request.options, kind=kind)
        (candidate,) = ClassicEngine().estimate(replace(request, options=options), tick)
        trusted = kind is not None or request.hint is not None or policy().get(str(candidate.kind)) == "classic"
        return [candidate if candidate.layers and trusted else self._nothing(request, doubt)]
