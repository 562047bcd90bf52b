"""A picture as the classic methods see it: small, float, opaque. Knows nothing of what is looked for."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..types import BlendType, Box, Estimate, Request

__all__ = ["View", "look"]


@dataclass(frozen=True, eq=False)
class View:
    """pixels: float32 h x w x 3, 0..1 encoded values. hint: float32 h x w, 0..1, or None.

    box: the native rectangle of the composite that the grid covers.
    """

    pixels: np.ndarray
    hint: np.ndarray | None
    box: Box

    @property
    def shape(self) -> tuple[int, int]:
        return self.pixels.shape[0], self.pixels.shape[1]

    def estimate(
        self, emission: np.ndarray, transmission: np.ndarray, alpha: np.ndarray, blend: BlendType, confidence: float
    ) -> Estimate:
        """An Estimate over this view's box; emission and transmission broadcast to h x w x 3, clipped to 0..1."""
        full = (*self.shape, 3)
        return Estimate(
            emission=np.clip(np.broadcast_to(emission, full), 0, 1).astype(np.float16),
            transmission=np.clip(np.broadcast_to(transmission, full), 0, 1).astype(np.float16),
            alpha=np.clip(np.broadcast_to(alpha, self.shape), 0, 1).astype(np.float16),
            blend=blend,
            confidence=confidence,
            box=self.box,
        )


def look(request: Request, pixels_at_most: int, box: Box | None = None) -> View:
    """The part `box` of the composite (default: all), reduced by area averaging to at most that many pixels."""
    composite = request.composite.pixels
    x, y, w, h = box or (0, 0, composite.shape[1], composite.shape[0])
    scale = min(1.0, (pixels_at_most / (w * h)) ** 0.5)
    size = max(1, round(w * scale)), max(1, round(h * scale))
    top = float(np.iinfo(composite.dtype).max)
    small = _reduced(composite[y : y + h, x : x + w, :3], size).astype(np.float32) / top
    hint = None
    if request.hint is not None:
        hint = _reduced(request.hint[y : y + h, x : x + w], size).astype(np.float32) / 255
    return View(small, hint, (x, y, w, h))


def _reduced(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if (pixels.shape[1], pixels.shape[0]) == size:
        return np.ascontiguousarray(pixels)
    return cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
