"""Blend formulas, the canonical layer of an emission and transmission, and compositing in integers.

Everything is computed in the document's encoded values (no linear light), as paint programs do
by default. With straight alpha a, layer colour c and opaque backdrop y a layer gives

    z = (1 - a) y + a B(y, c),    B = c | y c | y + c - y c | min(1, y + c)
                                      normal multiply screen   add

and all four have the form z = f + T y (add until it clips), where f is the layer's emission and T its
transmission.

The first four functions are written with array operators alone and take numpy arrays and torch
tensors alike; values are 0..1 floats. Knows nothing of how layers are estimated or solved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .imaging.stripes import each_stripe
from .types import BlendType, Decomposition, Layer

if TYPE_CHECKING:
    Array = Any
    """numpy.ndarray or torch.Tensor of floats; all arguments of one call of the same kind."""

__all__ = [
    "INVERSION_WEIGHT",
    "LEAST_QUOTIENT",
    "blended",
    "canonical",
    "composite",
    "emission_transmission",
    "emission_transmission_premultiplied",
    "fit_blend_type",
    "invert",
    "recompose",
    "recomposition_error",
    "stack",
]


def blended(colour: Array, backdrop: Array, blend: BlendType) -> Array:
    """B(y, c), the blend function: the composite of a layer with alpha 1.

    Parameters
    ----------
    colour, backdrop : 0..1, of shapes that broadcast
    blend : BlendType
    """
    match blend:
        case BlendType.NORMAL:
            return colour + 0 * backdrop
        case BlendType.MULTIPLY:
            return backdrop * colour
        case BlendType.SCREEN:
            return backdrop + colour - backdrop * colour
        case BlendType.ADD:
            return (backdrop + colour).clip(max=1)


def composite(alpha: Array, colour: Array, backdrop: Array, blend: BlendType) -> Array:
    """The composite z = (1 - a) y + a B(y, c).

    Parameters
    ----------
    alpha : 0..1
        Broadcasts against colour: it keeps its channel axis, of length 1.
    colour, backdrop : 0..1
    blend : BlendType
    """
    return (1 - alpha) * backdrop + alpha * blended(colour, backdrop, blend)


def emission_transmission(alpha: Array, colour: Array, blend: BlendType) -> tuple[Array, Array]:
    """Emission f and transmission T of a layer: z = f + T y (add: until it clips).

    Parameters
    ----------
    alpha : 0..1
        Broadcasts against colour, as in `composite`.
    colour : 0..1
    blend : BlendType

    Returns
    -------
    emission, transmission
        0..1, both of the shape of `colour`.
    """
    return emission_transmission_premultiplied(alpha, alpha * colour, blend)


def emission_transmission_premultiplied(alpha: Array, product: Array, blend: BlendType) -> tuple[Array, Array]:
    """As `emission_transmission`, of premultiplied colour: `product` is alpha times colour, 0..1."""
    match blend:
        case BlendType.NORMAL:
            return product, 1 - alpha + 0 * product
        case BlendType.MULTIPLY:
            return 0 * product, 1 - alpha + product
        case BlendType.SCREEN:
            return product, 1 - product
        case BlendType.ADD:
            return product, 1 + 0 * product


def canonical(emission: Array, transmission: Array, blend: BlendType, axis: int = -1) -> tuple[Array, Array]:
    """Alpha and colour of the layer with this emission and transmission that has the smallest alpha.

    A composite determines f and T only. In normal mode they determine alpha and colour; in the others any larger
    alpha with a paler colour gives the same composite. The choice, here and in the generator's ground truth:

        normal       alpha = 1 - mean over channels of T     colour = f / alpha
        multiply     alpha = max over channels of 1 - T      colour = 1 - (1 - T) / alpha
        screen, add  alpha = max over channels of f          colour = f / alpha

    Where alpha is 0 the colour is neutral (0; white for multiply).

    Parameters
    ----------
    emission, transmission : 0..1
    blend : BlendType
    axis : the channel axis

    Returns
    -------
    alpha, colour
        Clipped to 0..1; alpha keeps the channel axis with length 1.
    """
    match blend:
        case BlendType.NORMAL:
            alpha = (1 - transmission.mean(axis, keepdims=True)).clip(0, 1)
            colour = emission / _or_one(alpha)
        case BlendType.MULTIPLY:
            alpha = (1 - _smallest(transmission, axis)).clip(0, 1)
            colour = 1 - (1 - transmission) / _or_one(alpha)
        case BlendType.SCREEN | BlendType.ADD:
            alpha = -_smallest(-emission, axis)
            alpha = alpha.clip(0, 1)
            colour = emission / _or_one(alpha)
    return alpha, colour.clip(0, 1)


LEAST_QUOTIENT = 0.02
"""Divisors are not taken smaller than this, 5 of 255 levels: below it a quotient is mostly rounding."""


def fit_blend_type(
    composite: np.ndarray, backdrop: np.ndarray, transmission: np.ndarray, blend: BlendType, axis: int = -1
) -> tuple[np.ndarray, np.ndarray]:
    """The canonical layer of another blend type that gives the same composite over the same backdrop.

    Exact where that type can produce the composite: a screen or add layer cannot darken, a multiply layer cannot
    brighten; there the layer is the nearest that it can be.

    Parameters
    ----------
    composite, backdrop : 0..1
    transmission : 0..1
        Of the layer as it was. A normal layer is made at least as opaque as that, and as some colour of 0..1 needs it
        to be to turn `backdrop` into `composite`.
    blend : the wanted type
    axis : the channel axis

    Returns
    -------
    alpha, colour
        0..1; alpha keeps the channel axis with length 1.
    """
    z, y, least = composite, backdrop, LEAST_QUOTIENT
    match blend:
        case BlendType.NORMAL:
            lighter = (z - y) / np.maximum(1 - y, least)
            darker = (y - z) / np.maximum(y, least)
            needed = np.maximum(lighter, darker).max(axis, keepdims=True)
            alpha = np.maximum(1 - transmission.min(axis, keepdims=True), needed).clip(0, 1)
            return alpha, np.clip((z - (1 - alpha) * y) / np.maximum(alpha, least), 0, 1)
        case BlendType.MULTIPLY:
            ratio = np.where(y < least, 1, np.clip(z / np.maximum(y, least), 0, 1))
            return canonical(0 * z, ratio, blend, axis)
        case BlendType.SCREEN:
            emission = np.where(y > 1 - least, 0, np.clip((z - y) / np.maximum(1 - y, least), 0, 1))
            return canonical(emission, 1 - emission, blend, axis)
        case BlendType.ADD:
            return canonical(np.clip(z - y, 0, 1), np.ones_like(z), blend, axis)


INVERSION_WEIGHT = 0.01
"""Usual weight of the prior in `invert`: (noise of the composite / error of the prior)^2, about (2.5 / 25 levels)^2."""


def invert(composite: Array, emission: Array, transmission: Array, prior: Array, weight: Array | float) -> Array:
    """The backdrop of a composite by regularised inversion of z = f + T y (DESIGN.md, blending arithmetic).

        y = (T (z - f) + weight * prior) / (T^2 + weight)

    minimises (f + T y - z)^2 + weight * (y - prior)^2 for every value: the inverted composite where the layer is
    transparent, the prior where it is opaque, without a seam between them. All arguments are floats in 0..1 of the
    encoded range, of shapes that broadcast.

    Parameters
    ----------
    composite : z
    emission, transmission : f and T of the layer
    prior : the backdrop to fall back on, usually an inpainted one
    weight : above 0
        Weight of the prior: the variance of z's noise over the variance of the prior's error.

    Returns
    -------
    y, not clipped: noise may lead a little out of 0..1.
    """
    return (transmission * (composite - emission) + weight * prior) / (transmission * transmission + weight)


def _or_one(x: Array) -> Array:
    """x, with 1 in the place of 0: a divisor."""
    return x + (x <= 0)


def _smallest(x: Array, axis: int) -> Array:
    least = x.min(axis, keepdims=True)
    return getattr(least, "values", least)  # torch answers with (values, indices)


# --- the integer stack -------------------------------------------------------------------------


def recompose(decomposition: Decomposition) -> np.ndarray:
    """Composite the visible layers, bottom to top.

    Each layer's result is rounded once, to the nearest level, before the next layer is composited, as in a paint
    program that works in integers. A layer may lie partly outside the canvas.

    Returns
    -------
    H x W x C
        Of the background's channels and dtype.
    """
    width, height = decomposition.size
    out = np.zeros((height, width, decomposition.background.pixels.shape[2]), decomposition.background.pixels.dtype)

    def one(top: int, bottom: int) -> None:
        for layer in decomposition.layers:
            if layer.visible:
                _add_layer(out[top:bottom], layer, top, first=layer is decomposition.background)

    for _ in each_stripe(one, width, height):
        pass
    return out


def recomposition_error(decomposition: Decomposition, picture: np.ndarray) -> int:
    """The largest difference between the stacked layers and a picture, in levels of its dtype.

    picture: H x W x C, of the background's channels and dtype.
    """
    stacked = recompose(decomposition)
    if np.array_equal(stacked, picture):
        return 0
    return int(np.abs(stacked.astype(np.int32) - picture.astype(np.int32)).max())


def _add_layer(rows: np.ndarray, layer: Layer, top: int, first: bool) -> None:
    """Composite the part of `layer` that lies on canvas rows top.. onto `rows`, in place.

    The first layer is copied: an empty canvas has no colour to mix with.
    """
    height, width = rows.shape[:2]
    x, y = layer.offset[0], layer.offset[1] - top
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + layer.pixels.shape[1], width), min(y + layer.pixels.shape[0], height)
    if x0 >= x1 or y0 >= y1:
        return
    pixels = layer.pixels[y0 - y : y1 - y, x0 - x : x1 - x]
    here = rows[y0:y1, x0:x1]
    if first and layer.opacity == 1:
        here[:] = pixels
    elif pixels.shape[2] == 3 or pixels[..., 3].any():
        here[:] = stack(pixels, here, layer.blend, layer.opacity)


def stack(pixels: np.ndarray, backdrop: np.ndarray, blend: BlendType, opacity: float = 1.0) -> np.ndarray:
    """Composite one layer over a backdrop in integers, rounded once.

    Parameters
    ----------
    pixels : uint8 or uint16 h x w x 3|4
    backdrop : h x w x 3|4 of the same dtype
    blend : BlendType
    opacity : 0..1, multiplies alpha

    Returns
    -------
    Of the shape and dtype of `backdrop`. Over one that is not opaque, alpha is the union of both and colours are
    weighted by what each covers (W3C Compositing and Blending Level 1, section 5, for straight alpha).
    """
    if blend == BlendType.NORMAL and opacity == 1 and backdrop.shape[2] == 3 and pixels.shape[2] == 4:
        return _laid_over(pixels, backdrop)
    top = np.iinfo(pixels.dtype).max
    alpha = pixels[..., 3:] / top * opacity if pixels.shape[2] == 4 else np.full((*pixels.shape[:2], 1), opacity)
    colour, below = pixels[..., :3] / top, backdrop[..., :3] / top
    mixed = composite(alpha, colour, below, blend)
    if backdrop.shape[2] == 3:
        return np.rint(mixed * top).astype(backdrop.dtype)
    under = backdrop[..., 3:] / top
    union = alpha + under - alpha * under
    partial = ((1 - alpha) * under * below + alpha * (1 - under) * colour) + alpha * under * blended(
        colour, below, blend
    )
    mixed = np.where(alpha > 0, partial / _or_one(union), below)
    return np.rint(np.concatenate([mixed, union], axis=-1) * top).astype(backdrop.dtype)


def _laid_over(pixels: np.ndarray, backdrop: np.ndarray) -> np.ndarray:
    """round((a c + (M - a) y) / M) in integers: `stack` for normal layers over opaque pictures, ten times as fast.

    For t = x + (M + 1) / 2 the quotient of x <= M M by M, rounded, is (t + t / (M + 1)) / (M + 1) in whole numbers;
    M is odd, so there are no ties, and every sum fits the wider type.
    """
    top = int(np.iinfo(pixels.dtype).max)
    bits = pixels.dtype.itemsize * 8
    alpha = pixels[..., 3:].astype(np.uint16 if bits == 8 else np.uint32)
    sums = pixels[..., :3] * alpha
    alpha ^= top
    sums += backdrop * alpha
    sums += top // 2 + 1
    sums += sums >> bits
    sums >>= bits
    return sums.astype(backdrop.dtype)
