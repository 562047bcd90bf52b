"""Orientation: read from Exif, applied to pixels, and the Exif and XMP that came along made to agree.

Knows nothing of files. Specification: Exif 2.32 (CIPA DC-008), tag 274; XMP part 2, tiff:Orientation.
"""

from __future__ import annotations

import re
import struct
from dataclasses import replace

import numpy as np

from model.types import Metadata

from .tags import Field, Order, Tag, TagsError, directory_at, first_directory, numbers, pack_directory

__all__ = ["carried", "exif_of_tiff", "orientation", "turned", "upright_metadata"]

UPRIGHT = 1
XMP_ORIENTATION = re.compile(rb"(tiff:Orientation\s*=\s*[\"']|<tiff:Orientation>\s*)([2-8])")
SHORT, LONG = 3, 4

ABOUT_PIXELS = {  # what the tags of a file say of the pixels beside them: not true of other pixels
    *(Tag.SUBFILE, Tag.WIDTH, Tag.HEIGHT, Tag.BITS, Tag.COMPRESSION, Tag.PHOTOMETRIC, Tag.STRIP_OFFSETS),
    *(Tag.SAMPLES, Tag.ROWS_PER_STRIP, Tag.STRIP_BYTES, Tag.PLANAR, Tag.PREDICTOR, Tag.COLOUR_MAP),
    *(Tag.TILE_WIDTH, Tag.TILE_HEIGHT, Tag.TILE_OFFSETS, Tag.TILE_BYTES, Tag.SUB_DIRECTORIES, Tag.EXTRA_SAMPLES),
    *(Tag.SAMPLE_FORMAT, Tag.JPEG_TABLES, Tag.XMP, Tag.ICC, Tag.THUMBNAIL_OFFSET, Tag.THUMBNAIL_BYTES),
    *(Tag.PHOTOSHOP, Tag.IPTC, Tag.EXIF, Tag.GPS),
}


def orientation(exif: bytes | None) -> int:
    """1..8 as Exif numbers them; 1 (upright) where nothing sensible is said."""
    try:
        fields, _, order = first_directory(exif or b"")
    except TagsError:
        return UPRIGHT
    value = numbers(fields.get(Tag.ORIENTATION), order)[:1]
    return value[0] if value and 1 <= value[0] <= 8 else UPRIGHT


def turned(pixels: np.ndarray, how: int) -> np.ndarray:
    """Stored pixels as they are to be seen. how: 1..8 as Exif numbers orientations."""
    if how >= 5:  # rows are columns
        pixels = pixels.swapaxes(0, 1)
    if how in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if how in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def upright_metadata(metadata: Metadata) -> Metadata:
    """The same said of the turned picture: orientation 1, sizes swapped where needed, no thumbnail.

    The thumbnail would show the picture as it was, the mark included. Everything else stays, byte for byte.
    """
    xmp = metadata.xmp and XMP_ORIENTATION.sub(rb"\g<1>1", metadata.xmp)
    if metadata.exif is None:
        return replace(metadata, xmp=xmp)
    data = bytearray(metadata.exif)
    try:
        fields, link, order = first_directory(metadata.exif)
    except TagsError:
        return replace(metadata, exif=None, xmp=xmp)
    data[link : link + 4] = bytes(4)  # the next directory would be the thumbnail's
    for tag in (Tag.THUMBNAIL_OFFSET, Tag.THUMBNAIL_BYTES):
        if tag in fields:
            data[fields[tag].place : fields[tag].place + 4] = bytes(4)
    turn = fields.get(Tag.ORIENTATION)
    if turn and turn.kind == SHORT and turn.count == 1:
        struct.pack_into(order + "H", data, turn.place, UPRIGHT)
    if orientation(metadata.exif) >= 5:
        _swap_sizes(data, fields, order)
    return replace(metadata, exif=bytes(data), xmp=xmp)


def _swap_sizes(data: bytearray, fields: dict[int, Field], order: Order) -> None:
    for place in numbers(fields.get(Tag.EXIF), order)[:1]:
        try:
            inner, _ = directory_at(bytes(data), place, order)
        except TagsError:
            return
        width, height = inner.get(Tag.EXIF_WIDTH), inner.get(Tag.EXIF_HEIGHT)
        if width and height and width.kind == height.kind and len(width.data) == len(height.data) <= 4:
            data[width.place : width.place + len(width.data)] = height.data
            data[height.place : height.place + len(height.data)] = width.data


Carried = tuple[dict[int, Field], dict[int, dict[int, Field]], Order]


def carried(data: bytes | None) -> Carried:
    """What an Exif block or a TIFF says of the photograph, not of its own pixels.

    Returns the fields, the Exif and GPS directories by their tags, and the byte order of all values.
    """
    try:
        fields, _, order = first_directory(data or b"")
    except TagsError:
        return {}, {}, "<"
    inner = {}
    for tag in (Tag.EXIF, Tag.GPS):
        for place in numbers(fields.get(tag), order)[:1]:
            try:
                inner[tag], _ = directory_at(data or b"", place, order)
            except TagsError:
                continue
            inner[tag].pop(Tag.INTEROPERABILITY, None)  # a link that would lead nowhere
    return {tag: field for tag, field in fields.items() if tag not in ABOUT_PIXELS}, inner, order


def exif_of_tiff(data: bytes) -> bytes | None:
    """The Exif block that a TIFF file's tags amount to; None where they say nothing of it but its resolution."""
    fields, inner, order = carried(data)
    if not inner and not fields.keys() - {Tag.X_RESOLUTION, Tag.Y_RESOLUTION, Tag.RESOLUTION_UNIT}:
        return None
    block = bytearray(struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, 0))
    for tag, directory in inner.items():
        block += bytes(len(block) % 2)
        fields[tag] = Field(LONG, struct.pack(order + "I", len(block)))
        block += pack_directory(directory, len(block), order)
    block += bytes(len(block) % 2)
    struct.pack_into(order + "I", block, 4, len(block))
    return bytes(block + pack_directory(fields, len(block), order))
