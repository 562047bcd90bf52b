"""Takes a layer off pixels that are not opaque, exactly.

Where the background has alpha b and the layer alpha a, the composite has A = a + b - a b and, for the blend type
normal, A C = a c + (1 - a) b y (W3C Compositing and Blending Level 1, section 5). Of the layer (a, c) b and y follow.
Where the background is transparent around the layer, it is transparent beneath it, and the pixel is the layer's alone.
Knows nothing of estimates.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..blending import stack
from ..imaging.boxes import bounding_spans
from ..imaging.resample import fit_pixels, reduce_to
from ..types import BlendType

__all__ = ["split_translucent"]

SURROUNDINGS = 5
"""Radius, pixels, of Telea's inpainting of the background's alpha."""

MAX_PIXELS = 1 << 20
"""The background's alpha is inpainted on at most this many pixels."""

MIN_ALPHA = 0.03
"""Alpha of the background, 0..1, below which it counts as transparent."""

MAX_ERROR = 0.15
"""The same where it is transparent around the layer: an error of the layer's alpha rather than art."""


def split_translucent(composite: np.ndarray, layer: np.ndarray, background: np.ndarray) -> None:
    """Divide every pixel that is not opaque between a layer and the background, in place.

    Parameters
    ----------
    composite : uint8 or uint16 h x w x 4, straight alpha
    layer : h x w x 4 of the same dtype
        Blend type normal. Its alpha and colour at pixels that are not opaque are those wished for; they are changed so
        that `blending.stack` of the layer over the background is the composite.
    background : h x w x 4 of the same dtype
        Equal to the composite where that is not opaque; changed there only.
    """
    top = int(np.iinfo(composite.dtype).max)
    translucent = (composite[..., 3] < top) & (layer[..., 3] > 0)
    if not translucent.any():
        return
    rows, columns = (slice(*span) for span in bounding_spans(translucent) or ())
    around = np.ones(translucent.shape)
    around[rows, columns] = _background_alpha(composite[rows, columns], layer[rows, columns])
    around = around[translucent]
    pixels, wished = composite[translucent].astype(np.float64) / top, layer[translucent].astype(np.float64) / top
    union, a = pixels[:, 3], np.minimum(wished[:, 3], pixels[:, 3])
    b = np.clip((union - a) / np.maximum(1 - a, 1e-6), 0, 1)
    alone = (b < np.where(around < MIN_ALPHA, MAX_ERROR, MIN_ALPHA)) & (union > 0)
    here, there = _solved(composite[translucent], a, wished[:, :3], b, top)
    here[alone], there[alone] = composite[translucent][alone], 0
    exact = (stack(here[:, None], there[:, None], BlendType.NORMAL)[:, 0] == composite[translucent]).all(axis=1)
    here[~exact], there[~exact] = 0, composite[translucent][~exact]
    layer[translucent], background[translucent] = here, there


def _background_alpha(composite: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """float h x w, 0..1: the composite's alpha, interpolated from around the layer where that has alpha."""
    top = np.iinfo(composite.dtype).max
    full = composite.shape[1], composite.shape[0]
    size = fit_pixels(full, MAX_PIXELS)
    alpha = np.rint(reduce_to(composite[..., 3].astype(np.float32), size) / top * 255).astype(np.uint8)
    covered = (reduce_to(layer[..., 3].astype(np.float32), size) > 0).astype(np.uint8)
    covered = cv2.dilate(covered, np.ones((3, 3), np.uint8))
    filled = cv2.inpaint(alpha, covered, SURROUNDINGS, cv2.INPAINT_TELEA)
    return cv2.resize(filled, full, interpolation=cv2.INTER_LINEAR) / 255


def _solved(
    composite: np.ndarray, alpha: np.ndarray, colour: np.ndarray, under: np.ndarray, top: int
) -> tuple[np.ndarray, np.ndarray]:
    """Layer and background, n x 4 each, whose stack is the composite but where no levels allow it.

    alpha, under: of layer and background, n, 0..1.   colour: of the layer, n x 3, 0..1.
    """
    a, b = np.rint(alpha * top), np.rint(under * top)
    union = composite[:, 3].astype(np.float64)
    b = np.clip(np.rint((union - a) / np.maximum(1 - a / top, 1e-6)), 0, top)
    a_share, b_share = (a / top)[:, None], ((1 - a / top) * b / top)[:, None]
    total = composite[:, :3] * (a_share + b_share)  # the union before it is rounded
    c = np.rint(colour * top)
    # Whichever counts less is rounded last: it moves the composite by less than a level at a step.
    y = np.clip(np.rint((total - a_share * c) / np.maximum(b_share, 1e-9)), 0, top)
    again = np.clip(np.rint((total - b_share * y) / np.maximum(a_share, 1e-9)), 0, top)
    c = np.where((a_share < b_share) | (np.abs(a_share * c + b_share * y - total) > 0.5), again, c)
    y = np.where(a_share < b_share, y, np.clip(np.rint((total - a_share * c) / np.maximum(b_share, 1e-9)), 0, top))
    dtype = composite.dtype
    layer = np.concatenate([c, a[:, None]], axis=1).astype(dtype)
    background = np.concatenate([y, b[:, None]], axis=1).astype(dtype)
    return layer, background
