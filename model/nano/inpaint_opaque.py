"""What a mark hides altogether: where next to nothing shines through it, the background is painted from around.

Inversion says nothing there, and the network's own paint is a reduced one; texture from beside the mark
(`model.imaging.inpaint`) looks right at its own size, and leaves no seam. Knows nothing of the network.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.crop import crop_request
from ..imaging.inpaint import inpaint_patchmatch
from ..types import Estimate, Request
from .fit import background
from .resample import resample_to_crop

__all__ = ["inpaint_opaque"]

PIXELS = 1_500_000
"""Painted on at most this many; a larger mark is reduced for it."""

HIDES, RIM = 0.2, 0.6
"""Transmission below which a pixel is hidden; and, next to such pixels, below which its inversion is not trusted."""

REACH = 2
"""Pixels that the soft edge of something opaque is wide."""

LEAST = 40
"""Hidden pixels below which there is nothing to paint."""


def inpaint_opaque(request: Request, mark: Estimate) -> np.ndarray | None:
    """The background beneath `mark`, float16 h x w x 3 over its box; None where it hides next to nothing."""
    if float(mark.transmission.min()) > HIDES:
        return None
    view = crop_request(request, PIXELS, mark.box)
    seen = resample_to_crop(mark, view)
    let = seen.transmission.min(axis=-1)
    hidden = let < HIDES
    if hidden.sum() < LEAST:
        return None
    near = cv2.dilate(hidden.astype(np.uint8), np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8)) > 0
    return inpaint_patchmatch(background(view, seen), near & (let < RIM) | hidden).astype(np.float16)
