"""Changes of depth and of transparency, stripe by stripe. Knows nothing of files."""

from __future__ import annotations

import numpy as np

from .stripes import bands

__all__ = ["on_white", "small_copy", "to_8_bit", "without_idle_alpha"]


def to_8_bit(pixels: np.ndarray) -> np.ndarray:
    """uint8 or uint16 to uint8, rounded to the nearest; 8-bit pixels come back as they are."""
    if pixels.dtype == np.uint8:
        return pixels
    out = np.empty(pixels.shape, np.uint8)
    for band in bands(pixels):
        out[band] = (pixels[band].astype(np.uint32) + 128) // 257
    return out


def on_white(pixels: np.ndarray) -> np.ndarray:
    """H x W x 4 uint8 laid on white: H x W x 3."""
    out = np.empty((*pixels.shape[:2], 3), np.uint8)
    for band in bands(pixels):
        alpha = pixels[band][:, :, 3:].astype(np.uint16)
        out[band] = (pixels[band][:, :, :3] * alpha + (255 - alpha) * 255 + 127) // 255
    return out


def without_idle_alpha(pixels: np.ndarray) -> np.ndarray:
    """H x W x 3|4 less its alpha where no pixel lets anything through."""
    opaque = pixels.shape[2] == 4 and int(pixels[:, :, 3].min()) == np.iinfo(pixels.dtype).max
    return pixels[:, :, :3] if opaque else pixels


def small_copy(pixels: np.ndarray, side: int) -> np.ndarray:
    """A copy of at most `side` pixels a side, 8 bits; for previews."""
    from PIL import Image

    step = max(1, max(pixels.shape[:2]) // (4 * side))  # the filter below need not see all of 24 MP
    picture = Image.fromarray(to_8_bit(np.ascontiguousarray(pixels[::step, ::step])))
    picture.thumbnail((side, side))
    return np.asarray(picture)
