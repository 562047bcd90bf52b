"""The chunks of a PNG: what pixels need apart from what only describes them. Bytes in, values out.

Pillow limits describing chunks to 1 MB each and refuses a file for a wrong checksum in any of them; a monitor profile
or a workflow is larger, and a text's checksum says nothing of the pixels. So the decoder is given the chunks that
pixels need, and the others are read here, leniently. Specification: W3C PNG, third edition.
Knows nothing of Pillow.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from ..errors import UnreadablePicture
from .limits import DAMAGED
from .matrix_profile import Primaries
from .photoshop_resources import iptc_of_raw_profile

__all__ = ["MOST_METADATA", "PngFile", "split_png"]

SIGNATURE_LENGTH = 8
PIXEL_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs"}
MOST_METADATA = 64 << 20
"""Bytes of inflated profile and text that are read from one file; more is left out, and said."""
DECODER_METADATA = 1 << 19
"""Bytes of whole describing chunks that the decoder may see too: then the file need not be copied."""
XMP_KEYWORD = "XML:com.adobe.xmp"
IPTC_KEYWORDS = ("Raw profile type iptc", "Raw profile type 8bim")
EXIF_KEYWORDS = ("Raw profile type exif", "Raw profile type APP1", "Raw profile type icc")


@dataclass(eq=False)
class PngFile:
    """What `split_png` found.

    pixels: what to decode: the file itself, or where it has what a decoder refuses, its chunks that pixels need.
    icc, exif, xmp, iptc: as stored; None where absent.   text: keyword and text, in the file's order.
    cicp: code points of primaries, transfer, matrix and the full-range flag (ITU-T H.273).
    gamma: exponent of the encoding (gAMA, 0.45455 for about 1/2.2).   primaries: of cHRM.   is_srgb: an sRGB chunk.
    """

    pixels: bytes
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    text: list[tuple[str, str]] = field(default_factory=list)
    cicp: tuple[int, int, int, int] | None = None
    gamma: float | None = None
    primaries: Primaries | None = None
    is_srgb: bool = False
    notes: list[str] = field(default_factory=list)


def split_png(data: bytes) -> PngFile:
    """Take a PNG apart. Raises UnreadablePicture where it ends before its pixels begin."""
    view = memoryview(data)
    kept, found, budget = [view[:SIGNATURE_LENGTH]], PngFile(data), MOST_METADATA
    ended, is_fit = False, True
    for kind, start, stop, is_whole in _chunks(data):
        if kind in PIXEL_CHUNKS:
            ended = ended or kind == b"IEND"
            # A wrong checksum of pixels stays wrong: that the decoder has to judge.
            if is_whole or kind in (b"IHDR", b"PLTE", b"IDAT"):
                kept.append(view[start - 8 : stop + 4])
            elif kind == b"tRNS":
                found.notes.append("its transparency has a wrong checksum and was left out")
                is_fit = False
            continue
        is_fit = is_fit and is_whole
        content = data[start:stop]
        try:
            budget -= _read(found, kind, content, budget)
        except _TooMuch:
            is_fit = False
            found.notes.append(f"{_NAMES.get(kind, 'text')} of more than {MOST_METADATA >> 20} MB was left out")
        except (ValueError, zlib.error, struct.error):
            is_fit = False
            found.notes.append(f"{_NAMES.get(kind, 'a text')} in it is damaged and was left out")
    if not ended and len(kept) < 3:
        raise UnreadablePicture(DAMAGED)
    if not is_fit or MOST_METADATA - budget > DECODER_METADATA:
        found.pixels = b"".join(kept)
    return found


_NAMES = {b"iCCP": "the colour profile", b"eXIf": "the Exif data"}


class _TooMuch(Exception):
    """Inflating would exceed the budget."""


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int, bool]]:
    """Kind, start and stop of the content, and whether the checksum is right; ends where the file does."""
    place = SIGNATURE_LENGTH
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        start, stop = place + 8, place + 8 + length
        if stop > len(data):
            yield kind, start, len(data), False
            return
        checksum = data[stop : stop + 4]
        yield kind, start, stop, checksum == struct.pack(">I", zlib.crc32(memoryview(data)[place + 4 : stop]))
        place = stop + 4


def _read(found: PngFile, kind: bytes, content: bytes, budget: int) -> int:
    """Put one describing chunk into `found`; returns how many bytes it took."""
    if kind == b"iCCP":
        _, rest = content.split(b"\0", 1)
        found.icc = _inflated(rest[1:], budget)
        return len(found.icc)
    if kind == b"eXIf":
        found.exif = content
    elif kind in (b"tEXt", b"zTXt", b"iTXt"):
        return _read_text(found, kind, content, budget)
    elif kind == b"cICP":
        found.cicp = struct.unpack(">4B", content)
    elif kind == b"gAMA":
        found.gamma = struct.unpack(">I", content)[0] / 100_000
    elif kind == b"cHRM":
        white_x, white_y, *colours = (value / 100_000 for value in struct.unpack(">8I", content))
        red, green, blue = zip(colours[::2], colours[1::2], strict=True)
        found.primaries = Primaries((white_x, white_y), red, green, blue)
    elif kind == b"sRGB":
        found.is_srgb = True
    elif kind == b"acTL" and struct.unpack_from(">I", content)[0] > 1:
        found.notes.append("an animation: only its first frame is used")
    return len(content)


def _read_text(found: PngFile, kind: bytes, content: bytes, budget: int) -> int:
    keyword, rest = content.split(b"\0", 1)
    name = keyword.decode("latin-1")
    if kind == b"tEXt":
        text = rest.decode("latin-1")
    elif kind == b"zTXt":
        text = _inflated(rest[1:], budget).decode("latin-1")
    else:
        is_compressed, _, rest = rest[0], rest[1], rest[2:]
        _, _, value = rest.split(b"\0", 2)
        raw = _inflated(value, budget) if is_compressed else value
        if name == XMP_KEYWORD:
            found.xmp = raw
            return len(raw)
        text = raw.decode("utf-8", "replace")
    if name in IPTC_KEYWORDS:
        found.iptc = iptc_of_raw_profile(text)
    elif name not in EXIF_KEYWORDS:
        found.text.append((name, text))
    return len(text)


def _inflated(data: bytes, most: int) -> bytes:
    engine = zlib.decompressobj()
    out = engine.decompress(data, most + 1)
    if len(out) > most:
        raise _TooMuch
    with suppress(zlib.error):
        out += engine.flush()
    return out
