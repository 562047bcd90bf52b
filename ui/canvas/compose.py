"""What the canvas shows, and the pixels of any rectangle of it. numpy only; no Qt, no threads.

Layers are composited by this program's own arithmetic (`model.blending.stack`), each rounded once, so that what is seen
at 100 % and beyond is what a paint program will show. A reduced view is the mean of those pixels; the difference
view takes their largest, so that one wrong pixel in a hundred million is still seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from model.blending import stack
from model.types import BlendType, Layer

from ..entries import Entry
from ..session import Document, Mode

__all__ = [
    "Recipe",
    "Show",
    "merged",
    "pixels_of",
    "premultiplied",
    "recipes_of",
    "recomposition_error",
    "reduced",
    "split_shows_background",
    "stacked",
    "visible_layers",
]

Rect = tuple[int, int, int, int]
"""x, y, width, height in pixels of the picture."""

BAND = 1 << 18
"""Pixels composited at once: a few megabytes of floats."""


class Show(StrEnum):
    ORIGINAL = "original"
    LAYERS = "layers"
    DIFFERENCE = "difference"
    ALPHA = "alpha"


@dataclass(frozen=True, eq=False)
class Recipe:
    """Everything a tile depends on. key: the document's key, then what else decides the pixels (those
    changed in place aside).

    layers: bottom to top, all of them visible.   original: H x W x 3|4.   gain: of the difference.
    """

    show: Show
    original: np.ndarray
    layers: tuple[Layer, ...]
    gain: int
    key: tuple[Any, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width, height in pixels."""
        return self.original.shape[1], self.original.shape[0]


def recipes_of(document: Document) -> tuple[Recipe, ...]:
    """What to show: one recipe, or two for a split view (left, right)."""
    display = document.display
    original = _recipe(document, Show.ORIGINAL)
    if not document.entries or display.mode == Mode.ORIGINAL:
        return (original,)
    if display.mode == Mode.DIFFERENCE:
        return (_recipe(document, Show.DIFFERENCE),)
    if display.mode == Mode.BACKGROUND:
        return (_recipe(document, Show.LAYERS, document.entries[:1]),)
    if display.mode == Mode.SPLIT and split_shows_background(document):
        return original, _recipe(document, Show.LAYERS, document.entries[:1])
    layers = _recipe(document, Show.ALPHA if display.alpha and display.solo else Show.LAYERS)
    return (original, layers) if display.mode == Mode.SPLIT else (layers,)


def split_shows_background(document: Document) -> bool:
    """Whether the right side of the split view is the background: while all layers are shown there is no other."""
    return not document.display.solo and all(entry.layer.visible for entry in document.entries)


def _recipe(document: Document, show: Show, entries: tuple[Entry, ...] | None = None) -> Recipe:
    """entries: instead of the document's, all of them shown."""
    display = document.display
    if entries is not None:
        return _of(document, show, entries, 1)
    entries = document.entries
    if show == Show.ORIGINAL:
        shown = ()
    elif display.solo and show != Show.DIFFERENCE:
        shown = tuple(e.having(opacity=1.0, blend=BlendType.NORMAL) for e in entries if e.key == display.solo)
    else:
        shown = tuple(e for e in entries if e.layer.visible and e.layer.opacity > 0)
    return _of(document, show, shown, display.gain if show == Show.DIFFERENCE else 1)


def _of(document: Document, show: Show, shown: tuple[Entry, ...], gain: int) -> Recipe:
    parts = tuple((e.key, e.layer.opacity, e.layer.blend, e.layer.offset) for e in shown)
    key = (document.key, show, parts, gain)
    return Recipe(show, document.composite.pixels, tuple(e.layer for e in shown), gain, key)


def pixels_of(recipe: Recipe, rect: Rect, step: int = 1) -> np.ndarray:
    """Every `step`-th pixel of a rectangle inside the picture: h x w x 3 or 4 of the document's dtype, straight alpha.

    rect: its left and top are multiples of `step`.
    """
    x, y, w, h = rect
    window = recipe.original[y : y + h : step, x : x + w : step]
    if recipe.show == Show.ORIGINAL:
        return window
    if recipe.show == Show.ALPHA:
        return _alpha(recipe.layers, rect, step, window)
    above = stacked(recipe.layers, rect, step, window.shape[:2], window.dtype)
    if recipe.show == Show.LAYERS:
        return above
    top = int(np.iinfo(window.dtype).max)
    apart = _difference(above, window).astype(np.uint64) * recipe.gain
    return np.minimum(apart, top).astype(window.dtype)


def reduced(recipe: Recipe, rect: Rect, step: int) -> np.ndarray:
    """A rectangle at 1 / step, exactly: each pixel the mean (in the difference: the largest) of step x step pixels.

    h x w x 3 or 4 as `pixels_of`, but colours premultiplied where there are 4. step: a power of two.
    """
    x, y, w, h = rect
    rows = max(step, BAND // max(1, w) // step * step)
    bands = []
    for top in range(y, y + h, rows):
        part = premultiplied(pixels_of(recipe, (x, top, w, min(rows, y + h - top))))
        if step > 1:
            part = _largest(part, step) if recipe.show == Show.DIFFERENCE else _mean(part, step)
        bands.append(part)
    return bands[0] if len(bands) == 1 else np.concatenate(bands)


def stacked(layers: tuple[Layer, ...], rect: Rect, step: int, shape: tuple[int, int], dtype: np.dtype) -> np.ndarray:
    """The layers over nothing: 3 channels where the lowest is opaque there, else 4, straight alpha."""
    out: np.ndarray | None = None
    for layer in layers:
        placed = _placed(layer, rect, step)
        if placed is None:
            continue
        (rows, columns), pixels = placed
        whole = pixels.shape[:2] == shape
        if out is None and whole and layer.opacity == 1 and layer.blend == BlendType.NORMAL:
            out = np.array(pixels)  # over nothing a layer is itself, also under its transparent pixels
            continue
        if out is None:
            out = np.zeros((*shape, 4), dtype)
        if pixels.shape[2] == 3 or pixels[..., 3].any():
            out[rows, columns] = stack(pixels, out[rows, columns], layer.blend, layer.opacity)
    return np.zeros((*shape, 4), dtype) if out is None else out


def premultiplied(pixels: np.ndarray) -> np.ndarray:
    """Colours times alpha, rounded; 3 channels stay as they are. For showing only."""
    if pixels.shape[2] == 3:
        return pixels
    top = int(np.iinfo(pixels.dtype).max)
    out = np.array(pixels)
    alpha = pixels[..., 3:].astype(np.uint32)
    out[..., :3] = (pixels[..., :3] * alpha + top // 2) // top
    return out


def _placed(layer: Layer, rect: Rect, step: int) -> tuple[tuple[slice, slice], np.ndarray] | None:
    """Where in the (stepped) rectangle the layer lies, and its pixels there; None where it does not."""
    x, y, w, h = rect
    left, top = layer.offset
    height, width = layer.pixels.shape[:2]

    def span(start: int, length: int, at: int, size: int) -> tuple[int, int]:
        first = max(0, -(-(at - start) // step))  # the first sample on or after the layer's edge
        last = min(-(-length // step), -(-(at + size - start) // step))
        return first, last

    x0, x1 = span(x, w, left, width)
    y0, y1 = span(y, h, top, height)
    if x0 >= x1 or y0 >= y1:
        return None
    column, row = x + x0 * step - left, y + y0 * step - top
    pixels = layer.pixels[
        row : row + (y1 - y0 - 1) * step + 1 : step, column : column + (x1 - x0 - 1) * step + 1 : step
    ]
    return (slice(y0, y1), slice(x0, x1)), pixels


def _alpha(layers: tuple[Layer, ...], rect: Rect, step: int, window: np.ndarray) -> np.ndarray:
    gray = np.zeros(window.shape[:2], window.dtype)
    for layer in layers:
        placed = _placed(layer, rect, step)
        if placed is not None:
            (rows, columns), pixels = placed
            gray[rows, columns] = pixels[..., 3] if pixels.shape[2] == 4 else np.iinfo(window.dtype).max
    return np.repeat(gray[..., None], 3, axis=2)


def _difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """|a - b| of colours; where either is transparent, the difference of alphas counts in every channel."""
    apart = np.maximum(a[..., :3], b[..., :3]) - np.minimum(a[..., :3], b[..., :3])
    if a.shape[2] == b.shape[2] == 3:
        return apart
    top = np.iinfo(a.dtype).max
    alpha_a = a[..., 3:] if a.shape[2] == 4 else np.full_like(a[..., :1], top)
    alpha_b = b[..., 3:] if b.shape[2] == 4 else np.full_like(b[..., :1], top)
    unseen = (alpha_a == 0) & (alpha_b == 0)
    return np.maximum(np.where(unseen, 0, apart), np.maximum(alpha_a, alpha_b) - np.minimum(alpha_a, alpha_b))


def _padded(pixels: np.ndarray, step: int) -> np.ndarray:
    """Edges repeated, so that `step` divides both sides."""
    down, right = -pixels.shape[0] % step, -pixels.shape[1] % step
    return np.pad(pixels, ((0, down), (0, right), (0, 0)), "edge") if down or right else pixels


def _mean(pixels: np.ndarray, step: int) -> np.ndarray:
    padded = _padded(pixels, step)
    height, width, channels = padded.shape
    # Sums of 2^16 values of 16 bits just fit; a step is at most 256.
    tall = padded.reshape(height // step, step, width * channels).sum(axis=1, dtype=np.uint32)
    total = tall.reshape(height // step, width // step, step, channels).sum(axis=2, dtype=np.uint64)
    return ((total + step * step // 2) // (step * step)).astype(pixels.dtype)


def _largest(pixels: np.ndarray, step: int) -> np.ndarray:
    padded = _padded(pixels, step)
    height, width, channels = padded.shape
    tall = padded.reshape(height // step, step, width * channels).max(axis=1)
    return tall.reshape(height // step, width // step, step, channels).max(axis=2)


def recomposition_error(document: Document, cancelled: Callable[[], bool] = lambda: False) -> int | None:
    """The largest difference in levels between the visible layers, stacked, and the original; None where cancelled."""
    recipe = _recipe(document, Show.DIFFERENCE)
    recipe = replace(recipe, gain=1)
    most = 0
    for rect in _bands(recipe.size):
        if cancelled():
            return None
        most = max(most, int(pixels_of(recipe, rect).max()))
    return most


def merged(layers: tuple[Layer, ...], size: tuple[int, int], dtype: np.dtype) -> np.ndarray:
    """Layers stacked at full size, H x W x 3 (or 4 where something shows through), straight alpha."""
    bands = [stacked(layers, rect, 1, (rect[3], rect[2]), dtype) for rect in _bands(size)]
    if any(band.shape[2] == 4 for band in bands):
        top = np.iinfo(dtype).max
        solid = [(0, 0), (0, 0), (0, 1)]
        bands = [b if b.shape[2] == 4 else np.pad(b, solid, constant_values=top) for b in bands]
    return np.concatenate(bands)


def visible_layers(document: Document) -> tuple[Layer, ...]:
    """Bottom to top."""
    return tuple(entry.layer for entry in document.entries if entry.layer.visible)


def _bands(size: tuple[int, int]) -> list[Rect]:
    width, height = size
    rows = max(1, BAND // width)
    return [(0, top, width, min(rows, height - top)) for top in range(0, height, rows)]
