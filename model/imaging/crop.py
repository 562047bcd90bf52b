"""The part of a composite that a method works on: float, opaque, at a working resolution.

Knows nothing of what is looked for in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import BlendType, Box, Estimate, Request
from .resample import fit_pixels, reduce_to

__all__ = ["Crop", "crop_request"]


@dataclass(frozen=True, eq=False)
class Crop:
    """A crop of a composite at a working resolution.

    Attributes
    ----------
    pixels : float32 h x w x 3, 0..1 of the encoded range
    hint : float32 h x w, 0..1, or None where the user gave none
    box : Box
        The native rectangle of the composite that the h x w grid covers.
    """

    pixels: np.ndarray
    hint: np.ndarray | None
    box: Box

    @property
    def shape(self) -> tuple[int, int]:
        """h, w of the grid."""
        return self.pixels.shape[0], self.pixels.shape[1]

    def estimate(
        self, emission: np.ndarray, transmission: np.ndarray, alpha: np.ndarray, blend: BlendType, confidence: float
    ) -> Estimate:
        """An Estimate over the box of this crop, float16.

        Parameters
        ----------
        emission, transmission : broadcast to h x w x 3, clipped to 0..1
        alpha : broadcasts to h x w, clipped to 0..1
        blend, confidence : as in `Estimate`
        """
        full = (*self.shape, 3)
        return Estimate(
            emission=np.clip(np.broadcast_to(emission, full), 0, 1).astype(np.float16),
            transmission=np.clip(np.broadcast_to(transmission, full), 0, 1).astype(np.float16),
            alpha=np.clip(np.broadcast_to(alpha, self.shape), 0, 1).astype(np.float16),
            blend=blend,
            confidence=confidence,
            box=self.box,
        )


def crop_request(request: Request, max_pixels: int, box: Box | None = None) -> Crop:
    """Crop the composite and hint of a request, reduced by area averaging.

    Parameters
    ----------
    request : Request
    max_pixels : int
        The crop is reduced in proportion to about this many pixels; a smaller one stays native.
    box : Box, optional
        In native pixels, inside the composite; default: all of it.
    """
    composite = request.composite.pixels
    x, y, w, h = box or (0, 0, composite.shape[1], composite.shape[0])
    size = fit_pixels((w, h), max_pixels)
    top = float(np.iinfo(composite.dtype).max)
    pixels = reduce_to(composite[y : y + h, x : x + w, :3], size).astype(np.float32) / top
    hint = None
    if request.hint is not None:
        hint = reduce_to(request.hint[y : y + h, x : x + w], size).astype(np.float32) / 255
    return Crop(pixels, hint, (x, y, w, h))
