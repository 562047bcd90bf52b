"""The training-free engine: chooses among the methods of `model.classic`. Knows nothing of how they work.

A kind that is not given is inferred conservatively: a clean picture must come back with "nothing found".
"""

from __future__ import annotations

from ..classic.fog import fog, haze
from ..classic.view import look
from ..types import Candidate, Engine, Estimate, Kind, Request, Tick

__all__ = ["ClassicEngine", "create", "missing"]

_LOOK = 400_000  # pixels that fog, veils and shadows are judged at
_HAZY = 0.22  # a clear picture's darkest twentieth stays below this


def missing() -> str | None:
    return None


def create() -> Engine:
    return ClassicEngine()


class ClassicEngine:
    """Deterministic: the seed changes nothing."""

    name = "classic"

    def estimate(self, request: Request, tick: Tick) -> list[Candidate]:
        tick("network", 0, 1)
        view = look(request, _LOOK)
        kind = request.options.kind
        found: Estimate | None = None
        if kind is Kind.FOG or (kind is None and request.hint is None and haze(view) > _HAZY):
            kind, found = Kind.FOG, fog(view)
        tick("network", 1, 1)
        layers = (found,) if found is not None else ()
        confidence = found.confidence if found is not None else 0.5
        return [Candidate(layers, None, request.options.seed, confidence, self.name, kind if layers else None)]
