"""PNG, JPEG, WebP, GIF, BMP, AVIF and HEIC read through Pillow; 16-bit PNG through libpng.

Pillow opens 16-bit colour as 8-bit, hence the exception. Knows nothing of colour conversion or turning.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from model.types import Metadata

from ..errors import UnreadablePicture
from .decoded import Decoded
from .limits import DAMAGED, check_size, decoding

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["HEADER_BYTES", "declared_size", "dpi_of", "open_picture", "read_png", "read_through_pillow", "samples_of"]

HEADER_BYTES = 33
PNG_STEP = 0.0255  # one dot a metre, in dots an inch: some programs round, some cut off
PLAIN_XMP = b"XML:com.adobe.xmp\0\0\0\0\0"
EXIF_START = b"Exif\0\0"
UNSUPPORTED_MODES = {"LAB": "Lab", "HSV": "HSV", "I": "32-bit whole-number", "F": "floating-point"}


def read_through_pillow(data: bytes, form: str) -> Decoded:
    """form: Pillow's name of the format, the only one that is tried. Raises UnreadablePicture."""
    picture = open_picture(data, form)
    notes = []
    with decoding():
        if form in ("GIF", "WEBP", "PNG", "AVIF") and getattr(picture, "is_animated", False):
            notes.append("an animation: only its first frame is used")
        picture.load()
        samples, space = samples_of(picture)
    if form in ("AVIF", "HEIF") and (bits := _bits(data, picture)) > 8:
        notes.append(f"its {bits} bits a channel were reduced to 8: convert it to a 16-bit PNG or TIFF to keep all")
    return _described(picture, samples, space, notes)


def open_picture(data: bytes, form: str) -> Image:
    """Open without decoding, and check the declared size."""
    from PIL import Image

    if form == "HEIF":
        try:
            from pillow_heif import HeifImagePlugin  # noqa: F401  (registers itself with Pillow)
        except ImportError:
            raise UnreadablePicture(
                "HEIC needs one more library: install pillow-heif, or save the picture as JPEG"
            ) from None
    with decoding():
        try:
            picture = Image.open(BytesIO(data), formats=(form,))
        except Image.DecompressionBombError:
            raise UnreadablePicture("the picture is too large: make it smaller or cut it up") from None
    check_size(*picture.size)
    return picture


def samples_of(picture: Image) -> tuple[np.ndarray, str]:
    """A loaded picture as H x W x C of uint8 or uint16, and the colour space of its channels."""
    if picture.mode in UNSUPPORTED_MODES:
        kind = UNSUPPORTED_MODES[picture.mode]
        raise UnreadablePicture(f"{kind} pictures cannot be opened: convert it to RGB with 8 or 16 bits first")
    clear = "transparency" in picture.info
    if picture.mode.startswith("I;16"):
        return np.asarray(picture).astype(np.uint16, copy=False)[:, :, None], "GRAY"
    if picture.mode in ("1", "L") and not clear:
        return np.asarray(picture.convert("L"))[:, :, None], "GRAY"
    if picture.mode in ("LA", "La"):
        return np.asarray(picture.convert("LA")), "GRAY"
    if picture.mode == "CMYK":
        return np.asarray(picture), "CMYK"
    wanted = "RGBA" if clear or picture.mode in ("RGBA", "RGBa", "PA") else "RGB"
    return np.asarray(picture if picture.mode == wanted else picture.convert(wanted)), "RGB"


def read_png(data: bytes) -> Decoded:
    """8 bits through Pillow, 16 through libpng."""
    declared_size(data)
    if data[24] < 16:  # bits a channel
        return read_through_pillow(data, "PNG")
    from imagecodecs import png_decode

    picture = open_picture(data, "PNG")
    with decoding():
        samples = np.atleast_3d(png_decode(data))
    for key, value in _late_metadata(data).items():
        picture.info.setdefault(key, value)
    space = "GRAY" if samples.shape[2] < 3 else "RGB"
    return _described(picture, samples, space, [])


def _late_metadata(data: bytes) -> dict[str, bytes]:
    """Exif and XMP of a PNG, wherever they stand: Pillow sees those behind the pixels only when it decodes them."""
    found, place = {}, 8
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind == b"eXIf":
            found["exif"] = data[place + 8 : place + 8 + length]
        elif kind == b"iTXt" and data[place + 8 : place + 8 + len(PLAIN_XMP)] == PLAIN_XMP:
            found["xmp"] = data[place + 8 + len(PLAIN_XMP) : place + 8 + length]
        place += 12 + length
    return found


def declared_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG by its first HEADER_BYTES, checked. Raises UnreadablePicture."""
    if len(data) < HEADER_BYTES or data[12:16] != b"IHDR":
        raise UnreadablePicture(DAMAGED)
    width, height = struct.unpack(">II", data[16:24])
    check_size(width, height)
    return width, height


def _described(picture: Image, samples: np.ndarray, space: str, notes: list[str]) -> Decoded:
    info = picture.info
    exif, xmp = info.get("exif"), info.get("xmp")
    metadata = Metadata(
        bytes(exif).removeprefix(EXIF_START) if exif else None,
        xmp.encode() if isinstance(xmp, str) else (bytes(xmp) if xmp else None),
    )
    return Decoded(samples, space, info.get("icc_profile") or None, dpi_of(info.get("dpi")), metadata, tuple(notes))


def dpi_of(value: object) -> tuple[float, float] | None:
    """Pillow's word on resolution as two sensible numbers, or None. (150 comes as 150.012 out of a PNG.)"""
    try:
        across, down = (
            float(round(v)) if abs(v - round(v)) < PNG_STEP else round(v, 2)
            for v in map(float, value)  # type: ignore[call-overload]
        )
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return (across, down) if 1 < across < 1e5 and 1 < down < 1e5 else None


def _bits(data: bytes, picture: Image) -> int:
    """Bits a channel of a HEIF family file, as far as the file says."""
    if "bit_depth" in picture.info:
        return int(picture.info["bit_depth"])
    place = data.find(b"av1C")  # AV1 codec configuration: high_bitdepth and twelve_bit stand in its third byte
    if place < 0 or place + 7 > len(data):
        return 8
    flags = data[place + 6]
    return 8 if not flags & 0x40 else (12 if flags & 0x20 else 10)
