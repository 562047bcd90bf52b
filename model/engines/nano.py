"""The embedded engine: detects the foreground, refines it and returns candidates.

The networks are chosen by `model.nano.detect`. Kinds that `classic` removes better, or that are left alone unless asked
for, follow the policy of the calibration (measured on validation pictures), and the candidate names the engine that
made it. Where no network detects anything, classic may still detect a kind that the policy gives it.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import cv2
import numpy as np

from ..classic.hinted import merged_layers, solve_hinted
from ..errors import EngineUnavailable
from ..imaging.boxes import bounding_box
from ..imaging.crop import HINTED, crop_request, resample_to_crop
from ..imaging.drawings import drawing_features, drawing_probability
from ..imaging.tiles import Tile
from ..nano import layout
from ..nano.candidates import plausible_blends, propose_candidates
from ..nano.components import filter_native_components, select_ink
from ..nano.config import NanoConfig
from ..nano.detect import Detection, Detector, Detectors, detect, detect_mark, presence_probability
from ..nano.edge_likelihood import shows_through
from ..nano.fit import closed_form, outline_of, predicted_background
from ..nano.judge import answer_features, answer_probability, nothing_probability
from ..nano.network import NETWORKS, Network
from ..nano.passes import (
    Fields,
    GlobalPrediction,
    TileGrid,
    condition,
    global_fields,
    predict_residual,
    refine_tiles,
    select_tiles,
    to_fields,
)
from ..nano.progress import NetworkProgress, ProgressPreview
from ..runtime.session import release_memory
from ..types import (
    VEIL_KINDS,
    WEATHER_KINDS,
    BlendType,
    Candidate,
    Engine,
    Estimate,
    Kind,
    Options,
    Quality,
    Request,
    Tick,
)
from .windows import estimate_in_windows

__all__ = ["NanoEngine", "create", "missing"]

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
"""Words of a prompt that declare a kind."""


def missing() -> str | None:
    lost = [weights.name for weights in NETWORKS if not weights.is_file()]
    return f"the weights {' and '.join(lost)} are missing: reinstall the package" if lost else None


def create() -> Engine:
    """The engine with the package's networks; each is loaded when it is first used.

    Raises EngineUnavailable where weights are missing.
    """
    reason = missing()
    if reason is not None:
        raise EngineUnavailable(reason)
    return NanoEngine()


def kind_of(options: Options) -> Kind | None:
    """The kind that the user declares, by option or by a word of the prompt."""
    if options.kind is not None:
        return options.kind
    prompt = options.prompt.lower()
    return next((kind for kind, words in WORDS.items() if any(word in prompt for word in words)), None)


def waiting(tick: Tick) -> Tick:
    """Reports of a further prediction after all passes were counted: the bar stays at its end."""

    def report(stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None:
        tick(stage, steps, steps)

    return report


def share_on_mark(whole: GlobalPrediction, hint: np.ndarray) -> float:
    """Share of the hinted pixels that lie within the outline of a predicted mark."""
    outline = outline_of(to_fields(whole.output, BlendType.NORMAL, whole.gates)[2])
    hinted = cv2.resize(hint, whole.picture.shape[:0:-1], interpolation=cv2.INTER_AREA) > HINTED
    return 0.0 if outline is None or not hinted.any() else float(outline[hinted].mean())


class NanoEngine:
    """Deterministic: the seed changes the latent samples only.

    Parameters
    ----------
    *networks : Network
        `marks`, `veils` and `weather` in this order; none: the package's own.
    config : NanoConfig, optional
    """

    name = "nano"

    def __init__(self, *networks: Network, config: NanoConfig | None = None) -> None:
        marks, veils, weather = networks or NETWORKS
        self.config = c = config or NanoConfig()
        self.detectors = Detectors(Detector(marks, c.marks), Detector(veils, c.veils), Detector(weather, c.weather))

    def estimate(self, request: Request, tick: Tick) -> list[Candidate]:
        """Up to `options.candidates`, best first: the zero-latent sample, other blend types, latent samples.

        What nobody asked for is judged as a whole first; an answer that is not believed is "nothing found". A very
        tall or wide picture is looked at in windows and has one candidate.
        Raises Cancelled where `tick` does.
        """
        merged = estimate_in_windows(self._estimate, request, tick, self.config.windows)
        candidates = self._estimate(request, tick) if merged is None else [merged]
        self._give_memory_back(request)
        return candidates

    def _estimate(self, request: Request, tick: Tick) -> list[Candidate]:
        """As `estimate`, looking at the whole picture at once."""
        candidates, found = self.propose(request, tick)
        if found is not None and self._fills_box(request, candidates[0]):
            candidates, found = self._within_box(request, tick)
        elif found is not None and request.hint is not None:
            candidates = self._selected_mark(request, tick, candidates)
        unasked = kind_of(request.options) is None and request.hint is None
        if unasked and candidates[0].layers:
            features = drawing_features(request.composite.pixels)
            if not self._confident_in_drawing(request, candidates[0], features):
                return [self._nothing(request, drawing_probability(features, self.config.drawings.coefficients))]
        return candidates if found is None else self._judged(request, found, candidates)

    def _fills_box(self, request: Request, found: Candidate) -> bool:
        """Whether the answer to a box that says no more than "somewhere here" is the content of that box."""
        options, box = request.options, None if request.hint is None else bounding_box(request.hint > HINTED)
        if box is None or not found.layers or kind_of(options) or options.blend or options.colour:
            return False
        width, height = request.composite.size
        if box[2] * box[3] > self.config.max_box_of_picture * width * height:  # everything: it points at nothing
            return False
        crop = crop_request(request, self.config.components.max_pixels, box)
        if crop.hinted.mean() < self.config.min_box_share:  # drawn along a mark, which may fill it
            return False
        covered = resample_to_crop(found.layers[0], crop).alpha > self.config.min_alpha
        return float(covered[crop.hinted].mean()) > self.config.max_box_covered

    def _within_box(self, request: Request, tick: Tick) -> tuple[list[Candidate], Detection | None]:
        """What is found without the hint: a mark, of which `finish` keeps what is near the hint, or nothing."""
        candidates, found = self.propose(replace(request, hint=None), waiting(tick))
        if candidates[0].layers and candidates[0].kind is Kind.WATERMARK:
            return candidates, found
        return [self._nothing(request, 0.5 if found is None else found.none_probability)], None

    def _selected_mark(self, request: Request, tick: Tick, hinted: list[Candidate]) -> list[Candidate]:
        """The candidates with, before them, the whole mark that strokes lie on, as it is predicted without the strokes.

        Under strokes the network predicts hardly more than what they cover, and it knows the mark's shape without them.
        Far from them a mark remains where it is of the ink under them.
        """
        options, kind = request.options, kind_of(request.options)
        if request.hint is None or kind not in (None, Kind.WATERMARK):
            return hinted
        marks, unhinted, progress = self.detectors.marks, replace(request, hint=None), NetworkProgress(waiting(tick), 1)
        whole = marks.predict(unhinted, options.blend, kind, options.quality is Quality.BEST)
        found = replace(detect_mark(marks, whole, options.blend, self.config), confidence=1.0, none_probability=0.0)
        if share_on_mark(found.whole, request.hint) < self.config.min_strokes_on_mark:
            return hinted
        selected = []
        for candidate in self._candidates(unhinted, found, progress):
            if candidate.layers:
                ink = select_ink(request, candidate.layers[0], self.config)
                layers = candidate.layers if ink is None else (ink, *candidate.layers[1:])
                selected.append(replace(candidate, layers=layers, beyond_hint=ink is not None))
        return [*selected, *hinted][: options.candidates] if selected else hinted

    def _confident_in_drawing(self, request: Request, found: Candidate, features: tuple[float, float, float]) -> bool:
        """Whether what was found may be true of a picture with these `drawing_features`: always of a photograph."""
        c = self.config.drawings
        drawn = drawing_probability(features, c.coefficients)
        if found.kind is not Kind.WATERMARK:
            return drawn < c.min_veil_probability or features[2] < c.min_veil_steps
        if drawn < c.min_probability:
            return True
        mark = found.layers[0]
        crop = crop_request(request, self.config.components.max_pixels, mark.box)
        outline = outline_of(resample_to_crop(mark, crop).alpha)
        return outline is not None and shows_through(crop.pixels, outline, c) >= c.min_evidence

    def propose(self, request: Request, tick: Tick) -> tuple[list[Candidate], Detection | None]:
        """The candidates as they are before they are judged, and the detection; None where no network was run."""
        options, policy = request.options, self.config.calibration
        declared = kind_of(options)
        progress = NetworkProgress(tick, 3 if declared is None else 1)
        if policy.prefers_classic(declared):
            return self._classic(request, declared, tick), None
        pointed_at = self._pointed_at(request, declared)
        if pointed_at is not None:
            progress.set_share(1.0)
            return [pointed_at], None
        found = detect(self.detectors, request, declared, self.config, progress.add_pass)
        uncertain = found.confidence < self.config.min_confidence
        if uncertain or policy.prefers_classic(found.kind):
            kind = None if uncertain else found.kind
            return self._classic(request, kind, tick, found.none_probability), found
        if policy.leaves(found.kind) and declared is None and request.hint is None:
            return [self._nothing(request, found.none_probability)], found
        candidates = self._candidates(request, found, progress)
        if not candidates[0].layers:
            return self._classic(request, declared, tick, found.none_probability), found
        return [c for c in candidates if c.layers], found

    def _pointed_at(self, request: Request, declared: Kind | None) -> Candidate | None:
        """The mark under the hint where one of the training-free models of `model.classic.hinted` holds."""
        options = request.options
        if request.hint is None or declared not in (None, Kind.WATERMARK) or options.blend or options.colour:
            return None
        found = solve_hinted(request)
        if found is None:
            return None
        layers, paint = found
        if options.layers < len(layers):
            layers = [merged_layers(layers)]
        return Candidate(tuple(layers), paint, options.seed, layers[0].confidence, self.name, Kind.WATERMARK)

    def _judged(self, request: Request, found: Detection, candidates: list[Candidate]) -> list[Candidate]:
        """The candidates with the judge's confidence, or "nothing found" where it does not believe the first."""
        first, calibration = candidates[0], self.config.calibration
        if found.presence is None or calibration.judge is None or calibration.nothing is None:
            return candidates
        nothing = self._nothing(request, nothing_probability(calibration.nothing, found.presence))
        if not first.layers:
            return [nothing]
        if first.engine != self.name:
            return candidates
        features = answer_features(request.composite.pixels, first, found.confidence, found.presence)
        right = answer_probability(calibration.judge, features)
        if right < self.config.min_answer_confidence:
            return [nothing]
        share = right / max(first.confidence, 1e-6)
        return [replace(c, confidence=min(1.0, share * c.confidence)) for c in candidates]

    def _candidates(self, request: Request, found: Detection, progress: NetworkProgress) -> list[Candidate]:
        options, kind, whole = request.options, found.kind, found.whole
        predicted = options.blend or layout.BLENDS[int(whole.output.blend.argmax())]
        plausible = plausible_blends(whole.output, found.edge, options.blend, kind, self.config)
        has_latent = options.candidates > 1 and found.detector.network.has_latent
        candidates = []
        proposed = propose_candidates(plausible, options, has_latent, self.config.candidates)
        for number, (blend, likely, latent) in enumerate(proposed):
            progress.begin_candidate(number, len(proposed))
            # Another blend type than the predicted one, or a latent sample, needs another prediction.
            prediction = whole
            if latent is not None or blend is not predicted:
                given = options.blend if blend is predicted else blend
                prediction = found.detector.predict(request, given, kind, kind in VEIL_KINDS, latent)
                prediction = prediction.with_component_mask(whole.component_mask)
            one = replace(found, whole=prediction, confidence=likely * found.confidence)
            candidates.append(self._candidate(request, one, blend, progress))
        return candidates

    def _candidate(self, request: Request, found: Detection, blend: BlendType, progress: NetworkProgress) -> Candidate:
        whole, kind, confidence = found.whole, found.kind, found.confidence
        fields = global_fields(whole, blend, request.composite.size)
        if self._covered(fields) < self.config.min_coverage and request.hint is None:
            return self._nothing(request, 1 - confidence)
        grid, preview = self._tiles(request, whole, kind), ProgressPreview(whole, blend)
        progress.set_share(0.0, preview.pixels())
        if grid is not None:
            done, flip_tta = itertools.count(1), request.options.quality is Quality.BEST

            def on_tile(tile: Tile, emission: np.ndarray, transmission: np.ndarray) -> None:
                preview.refine(tile, emission, transmission)
                progress.set_share(next(done) / (len(grid.tiles) + 1), preview.pixels())

            given = condition(request.options, blend, kind)
            fields = refine_tiles(found.detector.network, grid, whole, given, blend, flip_tta, on_tile)
        top = Estimate(fields.emission, fields.transmission, fields.alpha, blend, confidence, fields.box)
        paint = predicted_background(whole, fields)
        self._give_memory_back(request)
        if kind is Kind.WATERMARK:
            if grid is not None:
                top = filter_native_components(request, top, self.config)
            top, paint = closed_form(request, top, paint, self.config)
        below = self._below(request, found, blend, progress) if request.options.layers > 1 else []
        progress.set_share(1.0)
        return Candidate((top, *below), paint, request.options.seed, confidence, self.name, kind)

    def _give_memory_back(self, request: Request) -> None:
        width, height = request.composite.size
        if width * height >= self.config.min_release_pixels:
            release_memory()

    def _covered(self, fields: Fields) -> float:
        """Share of the picture where a layer would have alpha."""
        return float((fields.alpha > self.config.min_alpha).mean())

    def _tiles(self, request: Request, whole: GlobalPrediction, kind: Kind) -> TileGrid | None:
        """The tiles worth refining: none for veils, for pictures not reduced, and at quality "fast"."""
        quality = request.options.quality
        native = max(whole.factor) < 1 or quality is Quality.BEST
        if quality is Quality.FAST or not native or kind in VEIL_KINDS:
            return None
        everywhere = quality is Quality.BEST or kind in WEATHER_KINDS
        return select_tiles(whole, request, everywhere, math.inf if everywhere else self.config.max_tile_pixels)

    def _below(self, request: Request, found: Detection, blend: BlendType, progress: NetworkProgress) -> list[Estimate]:
        """Further layers, each predicted from the reduced picture without the layers above it."""
        flip_tta, layers, whole = request.options.quality is Quality.BEST, [], found.whole
        for number in range(1, request.options.layers):
            progress.set_share(number / request.options.layers)
            whole = predict_residual(found.detector.network, whole, blend, request.options, flip_tta)
            blend, likely = plausible_blends(whole.output, None, None, None, self.config)[0]
            present = presence_probability(whole, found.detector, self.detectors, self.config)
            fields = global_fields(whole, blend, request.composite.size)
            if present < self.config.min_confidence or self._covered(fields) < self.config.min_coverage:
                break
            layers.append(
                Estimate(fields.emission, fields.transmission, fields.alpha, blend, likely * present, fields.box)
            )
        return layers

    def _nothing(self, request: Request, confidence: float) -> Candidate:
        return Candidate((), None, request.options.seed, confidence, self.name)

    def _classic(
        self, request: Request, kind: Kind | None, tick: Tick, none_probability: float = 0.5
    ) -> list[Candidate]:
        """What classic finds; with kind None it detects by itself and is trusted where the policy prefers it.

        none_probability: confidence of "nothing found".
        """
        asked = kind is not None or request.hint is not None
        if not asked and not self.config.calibration.trusts_classic:
            return [self._nothing(request, none_probability)]  # whatever it found would not be believed
        from .classic import ClassicEngine

        options = request.options if kind is None else replace(request.options, kind=kind)
        (candidate,) = ClassicEngine().estimate(replace(request, options=options), tick)
        trusted = asked or self.config.calibration.prefers_classic(candidate.kind)
        return [candidate if candidate.layers and trusted else self._nothing(request, none_probability)]
