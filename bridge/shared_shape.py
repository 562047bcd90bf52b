"""Size and depth of a picture, from the start of its file where that says them: grouping must not decode everything.

PNG and JPEG say them; others are read whole. Knows nothing of groups.
"""

from __future__ import annotations

from pathlib import Path

from .errors import BridgeError
from .formats import read_composite
from .formats.exif import orientation
from .formats.limits import decoding
from .formats.raster_reader import EXIF_START, HEADER_BYTES

__all__ = ["Shape", "shape_of"]

Shape = tuple[int, int, str]
"""Width, height, dtype."""

DEPTH = 24
"""Byte of a PNG that holds the bits a channel."""

ROWS_ARE_COLUMNS = 5
"""The first of Exif's orientations that swap width and height."""


def shape_of(source: Path) -> Shape | None:
    """Size, upright, and depth of a picture; None where it cannot be read."""
    try:
        declared = _declared(source)
        if declared is not None:
            return declared
        pixels = read_composite(source).pixels
    except (BridgeError, OSError):
        return None
    return pixels.shape[1], pixels.shape[0], str(pixels.dtype)


def _declared(source: Path) -> Shape | None:
    """What a PNG or JPEG says; None of other files. Raises UnreadablePicture and OSError."""
    from PIL import Image

    with open(source, "rb") as file:
        head = file.read(HEADER_BYTES)
    is_png = head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) == HEADER_BYTES
    if not is_png and not head.startswith(b"\xff\xd8\xff"):
        return None
    with decoding(), Image.open(source, formats=("PNG", "JPEG")) as picture:
        width, height = picture.size
        exif = picture.info.get("exif")
    if orientation(bytes(exif).removeprefix(EXIF_START) if exif else None) >= ROWS_ARE_COLUMNS:
        width, height = height, width
    return width, height, "uint16" if is_png and head[DEPTH] == 16 else "uint8"
