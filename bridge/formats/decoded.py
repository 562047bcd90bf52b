"""What a reader found, and how it becomes a `Composite`: colour to RGB, then upright.

Knows nothing of formats.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from model.types import Composite, Metadata

from .colour import in_rgb
from .exif import orientation, turned, upright_metadata
from .pixels import to_8_bit, without_idle_alpha

__all__ = ["Decoded", "composite_of", "mask_of"]

CHANNELS = {"GRAY": 1, "RGB": 3, "CMYK": 4}


@dataclass(frozen=True, eq=False)
class Decoded:
    """Samples as they stand in a file, before colour conversion and before turning.

    samples: uint8 or uint16, H x W x C: the channels of `space` ("GRAY", "RGB", "CMYK"), then perhaps alpha.
    metadata: as stored; its Exif starts with the TIFF header.
    """

    samples: np.ndarray
    space: str
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    metadata: Metadata = field(default_factory=Metadata)
    notes: tuple[str, ...] = ()


def composite_of(found: Decoded) -> Composite:
    """In RGB, upright, without an alpha that is opaque everywhere."""
    count = CHANNELS[found.space]
    colour = found.samples[:, :, :count] if found.space != "RGB" else found.samples
    pixels, icc, notes = in_rgb(colour, found.space, found.icc)
    if found.space != "RGB" and found.samples.shape[2] > count:
        pixels = np.concatenate([pixels, found.samples[:, :, count:]], axis=2)
    pixels = without_idle_alpha(pixels)
    how = orientation(found.metadata.exif)
    dpi = (found.dpi[1], found.dpi[0]) if found.dpi and how >= 5 else found.dpi
    metadata = upright_metadata(found.metadata)
    return Composite(turned(pixels, how), icc, dpi, metadata, (*found.notes, *notes))


def mask_of(found: Decoded) -> np.ndarray:
    """uint8 H x W: the alpha where some pixel is not opaque, else how light the picture is (its values as stored)."""
    count = CHANNELS[found.space]
    samples = to_8_bit(found.samples)
    if samples.shape[2] > count and int(samples[:, :, count].min()) < 255:
        gray = samples[:, :, count]
    elif found.space == "GRAY":
        gray = samples[:, :, 0]
    else:
        colour, _, _ = in_rgb(samples[:, :, :count], found.space, None)
        red, green, blue = (colour[:, :, index].astype(np.uint32) for index in range(3))
        gray = ((299 * red + 587 * green + 114 * blue + 500) // 1000).astype(np.uint8)  # ITU-R BT.601
    return turned(gray, orientation(found.metadata.exif))
