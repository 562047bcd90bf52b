"""Converts a partly transparent layer to an equivalent one with full alpha, for programs whose alpha rounding differs.

A composite depends only on a layer's emission and transmission (`model.blending`). A layer that is not "normal" can
therefore have full alpha everywhere with a paler colour: white where a multiply layer changes nothing, black where a
screen or add layer changes nothing. The composite is then z = B(y, c) without any mixing by alpha, and all programs
round B of two integer levels alike: Krita's multiply, screen and sum are exact at 8 and 16 bit, its mixing by alpha is
not.

An exact colour always exists: multiply reaches every level from 0 to y, screen is multiply of the complements, and for
add the colour is z - y. Backdrops must be opaque. Knows nothing of paint programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .blending import emission_transmission, recompose, stack
from .imaging.stripes import PIXELS, stripes
from .types import BlendType, Decomposition

__all__ = ["opaque"]


def opaque(decomposition: Decomposition, number: int) -> Iterator[np.ndarray]:
    """The equivalent of one layer with full alpha.

    Parameters
    ----------
    decomposition : Decomposition
        With an opaque background.
    number : index of the layer
        Not the background; its blend type is not normal and its opacity is 1.

    Yields
    ------
    n x w x 4 of the layer's dtype
        Successive rows, from the top.
    """
    layer = decomposition.layers[number]
    height, width = layer.pixels.shape[:2]
    for top, bottom in stripes(width, height, PIXELS):
        yield _filled(layer.pixels[top:bottom], _below(decomposition, number, top, bottom), layer.blend)


def _below(decomposition: Decomposition, number: int, top: int, bottom: int) -> np.ndarray:
    """The backdrop under rows top..bottom of a layer: n x w x 3|4."""
    layer = decomposition.layers[number]
    left, upper = layer.offset[0], layer.offset[1] + top
    under = tuple(
        replace(one, offset=(one.offset[0] - left, one.offset[1] - upper)) for one in decomposition.layers[:number]
    )
    return recompose(replace(decomposition, size=(layer.pixels.shape[1], bottom - top), layers=under))


def _filled(pixels: np.ndarray, backdrop: np.ndarray, blend: BlendType) -> np.ndarray:
    """`pixels` (h x w x 3|4) with full alpha and the same composite over `backdrop` (h x w x 3|4): h x w x 4."""
    top = np.iinfo(pixels.dtype).max
    real = np.float32 if top == 255 else np.float64
    z, y = stack(pixels, backdrop[..., :3], blend).astype(real), backdrop[..., :3].astype(real)
    out = np.full((*pixels.shape[:2], 4), top, pixels.dtype)
    if blend == BlendType.ADD:
        out[..., :3] = z - y
        return out
    alpha = pixels[..., 3:] * real(1 / top) if pixels.shape[2] == 4 else np.ones((*pixels.shape[:2], 1), real)
    _, transmission = emission_transmission(alpha, pixels[..., :3] * real(1 / top), blend)
    if blend == BlendType.SCREEN:  # multiply of the complements
        out[..., :3] = top - _factor(transmission * real(top), top - y, top - z, top)
    else:
        out[..., :3] = _factor(transmission * real(top), y, z, top)
    return out


def _factor(wanted: np.ndarray, y: np.ndarray, z: np.ndarray, top: int) -> np.ndarray:
    """The whole level c nearest to `wanted` with round(c y / top) = z, for z <= y; all in levels, floats.

    The bounds are never whole numbers (odd over even), so rounding in floats cannot put them on the wrong side.
    """
    with np.errstate(divide="ignore"):  # y = 0: any factor does
        low = np.ceil((z - 0.5) * top / y)
        high = np.floor((z + 0.5) * top / y)
    return np.minimum(np.maximum(np.rint(wanted), low), np.minimum(high, top))
