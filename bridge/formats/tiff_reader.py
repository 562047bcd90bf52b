"""TIFF read: gray, RGB and CMYK through libtiff in all their depths, palettes and the like through Pillow.

Knows nothing of colour conversion or turning.
"""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np

from model.types import Metadata

from ..errors import UnreadablePicture
from .decoded import Decoded
from .exif import exif_of_tiff, orientation, upright_metadata
from .limits import DAMAGED, check_size, decoding
from .photoshop_resources import iptc_of_resources
from .raster_reader import dpi_of, open_picture, samples_of
from .stripes import bands
from .tags import Field, Order, Tag, TagsError, first_directory, numbers

__all__ = ["read_tiff"]

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, INKS, YCBCR = 0, 1, 2, 5, 6
NAMES = {4: "mask", 8: "Lab", 9: "Lab", 10: "Lab", 32803: "raw camera", 32844: "LogLuv", 32845: "LogLuv"}
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
NUMBERS = {SIGNED: "signed", FLOAT: "floating-point", 4: "untyped", 5: "complex", 6: "complex"}
FOREIGN_COMPRESSIONS = {
    **dict.fromkeys((33003, 33004, 33005, 34712), "JPEG 2000"),
    **dict.fromkeys((50002, 52546), "JPEG XL"),
    22610: "JPEG XR",
    34934: "JPEG XR",
    34661: "JBIG",
    34887: "LERC",
}
"""Compression tags that libtiff has no decoder for, by the name of what lies inside."""
PREMULTIPLIED, STRAIGHT = 1, 2
REDUCED = 1
MOST_CHANNELS = 16
JPEG = 7
BY_LIBTIFF = (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, INKS)
SAMPLES_BY_LIBTIFF = ((UNSIGNED, 8), (UNSIGNED, 16), (FLOAT, 16), (FLOAT, 32), (FLOAT, 64))


def read_tiff(data: bytes) -> Decoded:
    """The first picture of a TIFF. Raises UnreadablePicture."""
    try:
        fields, link, order = first_directory(data)
    except TagsError:
        raise UnreadablePicture(DAMAGED) from None

    def number(tag: int, default: int) -> int:
        return next(iter(numbers(fields.get(tag), order)), default)

    size = number(Tag.WIDTH, 0), number(Tag.HEIGHT, 0)
    check_size(*size)
    if number(Tag.SAMPLES, 1) > MOST_CHANNELS:
        raise UnreadablePicture(f"it has {number(Tag.SAMPLES, 1)} channels: convert it to RGB first")
    if number(Tag.SUBFILE, 0) & REDUCED:
        raise UnreadablePicture("its first picture is only a preview (a raw file?): develop or save it as plain TIFF")
    photometric = number(Tag.PHOTOMETRIC, RGB)
    if photometric in NAMES or photometric > YCBCR:
        kind = NAMES.get(photometric, f"number {photometric}")
        raise UnreadablePicture(f"the colour model {kind} cannot be opened: convert it to RGB first")
    compression = number(Tag.COMPRESSION, 1)
    if compression in FOREIGN_COMPRESSIONS:
        inside = FOREIGN_COMPRESSIONS[compression]
        raise UnreadablePicture(
            f"its pixels are compressed as {inside}, which cannot be opened: save it with LZW or none"
        )
    _check_whole(fields, order, len(data))
    bits, kind = number(Tag.BITS, 1), number(Tag.SAMPLE_FORMAT, UNSIGNED)
    notes = ["it holds several pictures: only the first is used"] if any(data[link : link + 4]) else []
    metadata, dpi = Metadata(exif_of_tiff(data)), _dpi(fields, order)
    jpeg_of_inks = photometric == INKS and compression == JPEG
    if (kind, bits) in SAMPLES_BY_LIBTIFF and photometric in BY_LIBTIFF and not jpeg_of_inks:
        plain = _called_rgb(data, fields[Tag.PHOTOMETRIC], order) if photometric == INKS else data
        samples = _by_libtiff(plain, size)
        samples, space = _channels(samples, photometric, numbers(fields.get(Tag.EXTRA_SAMPLES), order), notes)
    elif kind == UNSIGNED and bits <= 8:
        samples, space = _by_pillow(data)
        # Pillow turns a TIFF upright by itself, so that nothing is left to turn but what is said of it.
        if dpi and orientation(metadata.exif) >= 5:
            dpi = dpi[1], dpi[0]
        metadata = upright_metadata(metadata)
    else:
        sort = f"{NUMBERS[kind]} " if kind in NUMBERS else ""
        raise UnreadablePicture(f"{sort}{bits}-bit samples cannot be opened: convert it to unsigned 8 or 16 bits first")
    xmp, icc = fields.get(Tag.XMP), fields.get(Tag.ICC)
    metadata = replace(metadata, xmp=xmp.data if xmp else None, iptc=_iptc(fields))
    return Decoded(samples, space, icc.data if icc else None, dpi, metadata, tuple(notes))


def _iptc(fields: dict[int, Field]) -> bytes | None:
    """IPTC records of their own tag, else of the Photoshop resources."""
    own, resources = fields.get(Tag.IPTC), fields.get(Tag.PHOTOSHOP)
    if own is not None and own.data[:1] == b"\x1c":  # else the bytes of a LONG, swapped
        return own.data
    return iptc_of_resources(resources.data) if resources is not None else None


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


def _called_rgb(data: bytes, photometric: Field, order: Order) -> bytes:
    """The file, its inks called colours: imagecodecs would turn 8-bit inks into RGB unasked, and refuse 16-bit ones."""
    return b"".join([data[: photometric.place], struct.pack(order + "H", RGB), data[photometric.place + 2 :]])


def _by_libtiff(data: bytes, size: tuple[int, int]) -> np.ndarray:
    """H x W x C, of whatever sample type the file has."""
    from imagecodecs import tiff_decode

    width, height = size
    with decoding():
        samples = np.atleast_3d(tiff_decode(data))
    if samples.ndim == 3 and samples.shape[1:] == (height, width):  # channels stored one after another
        samples = np.moveaxis(samples, 0, 2)
    if samples.ndim != 3 or samples.shape[:2] != (height, width):
        raise UnreadablePicture(DAMAGED)
    return samples


def _channels(
    samples: np.ndarray, photometric: int, extra: tuple[int, ...], notes: list[str]
) -> tuple[np.ndarray, str]:
    """The colour channels and, where there is one, a straight alpha, as uint8 or uint16; their colour space."""
    space, count = {RGB: ("RGB", 3), INKS: ("CMYK", 4)}.get(photometric, ("GRAY", 1))
    if samples.shape[2] < count:
        raise UnreadablePicture("its channels do not fit its colour model: save it again as RGB")
    kinds = extra or (STRAIGHT,) * (samples.shape[2] > count)  # an extra channel nobody explains is transparency
    alpha = next((n for n, kind in enumerate(kinds) if kind in (PREMULTIPLIED, STRAIGHT)), None)
    if samples.shape[2] > count + (alpha is not None):
        notes.append("a channel that is not said to be transparency was left out")
    chosen = [*range(count), *([] if alpha is None else [count + alpha])]
    samples = np.ascontiguousarray(samples[:, :, chosen])
    if samples.dtype.kind == "f":
        samples = _whole_numbers(samples)
        notes.append("converted from floating point, 0..1 to 16 bits")
    if photometric == WHITE_IS_ZERO:
        samples[:, :, 0] = np.iinfo(samples.dtype).max - samples[:, :, 0]
    if alpha is not None and kinds[alpha] == PREMULTIPLIED:
        _make_straight(samples)
    return samples, space


def _whole_numbers(samples: np.ndarray) -> np.ndarray:
    """Floats of 0..1 to uint16. Others have no place in a picture of encoded values."""
    low, high = float(samples.min()), float(samples.max())
    if not np.isfinite([low, high]).all():
        raise UnreadablePicture("it has values that are no numbers (NaN or infinite): repair it, save as 16-bit TIFF")
    if low < 0 or high > 1:
        raise UnreadablePicture(
            f"its floating-point values run from {low:.3g} to {high:.3g}, not 0 to 1: tone-map it, save as 16-bit TIFF"
        )
    out = np.empty(samples.shape, np.uint16)
    for band in bands(samples):
        out[band] = np.rint(samples[band].astype(np.float64) * 65535)
    return out


def _make_straight(samples: np.ndarray) -> None:
    """Divide colours that were multiplied by alpha by it again, in place."""
    top = np.iinfo(samples.dtype).max
    for band in bands(samples):
        alpha = samples[band][:, :, -1:].astype(np.uint64)
        colour = (samples[band][:, :, :-1].astype(np.uint64) * top + alpha // 2) // np.maximum(alpha, 1)
        samples[band][:, :, :-1] = np.minimum(colour, top)


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
