"""A picture with transparency over an opaque matte, as the engines see it. Knows nothing of layers.

The colour of a transparent pixel is arbitrary, and that of a mark beside the art is its full colour at partial alpha.
Over one opaque gray both are what they look like: a mark over art and over nothing becomes one mark of one opacity.
"""

from __future__ import annotations

import numpy as np

from .stripes import stripes

__all__ = ["flatten", "has_transparency", "matte_level"]

DARK, LIGHT = 0.25, 0.75
"""Grays of the matte, 0..1: neither black nor white, over which a mark of that colour could not be seen."""


def has_transparency(pixels: np.ndarray) -> bool:
    """Whether any pixel of H x W x 3|4 is not opaque."""
    return pixels.shape[2] == 4 and bool((pixels[..., 3] < np.iinfo(pixels.dtype).max).any())


def matte_level(pixels: np.ndarray) -> float:
    """DARK or LIGHT, 0..1: the one further from the mean of the partly transparent colours. pixels: H x W x 4."""
    top = np.iinfo(pixels.dtype).max
    total = weight = 0.0
    for first, last in stripes(pixels.shape[1], len(pixels)):
        alpha = pixels[first:last, :, 3]
        partial = (alpha > 0) & (alpha < top)
        share = alpha[partial] / top
        total += float((pixels[first:last][partial][:, :3].mean(axis=1) / top * share).sum())
        weight += float(share.sum())
    return LIGHT if weight and total / weight < (DARK + LIGHT) / 2 else DARK


def flatten(pixels: np.ndarray, level: float) -> np.ndarray:
    """Composite over a gray matte in the encoded values.

    Parameters
    ----------
    pixels : uint8 or uint16 H x W x 4, straight alpha
    level : 0..1, of the matte

    Returns
    -------
    H x W x 3 of the same dtype; opaque pixels keep their colour.
    """
    top = np.iinfo(pixels.dtype).max
    out = np.empty((*pixels.shape[:2], 3), pixels.dtype)
    for first, last in stripes(pixels.shape[1], len(pixels)):
        alpha = pixels[first:last, :, 3:].astype(np.float32) / top
        colour = pixels[first:last, :, :3].astype(np.float32)
        out[first:last] = np.rint(colour * alpha + np.float32(level * top) * (1 - alpha))
    return out
