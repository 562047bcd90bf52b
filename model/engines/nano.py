"""The embedded engine: what a picture's layer is, how sure, and who had better take it off.

Asks the network through `model.nano.passes` and turns what it sees into candidates. Where validation showed that
a kind is better served by `classic` or by leaving the picture alone (model/nano/policy.json), that is what
happens, and the candidate says so; where the network sees nothing, classic may still see weather. Knows nothing of
graphs or tiles.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from ..nano import layout
from ..nano.passes import SEEN, Fields, Whole, native_fields, needed_tiles, see_beneath, see_whole, whole_fields
from ..nano.refit import refitted
from ..nano.session import WEIGHTS, Network, shipped
from ..nano.tiles import Tile
from ..types import BlendType, Candidate, Engine, Estimate, Kind, Options, Quality, Request, Tick

__all__ = ["NanoEngine", "create", "missing"]

SMOOTH = frozenset({Kind.FOG, Kind.FLARE})
"""Kinds without fine marks: the global pass and guided upsampling serve them as well as native tiles."""

FOUND = 0.5
"""Probability of a foreground below which the answer is "nothing found"."""

SURE = 0.7, 0.002
"""A presence that counts as evidence, and the share of the picture that must show it (clear photographs: see the
model card)."""

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
    return None if WEIGHTS.is_file() else f"the weights {WEIGHTS.name} are missing: reinstall the package"


def create() -> Engine:
    return NanoEngine()


@cache
def policy() -> dict[str, str]:
    """kind -> "nano", "classic" or "leave", as `model.evaluate` measured it; kinds without a line stay with nano."""
    path = Path(WEIGHTS).with_name("policy.json")
    return json.loads(path.read_text()) if path.is_file() else {}


def kind_of(options: Options) -> Kind | None:
    """What the user says it is, by option or by a word of the prompt."""
    if options.kind is not None:
        return options.kind
    prompt = options.prompt.lower()
    return next((kind for kind, words in WORDS.items() if any(word in prompt for word in words)), None)


def most_likely_kind(whole: Whole) -> Kind:
    return layout.KINDS[int(np.argmax(whole.look.kind[: layout.NO_KIND]))]


def plausible_blends(whole: Whole, options: Options) -> list[tuple[BlendType, float]]:
    """Blend types with their probability, likeliest first; one where the user gave it."""
    if options.blend is not None:
        return [(options.blend, 1.0)]
    order = np.argsort(-whole.look.blend, kind="stable")
    return [(layout.BLENDS[i], float(whole.look.blend[i])) for i in order]


def believed(whole: Whole) -> float:
    """Probability of a foreground: none without evidence in the mask, else what the head says."""
    presence, share = SURE
    if float((whole.look.presence > presence).mean()) < share:
        return 0.0
    return 1 - float(whole.look.kind[layout.NO_KIND])


def covered(fields: Fields) -> float:
    """Share of the picture where a layer would have alpha."""
    return float((fields.alpha > SEEN).mean())


class NanoEngine:
    """Deterministic: the seed changes nothing."""

    name = "nano"

    def __init__(self, network: Network | None = None) -> None:
        self.network = network or shipped()

    def estimate(self, request: Request, tick: Tick) -> list[Candidate]:
        """One candidate for each plausible blend type, up to `options.candidates`, best first."""
        options = request.options
        tick("network", 0, 1)
        told = kind_of(options)
        if told is not None and policy().get(str(told)) == "classic":
            return self._classic(request, told, tick)
        whole = see_whole(self.network, request, options.blend, told, options.quality is Quality.BEST)
        kind = told or most_likely_kind(whole)
        sure = 1.0 if request.hint is not None or told is not None else believed(whole)
        if sure < FOUND or policy().get(str(kind)) == "classic":
            return self._classic(request, None if sure < FOUND else kind, tick, 1 - sure)
        if policy().get(str(kind)) == "leave" and told is None and request.hint is None:
            return [self._nothing(request, sure)]
        candidates = []
        for blend, likely in plausible_blends(whole, options)[: options.candidates]:
            # A blend type other than the likeliest is a new question: look again, with that type given.
            seen = see_whole(self.network, request, blend, kind, False) if candidates else whole
            candidates.append(self._candidate(request, seen, blend, kind, likely * sure, tick))
        if not candidates[0].layers:
            return self._classic(request, told, tick, 1 - sure)
        return [c for c in candidates if c.layers]

    def _candidate(
        self, request: Request, whole: Whole, blend: BlendType, kind: Kind, confidence: float, tick: Tick
    ) -> Candidate:
        fields = whole_fields(whole, blend, request.composite.size)
        if covered(fields) < COVERAGE and request.hint is None:
            return self._nothing(request, 1 - confidence)
        chosen = self._tiles(request, whole, kind)
        if chosen:
            twice, steps = request.options.quality is Quality.BEST, len(chosen)
            fields = native_fields(
                self.network, request, whole, blend, kind, chosen, twice, lambda done: tick("network", done, steps)
            )
        top = Estimate(fields.emission, fields.transmission, fields.alpha, blend, confidence, fields.box)
        paint = paint_over(whole, fields)
        if kind is Kind.WATERMARK and blend is BlendType.NORMAL:
            top, paint = refitted(request, top) or (top, paint)
        below = self._below(request, whole, blend, tick) if request.options.layers > 1 else []
        tick("network", 1, 1)
        return Candidate((top, *below), paint, request.options.seed, confidence, self.name, kind)

    def _tiles(self, request: Request, whole: Whole, kind: Kind) -> list[Tile]:
        """The native tiles worth refining: none for smooth kinds, small pictures and people in a hurry."""
        quality = request.options.quality
        native = max(whole.factor) < 1 or quality is Quality.BEST
        if quality is Quality.FAST or not native or kind in SMOOTH:
            return []
        return needed_tiles(whole, request, everywhere=quality is Quality.BEST)

    def _below(self, request: Request, whole: Whole, blend: BlendType, tick: Tick) -> list[Estimate]:
        """More layers, each from what is left of the reduced picture once those above are taken off."""
        twice, found = request.options.quality is Quality.BEST, []
        for number in range(1, request.options.layers):
            tick("network", number, request.options.layers)
            whole = see_beneath(self.network, whole, blend, request.options, twice)
            blend, likely = plausible_blends(whole, Options())[0]
            present = believed(whole)
            fields = whole_fields(whole, blend, request.composite.size)
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


def paint_over(whole: Whole, fields: Fields) -> np.ndarray | None:
    """The global pass's background over the box, reduced; None where the picture shows through everywhere."""
    if float(fields.transmission.min()) > 0.25:
        return None
    left, top, width, height = fields.box
    fx, fy = whole.factor
    rows = slice(int(top * fy), max(int(top * fy) + 1, round((top + height) * fy)))
    columns = slice(int(left * fx), max(int(left * fx) + 1, round((left + width) * fx)))
    return np.ascontiguousarray(whole.look.paint[:, rows, columns].transpose(1, 2, 0)).astype(np.float16)
