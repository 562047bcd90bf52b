"""What lies under a hint: an ink on a page, a plate, or opaque lettering; otherwise it is left to others.

Each method says itself whether its model holds. Translucent lettering, whose background shows through, is none of
these: there is nothing to fill in, and the networks and the closed-form fit know more. Knows nothing of networks.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..imaging.boxes import bounding_box, clip_box
from ..imaging.crop import HINTED, crop_request
from ..types import Box, Estimate, Request
from .config import DEFAULT, ClassicConfig
from .frame import find_frame
from .lettering import opaque_lettering
from .page_ink import is_page, page_ink
from .plate import plate

__all__ = ["merged_layers", "solve_hinted"]


def solve_hinted(request: Request, config: ClassicConfig = DEFAULT) -> tuple[list[Estimate], np.ndarray] | None:
    """Layers, top first, and the background beneath them over their box, float16; None where no model holds.

    request: with a hint that is not empty.
    """
    assert request.hint is not None
    box = bounding_box(request.hint > HINTED)
    share = 0.0 if box is None else box[2] * box[3] / request.hint.size
    if box is None or share > config.plate_max_share:
        return None
    width = max(config.hinted_surroundings, round(0.6 * max(box[2:])))
    crop = crop_request(request, config.fine_pixels, clip_box(box, request.composite.size, width))
    if share <= config.hinted_max_share and is_page(crop.pixels, crop.hinted, config):
        found = page_ink(crop, config)
        if found is not None:
            return [found[0]], found[1]
    frame = find_frame(crop.pixels, crop.hinted, config)
    if frame is not None and frame.gain > config.plate_certain_gain:
        framed = plate(crop, frame, config)
        if framed is not None:
            return framed
    if not filled(request.hint > HINTED, box, config):  # what a few strokes span encloses no letters
        return None
    # The scene may frame letters by chance, and a faint plate hides among its edges: between the two, letters first.
    found = None if share > config.hinted_max_share else opaque_lettering(crop, config)
    if found is not None:
        return [found[0]], found[1]
    if frame is None or not config.plate_min_gain < frame.gain <= config.plate_certain_gain:
        return None
    framed = plate(crop, frame, config)
    return framed if framed and float(framed[0][-1].alpha.max()) < config.plate_faint_opacity else None


def filled(hinted: np.ndarray, box: Box, config: ClassicConfig) -> bool:
    """Whether a hint is drawn along or around a mark, rather than a few strokes on it. box: the hint's."""
    return hinted.sum() >= config.hinted_min_fill * box[2] * box[3]


def merged_layers(layers: list[Estimate]) -> Estimate:
    """Normal layers of one grid, top first, as one: f = f1 + T1 f2, T = T1 T2."""
    one = layers[0]
    for below in layers[1:]:
        transmission = one.transmission * below.transmission
        emission = one.emission + one.transmission * below.emission
        one = replace(one, emission=emission, transmission=transmission, alpha=1 - transmission.mean(axis=2))
    return one
