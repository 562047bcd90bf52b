"""The training-free engine: chooses among the methods of `model.classic`. Knows nothing of how they work.

A kind that is not given is inferred conservatively: a clean picture must come back with "nothing found". What no
method serves better than leaving the picture alone (snow, flares, cells, glass, unhinted marks) is left alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..blending import LEAST_QUOTIENT, emission_transmission, fit_blend_type
from ..classic.config import DEFAULT, ClassicConfig
from ..classic.fog import fog, haze
from ..classic.mark import mark
from ..classic.shadow import shadow
from ..classic.streaks import fall, streaks
from ..imaging.boxes import bounding_spans, expand_span
from ..imaging.crop import Crop, crop_request
from ..types import BlendType, Box, Candidate, Engine, Estimate, Kind, Request, Tick

__all__ = ["ClassicEngine", "create", "missing"]

_Found = tuple[Kind | None, Estimate, np.ndarray | None]
"""What it was taken for, the layer, the background beneath it where the method paints one."""


def missing() -> str | None:
    return None


def create() -> Engine:
    return ClassicEngine()


class ClassicEngine:
    """Deterministic: the seed changes nothing. One candidate of one layer, or of none."""

    name = "classic"

    def __init__(self, config: ClassicConfig = DEFAULT) -> None:
        self._config = config

    def estimate(self, request: Request, tick: Tick) -> list[Candidate]:
        tick("network", 0, 1)
        found = (
            _hinted(request, self._config)
            if request.hint is not None and request.hint.any()
            else _whole(request, self._config)
        )
        tick("network", 1, 1)
        if found is None:
            return [Candidate((), None, request.options.seed, 0.5, self.name)]
        kind, layer, paint = found
        return [Candidate((layer,), paint, request.options.seed, layer.confidence, self.name, kind)]


def _whole(request: Request, config: ClassicConfig) -> _Found | None:
    """Weather over the whole picture: what the user says it is, or what it shows plainly."""
    kind = request.options.kind
    if kind in (None, Kind.FOG):
        crop = crop_request(request, config.coarse_pixels)
        if kind is Kind.FOG or haze(crop) > config.haze_threshold:
            return _weather(request, crop, Kind.FOG, config)
    if kind in (None, Kind.RAIN):
        crop = crop_request(request, config.fine_pixels)
        if kind is Kind.RAIN or fall(crop, config)[1] > config.rain_threshold:
            return _weather(request, crop, Kind.RAIN, config)
    return None


def _weather(request: Request, crop: Crop, kind: Kind, config: ClassicConfig) -> _Found:
    layer = fog(crop, config) if kind is Kind.FOG else streaks(crop, config)
    if request.options.kind is kind:
        layer = replace(layer, confidence=max(layer.confidence, 0.8))
    if crop.hint is not None:  # only where the user says it is
        weight = crop.hint[..., None]
        emission, transmission = layer.emission * weight, 1 - (1 - layer.transmission) * weight
        layer = crop.estimate(emission, transmission, layer.alpha * crop.hint, layer.blend, layer.confidence)
    return kind, _typed(request, crop, layer), None


def _hinted(request: Request, config: ClassicConfig) -> _Found | None:
    """What lies under the hint: weather or a shadow where the user says so, else a mark."""
    options = request.options
    if options.kind is Kind.FOG or options.kind is Kind.RAIN:
        pixels = config.coarse_pixels if options.kind is Kind.FOG else config.fine_pixels
        return _weather(request, crop_request(request, pixels), options.kind, config)
    box = _box_about(request.hint)
    if options.kind is Kind.XRAY or options.blend is BlendType.MULTIPLY:
        crop = crop_request(request, config.coarse_pixels, box)
        layer = shadow(crop, config)
        return None if layer is None else (options.kind, _typed(request, crop, layer), None)
    crop = crop_request(request, config.fine_pixels, box)
    taken_off = mark(crop, options.colour, config)
    if taken_off is None:
        return None
    layer, paint = taken_off
    return options.kind or Kind.WATERMARK, _typed(request, crop, layer), paint


def _typed(request: Request, crop: Crop, layer: Estimate) -> Estimate:
    """The same background seen through a layer of the blend type that the user asked for."""
    wanted = request.options.blend
    return layer if wanted in (None, layer.blend) else retyped(crop, layer, wanted)


def retyped(crop: Crop, layer: Estimate, blend: BlendType) -> Estimate:
    """`layer`, on the grid of `crop`, as a layer of type `blend` over the same background, where that type can be."""
    f, t = layer.emission.astype(np.float32), layer.transmission.astype(np.float32)
    background = np.clip((crop.pixels - f) / np.maximum(t, LEAST_QUOTIENT), 0, 1)
    alpha, colour = fit_blend_type(crop.pixels, background, t, blend)
    return crop.estimate(*emission_transmission(alpha, colour, blend), alpha[..., 0], blend, layer.confidence)


def _box_about(hint: np.ndarray | None) -> Box:
    """The hint's box with half its size, at least 48 px, of picture around it, clipped to the picture."""
    spans = None if hint is None else bounding_spans(hint)
    assert hint is not None
    assert spans is not None
    (y0, y1), (x0, x1) = (
        expand_span(span, max(48, (span[1] - span[0]) // 2), length)
        for span, length in zip(spans, hint.shape, strict=True)
    )
    return x0, y0, x1 - x0, y1 - y0
