"""Which kinds are taken off unasked: policy.json, of step "policy" of `model.evaluate.calibrate`; no networks."""

from __future__ import annotations

import json
from functools import cache

from ..types import Kind
from .calibration import VEIL_KINDS, WEATHER_KINDS
from .network import MARKS

__all__ = ["policy", "unasked_veils", "unasked_weather"]


@cache
def policy() -> dict[str, str]:
    """kind -> "classic" (which takes it off better) or "leave"; kinds without a line are nano's."""
    path = MARKS.with_name("policy.json")
    return json.loads(path.read_text()) if path.is_file() else {}


def unasked_veils() -> frozenset[Kind]:
    """The veils that are taken off without anyone saying that they are there."""
    return unasked(VEIL_KINDS)


def unasked_weather() -> frozenset[Kind]:
    """The same for what falls or settles."""
    return unasked(WEATHER_KINDS)


def unasked(kinds: frozenset[Kind]) -> frozenset[Kind]:
    return frozenset(kind for kind in kinds if policy().get(str(kind)) != "leave")
