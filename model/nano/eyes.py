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
from .belief import VEIL_KINDS, WEATHER_KINDS, marked, veiled, weathered
from .edges import Evidence
from .passes import (
    GLOBAL_SIDE,
    MARK_GATES,
    VEIL_GATES,
    VEIL_SIDE,
    WEATHER_GATES,
    Fields,
    Whole,
    see_whole,
    whole_fields,
)
from .pieces import at_edges
from .policy import unasked_veils, unasked_weather
from .session import Network

__all__ = ["Eye", "Eyes", "First", "evidence_of", "eye_for_marks", "eye_for_veils", "eye_for_weather", "first_look"]

VEIL = 0.85
"""Probability from which a veil is believed, for it changes the whole picture: of 100 validation pictures without one
none is taken for fog from 0.8 on, of 60 foggy ones 75 % are found (0.7: 5 and 80 %; 0.9: 73 %). A user can say
"fog", and then it is not asked."""


@dataclass(frozen=True, eq=False)
class Eye:
    """One of the networks, and how it is used.

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
class Eyes:
    marks: Eye
    veils: Eye
    weather: Eye


@dataclass(frozen=True, eq=False)
class First:
    """The first look: whose, what it saw, what that is, with what probability it is there at all, and its edge.

    doubt: the probability that nothing is there; less than 1 - sure where something else, too, may be.
    """

    eye: Eye
    whole: Whole
    kind: Kind
    sure: float
    doubt: float
    edge: Evidence | None = None


def eye_for_marks(network: Network) -> Eye:
    return Eye(network, GLOBAL_SIDE, MARK_GATES, lambda whole: marked(whole.look, evidence_of(whole)))


def eye_for_veils(network: Network) -> Eye:
    return Eye(network, VEIL_SIDE, VEIL_GATES, lambda whole: veiled(whole.look, unasked_veils()))


def eye_for_weather(network: Network) -> Eye:
    return Eye(network, GLOBAL_SIDE, WEATHER_GATES, lambda whole: weathered(whole.look, unasked_weather()))


def first_look(eyes: Eyes, request: Request, told: Kind | None) -> First:
    """What the networks see at a glance, weighed against each other; a veil that is believed is looked at again."""
    blend, twice = request.options.blend, request.options.quality is Quality.BEST
    if told is not None and told in VEIL_KINDS:
        return measured(eyes.veils, request, told, 1.0)
    if told is not None and told in WEATHER_KINDS:
        return First(eyes.weather, eyes.weather.see(request, blend, told, twice), told, 1.0, 0.0)
    whole = eyes.marks.see(request, blend, told, twice)
    mark = as_mark(eyes.marks, whole, blend)
    if told is not None:
        return replace(mark, sure=1.0, doubt=0.0)
    given = request.hint is not None
    glance, around = (eye.see(request, blend, None, twice) for eye in (eyes.veils, eyes.weather))
    veils, falls = (VEIL_KINDS, WEATHER_KINDS) if given else (unasked_veils(), unasked_weather())
    likely, falling = veiled(glance.look, veils, whole.look), weathered(around.look, falls, whole.look)
    if likely >= max(VEIL, falling):
        return measured(eyes.veils, request, most_likely_kind(glance, veils), 1.0 if given else likely)
    doubt = mark.doubt * (1 - likely) * (1 - falling)
    best = mark
    if falling > mark.sure:
        best = First(eyes.weather, around, most_likely_kind(around, falls), falling, doubt)
    return replace(best, sure=1.0, doubt=0.0) if given else replace(best, doubt=doubt)


def as_mark(marks: Eye, whole: Whole, blend: BlendType | None) -> First:
    """What `marks` saw, without the pieces that its edge does not bear out. blend: what the user says it is."""
    borne = at_edges(whole)
    if borne is None:
        sure = marked(whole.look, None)
        return First(marks, whole, Kind.WATERMARK, sure, 1 - sure)
    sure = marked(whole.look, borne.evidence)
    evidence = borne.evidence if blend is None else None
    return First(marks, whole.keeping(borne.kept), Kind.WATERMARK, sure, 1 - sure, evidence)


def evidence_of(whole: Whole) -> Evidence | None:
    borne = at_edges(whole)
    return None if borne is None else borne.evidence


def measured(veils: Eye, request: Request, kind: Kind, sure: float) -> First:
    """Untold, the layer hedges against "nothing there": it is named first, then measured, and at so small a picture
    from both sides (fog on validation 0.66 of unchanged from one, 0.64 from both)."""
    return First(veils, veils.see(request, request.options.blend, kind, True), kind, sure, 1 - sure)


def most_likely_kind(whole: Whole, among: frozenset[Kind]) -> Kind:
    return max(among, key=lambda kind: (float(whole.look.kind[layout.KINDS.index(kind)]), kind))
