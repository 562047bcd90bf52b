"""A picture that was resized after the overlay came into it: the overlay's planes, drawn at the original size, follow.

The usual programs differ in the kernel: OpenCV's and those that widen their kernel where a picture is made smaller
(Pillow, ImageMagick). Which one it was shows at the overlay's edges. Knows nothing of overlays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor

import numpy as np

from ..types import Box

__all__ = ["Kernel", "Resize"]


class Kernel(StrEnum):
    """AREA: the mean over what a pixel covers. SHARP_CUBIC: OpenCV's, Keys with a = -0.75, never widened. LINEAR: the
    same with two pixels. The others are widened: TRIANGLE, CUBIC (a = -0.5) and LANCZOS (3)."""

    AREA = "area"
    SHARP_CUBIC = "sharp cubic"
    LINEAR = "linear"
    TRIANGLE = "triangle"
    CUBIC = "cubic"
    LANCZOS = "lanczos"

    @classmethod
    def usual(cls, enlarged: bool) -> tuple[Kernel, ...]:
        """Those with which programs enlarge, or make smaller; the first are the most frequent."""
        if enlarged:
            return cls.SHARP_CUBIC, cls.CUBIC, cls.LINEAR, cls.LANCZOS
        return cls.AREA, cls.CUBIC, cls.LANCZOS, cls.TRIANGLE, cls.LINEAR


def _keys(a: float) -> Callable[[np.ndarray], np.ndarray]:
    """Keys's cubic convolution kernel (1981)."""

    def value(t: np.ndarray) -> np.ndarray:
        t = np.abs(t)
        near = (a + 2) * t**3 - (a + 3) * t**2 + 1
        far = a * (t**3 - 5 * t**2 + 8 * t - 4)
        return np.where(t < 1, near, np.where(t < 2, far, 0.0))

    return value


_SHAPES: dict[Kernel, tuple[Callable[[np.ndarray], np.ndarray], int, bool]] = {
    Kernel.SHARP_CUBIC: (_keys(-0.75), 2, False),
    Kernel.LINEAR: (lambda t: np.maximum(1 - np.abs(t), 0), 1, False),
    Kernel.TRIANGLE: (lambda t: np.maximum(1 - np.abs(t), 0), 1, True),
    Kernel.CUBIC: (_keys(-0.5), 2, True),
    Kernel.LANCZOS: (lambda t: np.where(np.abs(t) < 3, np.sinc(t) * np.sinc(t / 3), 0.0), 3, True),
}
"""Kernel, its reach, and whether it is widened."""


@dataclass(frozen=True)
class Resize:
    """original, size: width, height before and after, whole pixels."""

    original: tuple[int, int]
    size: tuple[int, int]
    kernel: Kernel

    @property
    def factors(self) -> tuple[float, float]:
        """Original pixels a pixel, across and down."""
        return self.original[0] / self.size[0], self.original[1] / self.size[1]

    def source(self, box: Box) -> Box:
        """The rectangle of the original picture that `box` is made of; it may reach beyond the picture."""
        x, y, w, h = box
        (left, right), (top, bottom) = (
            self._reach(start, count, k) for k, (start, count) in enumerate(((x, w), (y, h)))
        )
        return left, top, right - left, bottom - top

    def apply(self, planes: np.ndarray, box: Box) -> np.ndarray:
        """float32 h x w x c over `box`, of planes over `source(box)`."""
        x, y, w, h = box
        return _along(_along(planes, *self._weights(y, h, 1), 0), *self._weights(x, w, 0), 1)

    def _reach(self, start: int, count: int, axis: int) -> tuple[int, int]:
        factor, reach = self.factors[axis], self._span(axis) / 2
        return floor((start + 0.5) * factor - reach) - 1, ceil((start + count - 0.5) * factor + reach) + 1

    def _span(self, axis: int) -> float:
        """Original pixels that one pixel is made of."""
        factor = self.factors[axis]
        if self.kernel is Kernel.AREA:
            return max(factor, 1.0)
        _, reach, widened = _SHAPES[self.kernel]
        return 2 * reach * (max(factor, 1.0) if widened else 1.0)

    def _weights(self, start: int, count: int, axis: int) -> tuple[np.ndarray, np.ndarray]:
        """First source index (from the left of `source`) of each of `count` pixels, and its weights, count x taps."""
        factor, span = self.factors[axis], self._span(axis)
        centre = (start + np.arange(count) + 0.5) * factor
        first = np.floor(centre - span / 2).astype(int)
        at = first[:, None] + np.arange(ceil(span) + 1)
        if self.kernel is Kernel.AREA:
            half = max(factor, 1.0) / 2
            low, high = (centre - half)[:, None], (centre + half)[:, None]
            weight = (np.minimum(at + 1, high) - np.maximum(at, low)).clip(0)
        else:
            shape, _, widened = _SHAPES[self.kernel]
            weight = shape((at + 0.5 - centre[:, None]) / (max(factor, 1.0) if widened else 1.0))
        weight = weight / weight.sum(axis=1, keepdims=True)
        return first - self._reach(start, count, axis)[0], weight.astype(np.float32)


def _along(planes: np.ndarray, first: np.ndarray, weight: np.ndarray, axis: int) -> np.ndarray:
    """Weighted means of runs of rows (axis 0) or columns (axis 1)."""
    shape = (-1, 1, 1) if axis == 0 else (1, -1, 1)
    out = np.zeros([len(first) if k == axis else n for k, n in enumerate(planes.shape)], np.float32)
    for k in range(weight.shape[1]):
        out += planes.take(first + k, axis=axis) * weight[:, k].reshape(shape)
    return out
