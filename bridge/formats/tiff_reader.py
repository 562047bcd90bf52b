"""TIFF read: what Pillow opens with full depth through Pillow, the rest through libtiff.

Knows nothing of colour conversion or turning.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from model.types import Metadata

from ..errors import UnreadablePicture
from .decoded import Decoded
from .exif import exif_of_tiff, orientation, upright_metadata
from .limits import DAMAGED, check_size, decoding
from .raster_reader import dpi_of, open_picture, samples_of
from .tags import Field, Order, Tag, TagsError, first_directory, numbers

__all__ = ["read_tiff"]

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, INKS, YCBCR = 0, 1, 2, 3, 5, 6
NAMES = {4: "mask", 8: "Lab", 9: "Lab", 10: "Lab", 32803: "raw camera", 32844: "LogLuv", 32845: "LogLuv"}
UNSIGNED, FLOAT = 1, 3
PREMULTIPLIED, STRAIGHT = 1, 2
REDUCED = 1


def read_tiff(data: bytes) -> Decoded:
    """The first picture of a TIFF. Raises UnreadablePicture."""
    try:
        fields, link, order = first_directory(data)
    except TagsError:
        raise UnreadablePicture(DAMAGED) from None

    def number(tag: int, default: int) -> int:
        return next(iter(numbers(fields.get(tag), order)), default)

    check_size(number(Tag.WIDTH, 0), number(Tag.HEIGHT, 0))
    if number(Tag.SUBFILE, 0) & REDUCED:
        raise UnreadablePicture("its first picture is only a preview (a raw file?): develop or save it as plain TIFF")
    photometric = number(Tag.PHOTOMETRIC, RGB)
    if photometric in NAMES or photometric > YCBCR:
        kind = NAMES.get(photometric, f"number {photometric}")
        raise UnreadablePicture(f"the colour model {kind} cannot be opened: convert it to RGB first")
    _check_whole(fields, order, len(data))
    bits, kind = number(Tag.BITS, 1), number(Tag.SAMPLE_FORMAT, UNSIGNED)
    notes = ["it holds several pictures: only the first is used"] if any(data[link : link + 4]) else []
    metadata, dpi = Metadata(exif_of_tiff(data)), _dpi(fields, order)
    if (kind == UNSIGNED and bits <= 8) or photometric in (PALETTE, YCBCR):
        samples, space = _by_pillow(data)
        # Pillow turns a TIFF upright by itself, so that nothing is left to turn but what is said of it.
        if dpi and orientation(metadata.exif) >= 5:
            dpi = dpi[1], dpi[0]
        metadata = upright_metadata(metadata)
    elif (kind, bits) in ((UNSIGNED, 16), (FLOAT, 16), (FLOAT, 32), (FLOAT, 64)):
        samples, space = _by_libtiff(data, fields, order, photometric, notes)
    else:
        raise UnreadablePicture(f"{bits}-bit samples cannot be opened: convert it to 8 or 16 bits first")
    xmp, icc = fields.get(Tag.XMP), fields.get(Tag.ICC)
    metadata = replace(metadata, xmp=xmp.data if xmp else None)
    return Decoded(samples, space, icc.data if icc else None, dpi, metadata, tuple(notes))


def _check_whole(fields: dict[int, Field], order: Order, length: int) -> None:
    """Refuse a file that ends before its pixels: libtiff would say so in words of its own, some decoders not at all."""
    for where, size in ((Tag.STRIP_OFFSETS, Tag.STRIP_BYTES), (Tag.TILE_OFFSETS, Tag.TILE_BYTES)):
        places, sizes = numbers(fields.get(where), order), numbers(fields.get(size), order)
        if any(place + count > length for place, count in zip(places, sizes, strict=False)):
            raise UnreadablePicture(DAMAGED)


def _by_pillow(data: bytes) -> tuple[np.ndarray, str]:
    picture = open_picture(data, "TIFF")
    with decoding():
        picture.load()
        return samples_of(picture)


def _by_libtiff(
    data: bytes, fields: dict[int, Field], order: Order, photometric: int, notes: list[str]
) -> tuple[np.ndarray, str]:
    from imagecodecs import tiff_decode

    with decoding():
        samples = np.atleast_3d(tiff_decode(data))
        if numbers(fields.get(Tag.PLANAR), order)[:1] == (2,) and samples.shape[0] <= 5:
            samples = np.moveaxis(samples, 0, 2)
    space, count = {RGB: ("RGB", 3), INKS: ("CMYK", 4)}.get(photometric, ("GRAY", 1))
    if samples.shape[2] < count:
        raise UnreadablePicture("its channels do not fit its colour model: save it again as RGB")
    if samples.dtype.kind == "f":
        samples = _whole_numbers(samples)
        notes.append("converted from floating point, 0..1 to 16 bits")
    if photometric == WHITE_IS_ZERO:
        samples = np.concatenate([65535 - samples[:, :, :1], samples[:, :, 1:]], axis=2)
    extra = numbers(fields.get(Tag.EXTRA_SAMPLES), order)
    if samples.shape[2] == count:
        return np.ascontiguousarray(samples), space
    if extra and extra[0] not in (PREMULTIPLIED, STRAIGHT):
        notes.append("a channel that is not said to be transparency was left out")
        return np.ascontiguousarray(samples[:, :, :count]), space
    samples = np.ascontiguousarray(samples[:, :, : count + 1])
    return (_straight(samples) if extra[:1] == (PREMULTIPLIED,) else samples), space


def _whole_numbers(samples: np.ndarray) -> np.ndarray:
    """Floats of 0..1 to uint16. Others have no place in a picture of encoded values."""
    if not np.isfinite(samples).all():
        raise UnreadablePicture("it has values that are no numbers (NaN or infinite): repair it, save as 16-bit TIFF")
    if samples.min() < 0 or samples.max() > 1:
        low, high = float(samples.min()), float(samples.max())
        raise UnreadablePicture(
            f"its floating-point values run from {low:.3g} to {high:.3g}, not 0 to 1: tone-map it, save as 16-bit TIFF"
        )
    return np.rint(samples * np.float64(65535)).astype(np.uint16)


def _straight(samples: np.ndarray) -> np.ndarray:
    """Colours that were multiplied by alpha, divided by it again."""
    alpha = samples[:, :, -1:].astype(np.uint64)
    colour = (samples[:, :, :-1].astype(np.uint64) * 65535 + alpha // 2) // np.maximum(alpha, 1)
    return np.concatenate([np.minimum(colour, 65535).astype(np.uint16), samples[:, :, -1:]], axis=2)


def _dpi(fields: dict[int, Field], order: Order) -> tuple[float, float] | None:
    unit = next(iter(numbers(fields.get(Tag.RESOLUTION_UNIT), order)), 2)
    scale = {2: 1.0, 3: 2.54}.get(unit)
    found = []
    for tag in (Tag.X_RESOLUTION, Tag.Y_RESOLUTION):
        field = fields.get(tag)
        if scale is None or field is None or field.kind != 5 or field.count != 1:
            return None
        above, below = numbers(Field(4, field.data), order)
        found.append(scale * above / below if below else 0.0)
    return dpi_of(found)
