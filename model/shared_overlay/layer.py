"""A shared overlay taken off one picture, and the overlay itself as an RGBA picture.

Knows nothing of how the overlay was estimated.
"""

from __future__ import annotations

import time

import numpy as np

from ..blending import canonical
from ..errors import InvalidRequest
from ..finish import FinishConfig, finish
from ..imaging.resample import reduce_to
from ..types import Candidate, Decomposition, Estimate, Request, Tick
from .presence import gain

__all__ = ["NAME", "overlay_pixels", "solution_of", "take_off"]

NAME = "shared"
"""What `Candidate.engine` says."""

PROVEN = FinishConfig(
    region_low=1 / 255, region_high=4 / 255, fade_alpha=1 / 255, inversion_weight=0.0004, rim_weight=0.01
)
"""How `finish` treats a layer that many pictures prove: faint edges are kept, and inversion is trusted further."""

LEAST_TRANSMISSION = 0.15
"""Where less is let through, noise decides what is recovered, not whether the overlay is there."""


def solution_of(estimate: Estimate) -> tuple[np.ndarray, np.ndarray]:
    """(solution, mask) for `presence.gain`: s = 1 / T and h = -f / T, float32 h x w x 3 x 2; bool h x w."""
    through = np.maximum(estimate.transmission.astype(np.float32), LEAST_TRANSMISSION)
    light = estimate.emission.astype(np.float32)
    solution = np.stack([1 / through, -light / through], axis=-1)
    return solution, np.asarray(estimate.transmission.min(axis=-1) >= LEAST_TRANSMISSION)


def take_off(request: Request, overlay: Estimate | None, tick: Tick) -> Decomposition:
    """Exact layers of one picture with the overlay that it shares with others.

    Parameters
    ----------
    request : Request
        Its composite has the size of the pictures that the overlay was estimated from.
    overlay : Estimate or None
        None: those pictures share nothing.
    tick : Tick

    Returns
    -------
    Decomposition
        Without foregrounds where the picture does not carry the overlay.

    Raises
    ------
    InvalidRequest
        Where the overlay reaches beyond the picture.
    """
    began = time.perf_counter()
    pixels = request.composite.pixels
    layers: tuple[Estimate, ...] = ()
    if overlay is not None:
        x, y, w, h = overlay.box
        if x + w > pixels.shape[1] or y + h > pixels.shape[0]:
            raise InvalidRequest(
                f"the shared overlay reaches to {x + w} x {y + h} but the picture is "
                f"{pixels.shape[1]} x {pixels.shape[0]}: give pictures of one size"
            )
        solution, mask = solution_of(overlay)
        seen = reduce_to(pixels[y : y + h, x : x + w, :3], mask.shape[::-1])
        if not mask.any() or gain(seen[None], solution, mask) > 0:
            layers = (overlay,)
    confidence = overlay.confidence if overlay is not None else 1.0
    candidate = Candidate(layers, None, request.options.seed, confidence, NAME)
    judged = time.perf_counter()
    return finish(request, candidate, tick, PROVEN).with_seconds(network=judged - began)


def overlay_pixels(overlay: Estimate) -> np.ndarray:
    """The overlay as uint8 h x w x 4, straight alpha, over the estimate's box: what `Request.overlay` takes."""
    emission, transmission = (v.astype(np.float32) for v in (overlay.emission, overlay.transmission))
    alpha, colour = canonical(emission, transmission, overlay.blend)
    alpha = np.where(alpha < 1.5 / 255, 0, alpha)
    return np.rint(np.concatenate([colour * (alpha > 0), alpha], axis=-1) * 255).astype(np.uint8)
