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
    height, width, channels = pixels.shape

    def put(tag: int, kind: int, *values: int) -> None:
        layout = {SHORT: "H", LONG: "I", RATIONAL: "I"}[kind]
        fields[tag] = Field(kind, struct.pack(f"{order}{len(values)}{layout}", *values))

    put(Tag.WIDTH, LONG, width)
    put(Tag.HEIGHT, LONG, height)
    put(Tag.BITS, SHORT, *[pixels.dtype.itemsize * 8] * channels)
    put(Tag.COMPRESSION, SHORT, ADOBE_DEFLATE)
    put(Tag.PREDICTOR, SHORT, HORIZONTAL)
    put(Tag.PHOTOMETRIC, SHORT, RGB)
    put(Tag.SAMPLES, SHORT, channels)
    put(Tag.PLANAR, SHORT, TOGETHER)
    if channels == 4:
        put(Tag.EXTRA_SAMPLES, SHORT, STRAIGHT_ALPHA)
    if dpi:
        put(Tag.X_RESOLUTION, RATIONAL, round(dpi[0] * 1000), 1000)
        put(Tag.Y_RESOLUTION, RATIONAL, round(dpi[1] * 1000), 1000)
        put(Tag.RESOLUTION_UNIT, SHORT, INCH)
    if icc:
        fields[Tag.ICC] = Field(UNDEFINED, icc)
    if metadata and metadata.xmp:
        fields[Tag.XMP] = Field(BYTE, metadata.xmp)
    file.write(bytes(8))
    offsets, lengths, rows = _strips(pixels, file, order)
    put(Tag.STRIP_OFFSETS, LONG, *offsets)
    put(Tag.STRIP_BYTES, LONG, *lengths)
    put(Tag.ROWS_PER_STRIP, LONG, rows)
    for tag, directory in inner.items():
        put(tag, LONG, _append(file, directory, order))
    where = _append(file, fields, order)
    file.seek(0)
    file.write(struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, where))
    file.seek(0, 2)


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
