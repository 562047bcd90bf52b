"""The training-free engine: chooses among the methods of `model.classic`. Knows nothing of how they work.

A kind that is not given is inferred conservatively: a clean picture must come back with "nothing found". What no
method serves better than leaving the picture alone (snow, flares, cells, glass, unhinted marks) is left alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..classic.fog import fog, haze
from ..classic.mark import mark
from ..classic.retype import retyped
from ..classic.shadow import shadow
from ..classic.streaks import fall, streaks
from ..imaging.crop import Crop, crop_request
from ..types import BlendType, Box, Candidate, Engine, Estimate, Kind, Request, Tick

__all__ = ["ClassicEngine", "create", "missing"]

_BROAD = 400_000  # pixels that fog and shadows are judged at
_FINE = 2_000_000  # and marks and streaks: native for what they cover, unless that is very large
_HAZY = 0.1  # the darkest fiftieth of 98 of 100 clear photographs stayed below this; of 55 of 100 foggy ones above
_FALLING = 2.0  # and no direction among their thin bright things stood out by more than this

_Found = tuple[Kind | None, Estimate, np.ndarray | None]
"""What it was taken for, the layer, the background beneath it where the method paints one."""


def missing() -> str | None:
    return None


def create() -> Engine:
    return ClassicEngine()


class ClassicEngine:
    """Deterministic: the seed changes nothing. One candidate of one layer, or of none."""

    name = "classic"

    def estimate(self, request: Request, tick: Tick) -> list[Candidate]:
        tick("network", 0, 1)
        found = _hinted(request) if request.hint is not None and request.hint.any() else _whole(request)
        tick("network", 1, 1)
        if found is None:
            return [Candidate((), None, request.options.seed, 0.5, self.name)]
        kind, layer, paint = found
        return [Candidate((layer,), paint, request.options.seed, layer.confidence, self.name, kind)]


def _whole(request: Request) -> _Found | None:
    """Weather over the whole picture: what the user says it is, or what it shows plainly."""
    kind = request.options.kind
    if kind in (None, Kind.FOG):
        view = crop_request(request, _BROAD)
        if kind is Kind.FOG or haze(view) > _HAZY:
            return _weather(request, view, Kind.FOG)
    if kind in (None, Kind.RAIN):
        view = crop_request(request, _FINE)
        if kind is Kind.RAIN or fall(view)[1] > _FALLING:
            return _weather(request, view, Kind.RAIN)
    return None


def _weather(request: Request, view: Crop, kind: Kind) -> _Found:
    layer = fog(view) if kind is Kind.FOG else streaks(view)
    if request.options.kind is kind:
        layer = replace(layer, confidence=max(layer.confidence, 0.8))
    if view.hint is not None:  # only where the user says it is
        weight = view.hint[..., None]
        light, let = layer.emission * weight, 1 - (1 - layer.transmission) * weight
        layer = view.estimate(light, let, layer.alpha * view.hint, layer.blend, layer.confidence)
    return kind, _typed(request, view, layer), None


def _hinted(request: Request) -> _Found | None:
    """What lies under the hint: weather or a shadow where the user says so, else a mark."""
    options = request.options
    if options.kind is Kind.FOG or options.kind is Kind.RAIN:
        return _weather(request, crop_request(request, _BROAD if options.kind is Kind.FOG else _FINE), options.kind)
    box = _box_about(request.hint)
    if options.kind is Kind.XRAY or options.blend is BlendType.MULTIPLY:
        view = crop_request(request, _BROAD, box)
        layer = shadow(view)
        return None if layer is None else (options.kind, _typed(request, view, layer), None)
    view = crop_request(request, _FINE, box)
    taken_off = mark(view, options.colour)
    if taken_off is None:
        return None
    layer, paint = taken_off
    return options.kind or Kind.WATERMARK, _typed(request, view, layer), paint


def _typed(request: Request, view: Crop, layer: Estimate) -> Estimate:
    """The same background seen through a layer of the blend type that the user asked for."""
    wanted = request.options.blend
    return layer if wanted in (None, layer.blend) else retyped(view, layer, wanted)


def _box_about(hint: np.ndarray | None) -> Box:
    """The hint's box with half its size, at least 48 px, of picture around it, clipped to the picture."""
    assert hint is not None
    spans = []
    for axis, length in ((0, hint.shape[1]), (1, hint.shape[0])):
        where = np.flatnonzero(hint.any(axis=axis))
        low, high = int(where[0]), int(where[-1]) + 1
        margin = max(48, (high - low) // 2)
        spans.append((max(0, low - margin), min(length, high + margin)))
    (x0, x1), (y0, y1) = spans
    return x0, y0, x1 - x0, y1 - y0
