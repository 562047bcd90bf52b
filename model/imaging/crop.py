"""The part of a composite that a method works on: float, opaque, at a working resolution.

Knows nothing of what is looked for in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..types import BlendType, Box, Estimate, Request
from .resample import fit_pixels, reduce_to

__all__ = ["HINTED", "Crop", "crop_request", "resample_to_crop"]


HINTED = 76
"""Level of a hint, of 255, above which a pixel is hinted."""


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

    @property
    def hinted(self) -> np.ndarray:
        """bool h x w: where the hint is, which must be given."""
        assert self.hint is not None
        return self.hint > HINTED / 255

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
    pixels = reduce_to(composite[y : y + h, x : x + w, :3], size).astype(np.float32)
    pixels /= np.float32(top)
    hint = None
    if request.hint is not None:
        hint = reduce_to(request.hint[y : y + h, x : x + w], size).astype(np.float32)
        hint /= np.float32(255)
    return Crop(pixels, hint, (x, y, w, h))


def resample_to_crop(estimate: Estimate, crop: Crop) -> Estimate:
    """Resample an estimate to the box and resolution of a crop.

    Returns float32; emission 0, transmission 1 and alpha 0 where the crop reaches beyond the estimate's box. Areas are
    averaged where the crop is coarser, interpolated where it is finer.
    """
    box, shape = estimate.box, estimate.alpha.shape
    if box == crop.box and shape == crop.shape:
        emission, transmission, alpha = (
            plane.astype(np.float32) for plane in (estimate.emission, estimate.transmission, estimate.alpha)
        )
        return replace(estimate, emission=emission, transmission=transmission, alpha=alpha)
    shared = [
        (max(crop.box[i], box[i]), min(crop.box[i] + crop.box[i + 2], box[i] + box[i + 2]))  # along x, along y
        for i in (0, 1)
    ]
    of = tuple(cells(shared[i], (box[i], box[i + 2]), shape[1 - i]) for i in (1, 0))
    to = tuple(cells(shared[i], (crop.box[i], crop.box[i + 2]), crop.shape[1 - i]) for i in (1, 0))

    def on_crop(plane: np.ndarray, outside: float) -> np.ndarray:
        out = np.full(crop.shape, outside, np.float32)
        part = out[to]
        kind = cv2.INTER_AREA if part.shape[0] < plane[of].shape[0] else cv2.INTER_LINEAR
        part[:] = cv2.resize(plane[of].astype(np.float32), part.shape[::-1], interpolation=kind)
        return out

    def each(planes: np.ndarray, outside: float) -> np.ndarray:
        """One channel at a time: the float32 copy of a whole native estimate was the peak of all memory."""
        out = np.empty((*crop.shape, planes.shape[-1]), np.float32)
        for k in range(planes.shape[-1]):
            out[..., k] = on_crop(planes[..., k], outside)
        return out

    return replace(
        estimate, emission=each(estimate.emission, 0), transmission=each(estimate.transmission, 1),
        alpha=on_crop(estimate.alpha, 0), box=crop.box,
    )  # fmt: skip


def cells(span: tuple[int, int], along: tuple[int, int], count: int) -> slice:
    """The cells, at least one, of a grid of `count` over along = (start, length) that a native span covers."""
    start, length = along
    first = min(round((span[0] - start) * count / length), count - 1)
    return slice(first, max(first + 1, round((span[1] - start) * count / length)))
