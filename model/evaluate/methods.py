"""The methods under comparison: engines as a user runs them, and baselines. Knows nothing of tables.

A method maps a triplet to a `MethodResult`. An engine sees the composite alone and the oracle input that its name
states ("nano", "classic:hint", "classic:kind", "nano:blend"). A baseline may use the ground truth where its
description says so ("inpainting" is OpenCV's, with the true mask).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

from ..blending import INVERSION_WEIGHT, emission_transmission, invert, recomposition_error
from ..classic.fog import dark_channel
from ..decompose import decompose, silent
from ..engines import load
from ..errors import InvalidRequest
from ..finish import finish
from ..imaging.guided_filter import guided_filter
from ..types import Composite, Decomposition, Engine, Kind, Options, Request
from .oracle import ORACLE_INPUTS, hint_for, options_for, true_mask
from .triplets import Triplet

__all__ = ["BASELINES", "Method", "MethodResult", "layer_of", "method_named", "previous_weights"]


@dataclass(frozen=True, eq=False)
class MethodResult:
    """The output of a method. background: uint8 H x W x 3.   seconds: wall clock.

    decomposition: of an engine; None from a baseline, which estimates no layers.
    """

    background: np.ndarray
    seconds: float
    decomposition: Decomposition | None = None
    recomposition_error: int = 0


Method = Callable[[Triplet], MethodResult | None]
"""Returns None where the method does not apply to the triplet."""


def method_named(name: str) -> Method:
    """Parse "engine" or "engine:given", given being one of ORACLE_INPUTS. Raises InvalidRequest otherwise."""
    engine, _, given = name.partition(":")
    if given not in ORACLE_INPUTS:
        choices = ", ".join(filter(None, ORACLE_INPUTS))
        raise InvalidRequest(f"an engine can be given {choices}, not {given!r}: leave it out or choose one")
    load(engine)
    return partial(_run_engine, engine, given)


def _run_engine(engine: str, given: str, triplet: Triplet) -> MethodResult | None:
    options = options_for(given, triplet, Options(engine=engine))
    hint = hint_for(given, triplet)
    if hint is None and given in ("hint", "strokes"):
        return None
    began = perf_counter()
    answer = decompose(Request(Composite(triplet.composite), options, hint=hint))[0]
    return _result(answer, triplet, perf_counter() - began)


def previous_weights(folder: Path) -> Method:
    """The embedded engine with graphs of another folder, named as the package's, without oracle input."""
    from ..engines.nano import NanoEngine
    from ..nano.network import NETWORKS, Network

    return partial(_run_loaded_engine, NanoEngine(*(Network(folder / packaged.name) for packaged in NETWORKS)))


def _run_loaded_engine(engine: Engine, triplet: Triplet) -> MethodResult:
    request = Request(Composite(triplet.composite))
    began = perf_counter()
    answer = finish(request, engine.estimate(request, silent)[0], silent)
    return _result(answer, triplet, perf_counter() - began)


def _result(answer: Decomposition, triplet: Triplet, seconds: float) -> MethodResult:
    error = recomposition_error(answer, triplet.composite)
    return MethodResult(answer.background.pixels[..., :3], seconds, answer, error)


def layer_of(decomposition: Decomposition) -> tuple[np.ndarray, np.ndarray]:
    """(emission, transmission) of all foregrounds together, float32 H x W x 3, from their 8-bit pixels."""
    width, height = decomposition.size
    emission = np.zeros((height, width, 3), np.float32)
    transmission = np.ones((height, width, 3), np.float32)
    for layer in decomposition.foregrounds:
        x, y = layer.offset
        h, w = layer.pixels.shape[:2]
        values = layer.pixels.astype(np.float32) / np.iinfo(layer.pixels.dtype).max
        added, passed = emission_transmission(values[..., 3:] * layer.opacity, values[..., :3], layer.blend)
        here = np.s_[y : y + h, x : x + w]
        emission[here] = added + passed * emission[here]
        transmission[here] *= passed
    return emission, transmission


# --- baselines: uint8 picture and triplet in, background out ---------------------------------------


def unchanged(triplet: Triplet) -> np.ndarray:
    """The composite as it is."""
    return triplet.composite


def true_layers(triplet: Triplet) -> np.ndarray:
    """Inversion with the true layers: the error that JPEG, rounding and clipping leave to any engine."""
    z, t = triplet.composite.astype(np.float32) / 255, triplet.transmission
    return _levels(invert(z, triplet.emission, t, z, INVERSION_WEIGHT))


def inpainting(triplet: Triplet) -> np.ndarray | None:
    """OpenCV's Telea inpainting with the true mask; None where the mask leaves nothing to inpaint from."""
    mask = true_mask(triplet)
    if not mask.any() or (mask > 0).mean() > 0.9:
        return None
    return cv2.inpaint(triplet.composite, mask, 3, cv2.INPAINT_TELEA)


def textbook_dark_channel(triplet: Triplet) -> np.ndarray | None:
    """He, Sun, Tang 2009 with the constants of the paper: patch 15, omega 0.95, t >= 0.1. Fog only."""
    if triplet.kind is not Kind.FOG:
        return None
    z = triplet.composite.astype(np.float32) / 255
    dark = dark_channel(z, 7)
    haziest = np.argsort(dark.ravel())[-max(1, dark.size // 1000) :]
    candidates = z.reshape(-1, 3)[haziest]
    airlight = candidates[candidates.sum(axis=1).argmax()]
    t = 1 - 0.95 * dark_channel(z / np.maximum(airlight, 0.05), 7)
    t = np.maximum(guided_filter(z.mean(axis=2), t, 40, 1e-3), 0.1)[..., None]
    return _levels((z - airlight) / t + airlight)


def opening_and_median(triplet: Triplet) -> np.ndarray | None:
    """Grey opening, then median, 5 px each: removes thin bright structures and fine texture. Rain and snow only."""
    if triplet.kind not in (Kind.RAIN, Kind.SNOW):
        return None
    opened = cv2.morphologyEx(triplet.composite, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return cv2.medianBlur(opened, 5)


def _levels(picture: np.ndarray) -> np.ndarray:
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _timed(baseline: Callable[[Triplet], np.ndarray | None], triplet: Triplet) -> MethodResult | None:
    began = perf_counter()
    background = baseline(triplet)
    return None if background is None else MethodResult(background, perf_counter() - began)


BASELINES: dict[str, Method] = {
    "unchanged": partial(_timed, unchanged),
    "true layers": partial(_timed, true_layers),
    "inpainting": partial(_timed, inpainting),
    "dark channel": partial(_timed, textbook_dark_channel),
    "opening+median": partial(_timed, opening_and_median),
}
