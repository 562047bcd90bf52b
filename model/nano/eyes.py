"""Two networks look at a picture, and one of them is believed: `marks`, or `veils`.

`veils` looks at a much reduced picture for what is spread over it, `marks` for what has edges; where both see
something, who is surer. Knows nothing of candidates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..types import BlendType, Kind, Quality, Request
from . import layout
from .belief import VEIL_KINDS, marked, veiled
from .edges import Evidence
from .passes import (
    GLOBAL_SIDE,
    MARK_GATES,
    VEIL_GATES,
    VEIL_SIDE,
    Fields,
    Whole,
    see_whole,
    whole_fields,
)
from .pieces import at_edges
from .policy import unasked_veils
from .session import Network

__all__ = ["Eye", "First", "evidence_of", "eye_for_marks", "eye_for_veils", "first_look"]

VEIL = 0.85
"""Probability from which a veil is believed, for it changes the whole picture: of 100 validation pictures without one
none is taken for fog from 0.8 on, of 60 foggy ones 75 % are found (0.7: 5 and 80 %; 0.9: 73 %). A user can say
"fog", and then it is not asked."""


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
    """The first look: whose, what it saw, what that is, with what probability it is there at all, and its edge.

    doubt: the probability that nothing is there; less than 1 - sure where a veil, too, may be.
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


def first_look(marks: Eye, veils: Eye, request: Request, told: Kind | None) -> First:
    """What both networks see at a glance, weighed against each other; the one that is believed is asked again."""
    blend, twice = request.options.blend, request.options.quality is Quality.BEST
    given = told is not None or request.hint is not None
    if told is not None and told in VEIL_KINDS:
        return measured(veils, request, told, 1.0)
    whole, likely = marks.see(request, blend, told, twice), 0.0
    if told is None:
        glance = veils.see(request, blend, None, twice)
        kinds = VEIL_KINDS if given else unasked_veils()
        likely = veiled(glance.look, kinds, whole.look)
        if likely >= VEIL:
            return measured(veils, request, most_likely_kind(glance, kinds), 1.0 if given else likely)
    kind = told or most_likely_kind(whole, frozenset(Kind) - VEIL_KINDS)
    one_mark = kind is Kind.WATERMARK
    borne = at_edges(whole) if one_mark or not given else None
    edge = None if borne is None else borne.evidence
    kept = borne.kept if borne and one_mark else None
    sure = 1.0 if given else marked(whole.look, edge)
    doubt = (1 - sure) * (1 - likely)
    return First(marks, whole.keeping(kept), kind, sure, doubt, edge if one_mark and blend is None else None)


def evidence_of(whole: Whole) -> Evidence | None:
    borne = at_edges(whole)
    return None if borne is None else borne.evidence


def measured(veils: Eye, request: Request, kind: Kind, sure: float) -> First:
    """Untold, the layer hedges against "nothing there": it is named first, then measured, and at so small a picture
    from both sides (fog on validation 0.66 of unchanged from one, 0.64 from both)."""
    return First(veils, veils.see(request, request.options.blend, kind, True), kind, sure, 1 - sure)


def most_likely_kind(whole: Whole, among: frozenset[Kind]) -> Kind:
    return max(among, key=lambda kind: (float(whole.look.kind[layout.KINDS.index(kind)]), kind))
