"""TIFF written: 8 or 16 bits, deflate with horizontal prediction, in strips. Specification: TIFF 6.0 and supplements.

Pillow cannot write 16-bit colour. Knows nothing of layers.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np

from model.types import Metadata

from .exif import carried
from .stripes import deflated, stripes
from .tags import Field, Order, Tag, pack_directory

__all__ = ["encode_tiff"]

BYTE, SHORT, LONG, RATIONAL, UNDEFINED = 1, 3, 4, 5, 7
ADOBE_DEFLATE, RGB, TOGETHER, HORIZONTAL, STRAIGHT_ALPHA, INCH = 8, 2, 1, 2, 2, 2


def encode_tiff(
    pixels: np.ndarray,
    file: BinaryIO,
    *,
    icc: bytes | None = None,
    dpi: tuple[float, float] | None = None,
    metadata: Metadata | None = None,
) -> None:
    """Write H x W x 3|4 of uint8 or uint16 into `file`, empty and able to seek, in the byte order of its Exif."""
    fields, inner, order = carried(metadata.exif if metadata else None)
    fields |= _described(pixels, dpi, order)
    if icc:
        fields[Tag.ICC] = Field(UNDEFINED, icc)
    if metadata and metadata.xmp:
        fields[Tag.XMP] = Field(BYTE, metadata.xmp)
    if metadata and metadata.iptc:
        fields[Tag.IPTC] = Field(UNDEFINED, metadata.iptc)
    file.write(bytes(8))
    offsets, lengths, rows = _strips(pixels, file, order)
    fields[Tag.STRIP_OFFSETS] = _field(order, LONG, *offsets)
    fields[Tag.STRIP_BYTES] = _field(order, LONG, *lengths)
    fields[Tag.ROWS_PER_STRIP] = _field(order, LONG, rows)
    for tag, directory in inner.items():
        fields[tag] = _field(order, LONG, _append(file, directory, order))
    where = _append(file, fields, order)
    file.seek(0)
    file.write(struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, where))
    file.seek(0, 2)


def _field(order: Order, kind: int, *values: int) -> Field:
    layout = "H" if kind == SHORT else "I"
    return Field(kind, struct.pack(f"{order}{len(values)}{layout}", *values))


def _described(pixels: np.ndarray, dpi: tuple[float, float] | None, order: Order) -> dict[int, Field]:
    """The tags that say what the strips hold."""
    height, width, channels = pixels.shape
    found = {
        Tag.WIDTH: _field(order, LONG, width),
        Tag.HEIGHT: _field(order, LONG, height),
        Tag.BITS: _field(order, SHORT, *[pixels.dtype.itemsize * 8] * channels),
        Tag.COMPRESSION: _field(order, SHORT, ADOBE_DEFLATE),
        Tag.PREDICTOR: _field(order, SHORT, HORIZONTAL),
        Tag.PHOTOMETRIC: _field(order, SHORT, RGB),
        Tag.SAMPLES: _field(order, SHORT, channels),
        Tag.PLANAR: _field(order, SHORT, TOGETHER),
    }
    if channels == 4:
        found[Tag.EXTRA_SAMPLES] = _field(order, SHORT, STRAIGHT_ALPHA)
    if dpi:
        found[Tag.X_RESOLUTION] = _field(order, RATIONAL, round(dpi[0] * 1000), 1000)
        found[Tag.Y_RESOLUTION] = _field(order, RATIONAL, round(dpi[1] * 1000), 1000)
        found[Tag.RESOLUTION_UNIT] = _field(order, SHORT, INCH)
    return found


def _strips(pixels: np.ndarray, file: BinaryIO, order: Order) -> tuple[list[int], list[int], int]:
    """Write each stripe as one strip: offsets, lengths, rows a strip."""
    offsets, lengths, rows = [], [], 0
    for stripe in stripes(pixels):
        offsets.append(file.tell())
        for chunk in deflated([_predicted(stripe, order)]):
            file.write(chunk)
        lengths.append(file.tell() - offsets[-1])
        rows = max(rows, len(stripe))
    return offsets, lengths, rows


def _predicted(stripe: np.ndarray, order: Order) -> np.ndarray:
    """Each sample less that of the pixel to its left, modulo its range."""
    out = stripe.copy()
    np.subtract(stripe[:, 1:], stripe[:, :-1], out=out[:, 1:])
    return np.ascontiguousarray(out, out.dtype.newbyteorder(order))


def _append(file: BinaryIO, fields: dict[int, Field], order: Order) -> int:
    """Write a directory at the file's (even) end; returns where."""
    file.write(bytes(file.tell() % 2))
    where = file.tell()
    file.write(pack_directory(fields, where, order))
    return where
