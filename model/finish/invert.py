"""First guesses in whole levels, for the exact solve: alpha, colour and backdrop of one layer over a stripe.

Knows nothing of stripes, estimates or of where the prior comes from.
"""

from __future__ import annotations

import numpy as np

from ..blending import emission_transmission, invert
from ..types import BlendType

__all__ = ["invert_levels", "quantise_layer"]


def quantise_layer(
    alpha: np.ndarray, colour: np.ndarray, target: np.ndarray, blend: BlendType
) -> tuple[np.ndarray, np.ndarray]:
    """Whole levels of a layer's alpha and colour.

    In add, alpha is raised to f / (1 - y) where necessary: then y + c never exceeds white, and programs that clip
    before they mix agree with those that do not.

    Parameters
    ----------
    alpha : float32 n x m, 0..1
    colour : float32 3 x n x m, 0..1
    target : uint8/16 3 x n x m
        The composite that layer and backdrop must give.
    blend : BlendType

    Returns
    -------
    alpha : n x m, colour : 3 x n x m
        Levels of the target's dtype.
    """
    top = np.float32(np.iinfo(target.dtype).max)
    if blend != BlendType.ADD:
        return np.rint(alpha * top).astype(target.dtype), np.rint(colour * top).astype(target.dtype)
    emission, z = alpha * colour, target * (1 / top)
    clipped = target == target.dtype.type(top)
    if clipped.any():
        # There the sum went beyond white and y is anything above z - f: no darker than the pixel's brightest channel,
        # or burnt-out places come back in the flare's complementary colour.
        brightest = (z - emission).max(axis=0)
        emission -= clipped * np.maximum(emission - (1 - brightest), 0)
    backdrop = (z - emission).clip(0, 1)
    least = (emission / np.maximum(1 - backdrop, 1e-6)).max(axis=0)
    whole = np.ceil(np.maximum(alpha, least).clip(0, 1) * top - np.float32(1e-3))
    whole *= alpha * top >= 0.5
    colour = np.minimum(emission * (top * top) / np.maximum(whole, 1), top)
    return whole.astype(target.dtype), np.rint(colour).astype(target.dtype)


def invert_levels(
    alpha: np.ndarray,
    colour: np.ndarray,
    target: np.ndarray,
    prior: np.ndarray,
    weight: np.ndarray,
    blend: BlendType,
) -> tuple[np.ndarray, np.ndarray]:
    """Guesses of colour and backdrop by `blending.invert`.

    The colour explains what of the composite the backdrop does not, so that the exact solve changes little.

    Parameters
    ----------
    alpha, colour, target : levels, as `quantise_layer` takes and returns them
    prior : float32 3 x n x m, 0..1
        The backdrop to fall back on where little is transmitted.
    weight : float32, broadcasts to n x m
        Weight of the prior.
    blend : BlendType

    Returns
    -------
    colour, backdrop : 3 x n x m
        Levels of the target's dtype.
    """
    top = np.float32(np.iinfo(target.dtype).max)
    a, c, z = alpha / top, colour / top, target / top
    y = invert(z, *emission_transmission(a, c, blend), prior, weight).clip(0, 1)
    match blend:  # solve z = (1 - a) y + a B(y, c) for c
        case BlendType.NORMAL:
            c = (z - (1 - a) * y) / np.maximum(a, 1e-6)
        case BlendType.MULTIPLY:
            c = (z - (1 - a) * y) / np.maximum(a * y, 1e-6)
        case BlendType.SCREEN:
            c = (z - y) / np.maximum(a * (1 - y), 1e-6)
        case BlendType.ADD:
            c = (z - y) / np.maximum(a, 1e-6)
    return np.rint(c.clip(0, 1) * top).astype(target.dtype), np.rint(y * top).astype(target.dtype)
