"""The embedded engine: what a picture's layer is, how sure, and who had better take it off.

Asks two networks through `model.nano.passes` and turns what they see into candidates: `veils` looks at a much reduced
picture for what is spread over it, `marks` for what has edges; where both see something, who is surer. Where
validation showed that a kind is better served by `classic` or by leaving the picture alone (model/nano/policy.json),
that is what happens, and the candidate says so; where neither sees anything, classic may still see weather. Knows
nothing of graphs or tiles.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..nano import layout
from ..nano.belief import VEIL_KINDS, marked, type_odds, veiled
from ..nano.edges import Evidence, at_edges
from ..nano.glimpse import Glimpse
from ..nano.hidden import painted
from ..nano.passes import (
    GLANCE_SIDE,
    GLOBAL_SIDE,
    MARK_GATES,
    SEEN,
    VEIL_GATES,
    VEIL_SIDE,
    Fields,
    Whole,
    native_fields,
    needed_tiles,
    see_beneath,
    see_whole,
    whole_fields,
)
from ..nano.refit import refitted
from ..nano.session import MARKS, VEILS, Look, Network, shipped
from ..nano.tiled import tiled
from ..nano.tiles import Tile
from ..types import BlendType, Candidate, Engine, Estimate, Kind, Options, Quality, Request, Tick

__all__ = ["NanoEngine", "create", "missing"]

FOUND = 0.5
"""Probability of a foreground below which the answer is "nothing found"."""

VEIL = 0.7
"""The same for a veil, which changes the whole picture: of 153 photographs without fog one is taken for fog at it, of
207 foggy ones 78 % are found; a user can say "fog", and then it is not asked."""

UNLIKELY = 0.02
"""Probability of a blend type below which it makes no candidate."""

RIVAL = 0.15
"""Probability from which a second blend type comes before another answer of the first."""

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
    lost = [weights.name for weights in (MARKS, VEILS) if not weights.is_file()]
    return f"the weights {' and '.join(lost)} are missing: reinstall the package" if lost else None


def create() -> Engine:
    return NanoEngine()


@cache
def policy() -> dict[str, str]:
    """kind -> "nano", "classic" or "leave", as `model.evaluate` measured it; kinds without a line stay with nano."""
    path = MARKS.with_name("policy.json")
    return json.loads(path.read_text()) if path.is_file() else {}


def kind_of(options: Options) -> Kind | None:
    """What the user says it is, by option or by a word of the prompt."""
    if options.kind is not None:
        return options.kind
    prompt = options.prompt.lower()
    return next((kind for kind, words in WORDS.items() if any(word in prompt for word in words)), None)


def most_likely_kind(whole: Whole, among: frozenset[Kind]) -> Kind:
    return max(among, key=lambda kind: (float(whole.look.kind[layout.KINDS.index(kind)]), kind))


@dataclass(frozen=True, eq=False)
class Eye:
    """One of the two networks, and how it is used.

    side: longest of the picture it is shown, pixels.   gates: presence at which a layer begins, and is whole.
    belief: probability, 0..1, that there is what it looks for, after a global pass.
    """

    network: Network
    side: int
    gates: tuple[float, float]
    belief: Callable[[Whole], float]

    def see(
        self,
        request: Request,
        blend: BlendType | None,
        kind: Kind | None,
        twice: bool,
        latent: np.ndarray | None = None,
    ) -> Whole:
        return see_whole(self.network, request, blend, kind, twice, self.side, latent)

    def fields(self, whole: Whole, blend: BlendType, size: tuple[int, int]) -> Fields:
        return whole_fields(whole, blend, size, self.gates)


@dataclass(frozen=True, eq=False)
class First:
    """The first look: whose, what it saw, what that is, with what probability it is there at all, and its edge."""

    eye: Eye
    whole: Whole
    kind: Kind
    sure: float
    edge: Evidence | None = None


def plausible_blends(look: Look, edge: Evidence | None, given: BlendType | None) -> list[tuple[BlendType, float]]:
    """Blend types with their probability, likeliest first; one where the user gave it."""
    if given is not None:
        return [(given, 1.0)]
    odds = type_odds(look.blend, edge and edge.types)
    order = np.argsort(-odds, kind="stable")
    return [(layout.BLENDS[i], float(odds[i])) for n, i in enumerate(order) if n == 0 or odds[i] >= UNLIKELY]


def answers(
    plausible: list[tuple[BlendType, float]], options: Options, drawn: bool
) -> list[tuple[BlendType, float, np.ndarray | None]]:
    """(blend type, its probability, latent) of each candidate; latent None: the middle answer.

    drawn: whether the network knows other answers; they are drawn by options.seed, of the likeliest type, and a blend
    type that is hardly plausible gives way to them.
    """
    rivals = [p for n, p in enumerate(plausible) if n == 0 or not drawn or p[1] >= RIVAL][: options.candidates]
    found: list[tuple[BlendType, float, np.ndarray | None]] = [(*rival, None) for rival in rivals]
    if drawn:
        dice = np.random.default_rng(options.seed)
        latents = dice.standard_normal((options.candidates - len(found), layout.LATENT_WIDTH)).astype(np.float32)
        found += [(*rivals[0], latent) for latent in latents]
    return found


def covered(fields: Fields) -> float:
    """Share of the picture where a layer would have alpha."""
    return float((fields.alpha > SEEN).mean())


class NanoEngine:
    """Deterministic: the seed changes the later candidates alone."""

    name = "nano"

    def __init__(self, marks: Network | None = None, veils: Network | None = None) -> None:
        self.marks = Eye(
            marks or shipped(MARKS), GLOBAL_SIDE, MARK_GATES, lambda whole: marked(whole.look, at_edges(whole))
        )
        self.veils = Eye(veils or shipped(VEILS), VEIL_SIDE, VEIL_GATES, lambda whole: veiled(whole.look))

    def estimate(self, request: Request, tick: Tick) -> list[Candidate]:
        """Up to `options.candidates`, best first: the middle answer, rival blend types, what else it could be."""
        options = request.options
        tick("network", 0, 1)
        told = kind_of(options)
        if told is not None and policy().get(str(told)) == "classic":
            return self._classic(request, told, tick)
        first = self._first_look(request, told)
        kind, sure = first.kind, first.sure
        if sure < FOUND or policy().get(str(kind)) == "classic":
            return self._classic(request, None if sure < FOUND else kind, tick, 1 - sure)
        if policy().get(str(kind)) == "leave" and told is None and request.hint is None:
            return [self._nothing(request, sure)]
        candidates, shown = [], options.blend or layout.BLENDS[int(first.whole.look.blend.argmax())]
        plausible = plausible_blends(first.whole.look, first.edge, options.blend)
        for blend, likely, latent in answers(plausible, options, first.eye.network.knows_alternatives):
            # Another blend type than the one the look was for, or another answer, is a new question: look again.
            seen = first.whole
            if latent is not None:
                given = options.blend if blend is shown else blend
                seen = first.eye.see(request, given, kind, kind in VEIL_KINDS, latent)
            elif blend is not shown:
                seen = first.eye.see(request, blend, kind, False)
            candidates.append(self._candidate(request, replace(first, whole=seen, sure=likely * sure), blend, tick))
        if not candidates[0].layers:
            return self._classic(request, told, tick, 1 - sure)
        return [c for c in candidates if c.layers]

    def _first_look(self, request: Request, told: Kind | None) -> First:
        """What both networks see at a glance, weighed against each other; the one that is believed is asked again."""
        blend, twice = request.options.blend, request.options.quality is Quality.BEST
        given = told is not None or request.hint is not None
        if told is not None and told in VEIL_KINDS:
            return self._veil(request, told, 1.0)
        whole = self.marks.see(request, blend, told, twice)
        if told is None:
            glance = replace(self.veils, side=GLANCE_SIDE).see(request, blend, None, twice)
            likely = veiled(glance.look, whole.look)
            if likely >= VEIL:
                return self._veil(request, most_likely_kind(glance, VEIL_KINDS), 1.0 if given else likely)
        kind = told or most_likely_kind(whole, frozenset(Kind) - VEIL_KINDS)
        typed = kind is Kind.WATERMARK and blend is None
        edge = None if given and not typed else at_edges(whole)
        sure = 1.0 if given else marked(whole.look, edge)
        return First(self.marks, whole, kind, sure, edge if typed else None)

    def _veil(self, request: Request, kind: Kind, sure: float) -> First:
        """Untold, the layer hedges against "nothing there": it is named first, then measured, and at so small a picture
        from both sides (fog on validation 0.66 of unchanged from one, 0.64 from both)."""
        return First(self.veils, self.veils.see(request, request.options.blend, kind, True), kind, sure)

    def _candidate(self, request: Request, first: First, blend: BlendType, tick: Tick) -> Candidate:
        whole, kind, confidence = first.whole, first.kind, first.sure
        fields = first.eye.fields(whole, blend, request.composite.size)
        if covered(fields) < COVERAGE and request.hint is None:
            return self._nothing(request, 1 - confidence)
        chosen, glimpse = self._tiles(request, whole, kind), Glimpse(whole, blend, first.eye.gates)
        tick("network", 0, max(1, len(chosen)), glimpse.pixels())
        if chosen:
            done, twice = itertools.count(1), request.options.quality is Quality.BEST

            def refined(tile: Tile, emission: np.ndarray, transmission: np.ndarray) -> None:
                glimpse.refine(tile, emission, transmission)
                tick("network", next(done), len(chosen), glimpse.pixels())

            fields = native_fields(first.eye.network, request, whole, blend, kind, chosen, twice, refined)
        top = Estimate(fields.emission, fields.transmission, fields.alpha, blend, confidence, fields.box)
        paint = paint_over(whole, fields)
        if kind is Kind.WATERMARK:
            top, paint = closed_form(request, top, paint)
        below = self._below(request, first, blend, tick) if request.options.layers > 1 else []
        tick("network", 1, 1)
        return Candidate((top, *below), paint, request.options.seed, confidence, self.name, kind)

    def _tiles(self, request: Request, whole: Whole, kind: Kind) -> list[Tile]:
        """The native tiles worth refining: none for smooth kinds, small pictures and people in a hurry."""
        quality = request.options.quality
        native = max(whole.factor) < 1 or quality is Quality.BEST
        if quality is Quality.FAST or not native or kind in VEIL_KINDS:
            return []
        return needed_tiles(whole, request, everywhere=quality is Quality.BEST)

    def _below(self, request: Request, first: First, blend: BlendType, tick: Tick) -> list[Estimate]:
        """More layers, each from what is left of the reduced picture once those above are taken off."""
        twice, found, whole = request.options.quality is Quality.BEST, [], first.whole
        for number in range(1, request.options.layers):
            tick("network", number, request.options.layers)
            whole = see_beneath(first.eye.network, whole, blend, request.options, twice)
            blend, likely = plausible_blends(whole.look, None, None)[0]
            present = first.eye.belief(whole)
            fields = first.eye.fields(whole, blend, request.composite.size)
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


def closed_form(request: Request, top: Estimate, paint: np.ndarray | None) -> tuple[Estimate, np.ndarray | None]:
    """What arithmetic makes of the network's mark: of its repeats, of its one colour, of what it hides."""
    repeated = tiled(request, top)
    if repeated is not None:
        top = repeated.top
    fitted = refitted(request, top) if top.blend is BlendType.NORMAL else None
    if repeated is not None:
        return repeated.solved(fitted[0] if fitted else top)
    if fitted is not None:
        return fitted
    beneath = painted(request, top)
    return top, paint if beneath is None else beneath


def paint_over(whole: Whole, fields: Fields) -> np.ndarray | None:
    """The global pass's background over the box, reduced; None where the picture shows through everywhere."""
    if float(fields.transmission.min()) > 0.25:
        return None
    left, top, width, height = fields.box
    fx, fy = whole.factor
    rows = slice(int(top * fy), max(int(top * fy) + 1, round((top + height) * fy)))
    columns = slice(int(left * fx), max(int(left * fx) + 1, round((left + width) * fx)))
    return np.ascontiguousarray(whole.look.paint[:, rows, columns].transpose(1, 2, 0)).astype(np.float16)
