"""A tiled watermark, taken off by all its repeats together: they agree before the closed-form fit, and decide after it.

Brings estimates onto one grid for `repeats` and `pooling`, which do the work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..types import Box, Estimate, Request
from .pooling import Mark, agreed, fitted
from .repeats import Shift, repeats

__all__ = ["Tiled", "tiled"]

PIXELS = 1_500_000
"""The repeats are compared on at most this many; a larger mark is reduced for it."""

PRESENT = 0.04
"""Alpha from which a pixel belongs to the mask that is fitted."""


@dataclass(frozen=True, eq=False)
class Tiled:
    """picture: float32 h x w x 3, 0..1, over `top.box`.   top: the mark as its repeats agree on it."""

    picture: np.ndarray
    shifts: list[Shift]
    top: Estimate

    def solved(self, believed: Estimate) -> tuple[Estimate, np.ndarray]:
        """(the mark that suits all repeats, the background beneath it: float16 over its box).

        believed: the same mark as the network or the closed-form fit has it, on any grid within the box.
        """
        mask = self.top.alpha > PRESENT
        before = on_grid(believed, self.top.box, mask.shape)
        mark, beneath = fitted(self.picture, before, mask, self.top.blend, self.shifts)
        return estimate_of(mark, self.top), beneath.astype(np.float16)


def tiled(request: Request, estimate: Estimate) -> Tiled | None:
    """None where the mark does not repeat itself."""
    x, y, width, height = estimate.box
    rows, columns = estimate.alpha.shape
    scale = min(1.0, (PIXELS / (rows * columns)) ** 0.5)
    shape = max(1, round(rows * scale)), max(1, round(columns * scale))
    alpha = resized(estimate.alpha, shape)
    shifts = repeats(alpha)
    if not shifts:
        return None
    pixels = request.composite.pixels[y : y + height, x : x + width, :3]
    picture = cv2.resize(pixels, shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    picture *= np.float32(1 / np.iinfo(pixels.dtype).max)
    mark = Mark(resized(estimate.emission, shape), resized(estimate.transmission, shape), alpha)
    return Tiled(picture, shifts, estimate_of(agreed(mark, shifts), estimate))


def estimate_of(mark: Mark, like: Estimate) -> Estimate:
    half = np.float16
    emission, transmission = mark.emission.astype(half), mark.transmission.astype(half)
    return replace(like, emission=emission, transmission=transmission, alpha=mark.alpha.astype(half))


def resized(plane: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """float32; shrinking averages. One channel at a time: a float32 copy of a whole native estimate weighs too much."""
    if plane.ndim == 3:
        return np.stack([resized(channel, shape) for channel in np.moveaxis(plane, -1, 0)], axis=-1)
    kind = cv2.INTER_AREA if shape[0] < plane.shape[0] else cv2.INTER_LINEAR
    return cv2.resize(plane.astype(np.float32), shape[::-1], interpolation=kind)


def on_grid(estimate: Estimate, box: Box, shape: tuple[int, int]) -> Mark:
    """The estimate on a grid of `shape` over `box`, which holds its own box; no mark outside that."""
    fx, fy = shape[1] / box[2], shape[0] / box[3]
    x, y = estimate.box[0] - box[0], estimate.box[1] - box[1]
    left, top = round(x * fx), round(y * fy)
    right, bottom = max(left + 1, round((x + estimate.box[2]) * fx)), max(top + 1, round((y + estimate.box[3]) * fy))
    here, part = np.s_[top:bottom, left:right], (bottom - top, right - left)
    mark = Mark(np.zeros((*shape, 3), np.float32), np.ones((*shape, 3), np.float32), np.zeros(shape, np.float32))
    mark.emission[here] = resized(estimate.emission, part)
    mark.transmission[here] = resized(estimate.transmission, part)
    mark.alpha[here] = resized(estimate.alpha, part)
    return mark
