"""Who is measured: engines as a user runs them, and the baselines they must beat. Knows nothing of tables.

A contestant takes a triplet and gives an `Answer`. Engines see the composite alone, and what its name says they
are told ("nano", "classic:hint", "classic:kind", "nano:blend"). Baselines may look at the truth where that
is their name ("inpainting": OpenCV's, WITH the true mask).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

from ..blending import emission_transmission, recomposition_error
from ..classic.fog import dark_channel
from ..classic.guided import guided_filter
from ..decompose import decompose, silent
from ..engines import load
from ..errors import InvalidRequest
from ..finish import finish
from ..types import Composite, Decomposition, Engine, Kind, Options, Request
from .told import TOLD, hint_for, options_for, true_mask
from .triplets import Triplet

__all__ = ["BASELINES", "Answer", "Contestant", "contestant", "layer_of", "previous_weights"]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a contestant made of a picture. background: uint8 H x W x 3.   seconds: wall clock.

    decomposition: of an engine; None from a baseline, which knows no layers.
    """

    background: np.ndarray
    seconds: float
    decomposition: Decomposition | None = None
    recomposition_error: int = 0


LAMBDA = 0.01
"""Weight of the picture itself against inversion, where hardly anything shines through."""

Contestant = Callable[[Triplet], Answer | None]
"""None: does not compete on this picture."""


def contestant(name: str) -> Contestant:
    """An engine, or `engine:told` with told one of TOLD. Raises InvalidRequest for other names."""
    engine, _, told = name.partition(":")
    if told not in TOLD:
        choices = ", ".join(filter(None, TOLD))
        raise InvalidRequest(f"an engine can be told {choices}, not {told!r}: leave it out or choose one")
    load(engine)
    return partial(_engine, engine, told)


def _engine(engine: str, told: str, triplet: Triplet) -> Answer | None:
    options = options_for(told, triplet, Options(engine=engine))
    hint = hint_for(told, triplet)
    if hint is None and told in ("hint", "strokes"):
        return None
    began = perf_counter()
    answer = decompose(Request(Composite(triplet.composite), options, hint=hint))[0]
    return _answered(answer, triplet, perf_counter() - began)


def previous_weights(folder: Path) -> Contestant:
    """The embedded engine with the weights of another folder, named as the package's, told nothing."""
    from ..engines.nano import NanoEngine
    from ..nano.session import NETWORKS, Network

    return partial(_held_engine, NanoEngine(*(Network(folder / shipped.name) for shipped in NETWORKS)))


def _held_engine(engine: Engine, triplet: Triplet) -> Answer:
    request = Request(Composite(triplet.composite))
    began = perf_counter()
    answer = finish(request, engine.estimate(request, silent)[0], silent)
    return _answered(answer, triplet, perf_counter() - began)


def _answered(answer: Decomposition, triplet: Triplet, seconds: float) -> Answer:
    error = recomposition_error(answer, triplet.composite)
    return Answer(answer.background.pixels[..., :3], seconds, answer, error)


def layer_of(decomposition: Decomposition) -> tuple[np.ndarray, np.ndarray]:
    """(emission, transmission) of all foregrounds together, float32 H x W x 3, from their 8-bit pixels."""
    width, height = decomposition.size
    light = np.zeros((height, width, 3), np.float32)
    let = np.ones((height, width, 3), np.float32)
    for layer in decomposition.foregrounds:
        x, y = layer.offset
        h, w = layer.pixels.shape[:2]
        values = layer.pixels.astype(np.float32) / np.iinfo(layer.pixels.dtype).max
        added, passed = emission_transmission(values[..., 3:] * layer.opacity, values[..., :3], layer.blend)
        here = np.s_[y : y + h, x : x + w]
        light[here] = added + passed * light[here]
        let[here] *= passed
    return light, let


# --- baselines: uint8 picture and triplet in, background out ---------------------------------------


def unchanged(triplet: Triplet) -> np.ndarray:
    """The composite as it is."""
    return triplet.composite


def true_layers(triplet: Triplet) -> np.ndarray:
    """Inversion with the TRUE layers: what JPEG, rounding and clipping leave for the best engine to reach."""
    z, t = triplet.composite.astype(np.float32) / 255, triplet.transmission
    return _levels((t * (z - triplet.emission) + LAMBDA * z) / (t * t + LAMBDA))


def inpainting(triplet: Triplet) -> np.ndarray | None:
    """OpenCV's Telea WITH the true mask; does not compete where the mask leaves nothing to paint from."""
    mask = true_mask(triplet)
    if not mask.any() or (mask > 0).mean() > 0.9:
        return None
    return cv2.inpaint(triplet.composite, mask, 3, cv2.INPAINT_TELEA)


def textbook_dark_channel(triplet: Triplet) -> np.ndarray | None:
    """He, Sun, Tang 2009 with the constants of the paper: patch 15, omega 0.95, t >= 0.1. Competes on fog."""
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
    """Grey opening, then median, 5 px each: bright thin things go, and much else. Competes on rain and snow."""
    if triplet.kind not in (Kind.RAIN, Kind.SNOW):
        return None
    opened = cv2.morphologyEx(triplet.composite, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return cv2.medianBlur(opened, 5)


def _levels(picture: np.ndarray) -> np.ndarray:
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _timed(baseline: Callable[[Triplet], np.ndarray | None], triplet: Triplet) -> Answer | None:
    began = perf_counter()
    background = baseline(triplet)
    return None if background is None else Answer(background, perf_counter() - began)


BASELINES: dict[str, Contestant] = {
    "unchanged": partial(_timed, unchanged),
    "true layers": partial(_timed, true_layers),
    "inpainting": partial(_timed, inpainting),
    "dark channel": partial(_timed, textbook_dark_channel),
    "opening+median": partial(_timed, opening_and_median),
}
