"""Directories of tags, as TIFF files and Exif blocks hold them: read leniently, packed exactly.

Specification: TIFF 6.0, section 2, and BigTIFF for reading. Values stay bytes in the file's own order, so that
what is copied is copied unchanged. Knows nothing of pixels.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["Field", "Tag", "TagsError", "directory_at", "first_directory", "numbers", "pack_directory"]

Order = Literal["<", ">"]
MOST_ENTRIES = 4096
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
UNSIGNED = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}


class Tag:
    """The tags we read or write."""

    SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
    STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_BYTES = 273, 274, 277, 278, 279
    X_RESOLUTION, Y_RESOLUTION, PLANAR, RESOLUTION_UNIT, PREDICTOR = 282, 283, 284, 296, 317
    COLOUR_MAP, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = 320, 322, 323, 324, 325
    SUB_DIRECTORIES, EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_TABLES = 330, 338, 339, 347
    THUMBNAIL_OFFSET, THUMBNAIL_BYTES, XMP, IPTC, PHOTOSHOP = 513, 514, 700, 33723, 34377
    EXIF, ICC, GPS = 34665, 34675, 34853
    EXIF_WIDTH, EXIF_HEIGHT, INTEROPERABILITY = 40962, 40963, 40965


class TagsError(ValueError):
    """There is no directory of tags where one should be."""


@dataclass(frozen=True)
class Field:
    """One tag's value. kind: the TIFF field type; data: its bytes; place: where they stand in what was read."""

    kind: int
    data: bytes
    place: int = 0

    @property
    def count(self) -> int:
        return len(self.data) // SIZES[self.kind]


def first_directory(data: bytes) -> tuple[dict[int, Field], int, Order]:
    """The first directory of a TIFF file or Exif block, the place of its link to the next one, its byte order."""
    head = data[:2]
    if head not in (b"II", b"MM") or len(data) < 8:
        raise TagsError("no TIFF header")
    order: Order = "<" if head == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    if big and len(data) < 16:
        raise TagsError("no BigTIFF header")
    offset = struct.unpack_from(order + "Q", data, 8)[0] if big else struct.unpack_from(order + "I", data, 4)[0]
    fields, link = directory_at(data, offset, order, big=big)
    return fields, link, order


def directory_at(data: bytes, offset: int, order: Order, *, big: bool = False) -> tuple[dict[int, Field], int]:
    """The directory at `offset` and the place of its link. Fields that point outside are left out; raises TagsError."""
    count_layout, entry_layout, inline = ("Q", "HHQ", 8) if big else ("H", "HHI", 4)
    try:
        count = struct.unpack_from(order + count_layout, data, offset)[0]
    except (struct.error, OverflowError):
        raise TagsError(f"no directory at {offset}") from None
    start = offset + struct.calcsize("=" + count_layout)
    size = struct.calcsize("=" + entry_layout) + inline
    if count > MOST_ENTRIES or start + count * size > len(data):
        raise TagsError(f"the directory at {offset} is cut off")
    fields = {}
    for entry in range(start, start + count * size, size):
        tag, kind, number = struct.unpack_from(order + entry_layout, data, entry)
        length = SIZES.get(kind, 0) * number
        place = entry + size - inline
        if length > inline:
            place = struct.unpack_from(order + ("Q" if big else "I"), data, place)[0]
        if kind in SIZES and place + length <= len(data):
            fields[tag] = Field(kind, bytes(data[place : place + length]), place)
    return fields, start + count * size


def numbers(field: Field | None, order: Order) -> tuple[int, ...]:
    """The value of an unsigned whole-number field; empty for another kind or None."""
    if field is None or field.kind not in UNSIGNED:
        return ()
    return struct.unpack(f"{order}{field.count}{UNSIGNED[field.kind]}", field.data)


def pack_directory(fields: Mapping[int, Field], offset: int, order: Order) -> bytes:
    """A directory that will stand at `offset` (even), with its long values behind it and no next one."""
    ordered = sorted(fields.items())
    behind = offset + 2 + 12 * len(ordered) + 4
    entries, values = [], b""
    for tag, field in ordered:
        if len(field.data) <= 4:
            inline = field.data.ljust(4, b"\0")
        else:
            inline = struct.pack(order + "I", behind + len(values))
            values += field.data + bytes(len(field.data) % 2)
        entries.append(struct.pack(order + "HHI", tag, field.kind, field.count) + inline)
    return struct.pack(order + "H", len(ordered)) + b"".join(entries) + bytes(4) + values
