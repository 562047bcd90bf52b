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
from .photoshop_resources import IPTC
from .png_chunks import split_png
from .png_colour import profile_of_png

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["HEADER_BYTES", "declared_size", "dpi_of", "open_picture", "read_png", "read_through_pillow", "samples_of"]

HEADER_BYTES = 33
GRAY_WITHOUT_ALPHA = 0  # colour type of a PNG
PNG_STEP = 0.0255  # one dot a metre, in dots an inch: some programs round, some cut off
END_OF_JPEG = b"\xff\xd9"
EXIF_START = b"Exif\0\0"
UNSUPPORTED_MODES = {"LAB": "Lab", "HSV": "HSV", "I": "32-bit whole-number", "F": "floating-point"}


def read_through_pillow(data: bytes, form: str) -> Decoded:
    """form: Pillow's name of the format, the only one that is tried. Raises UnreadablePicture."""
    picture, notes = _loaded(data, form)
    with decoding():
        samples, space = samples_of(picture)
    if form in ("AVIF", "HEIF") and (bits := _bits(data, picture)) > 8:
        notes.append(f"its {bits} bits a channel were reduced to 8: convert it to a 16-bit PNG or TIFF to keep all")
    if form == "HEIF" and picture.info.get("original_orientation", 1) != 1 and not _says_how_to_turn(data):
        notes.append("its Exif data call it turned, which does not count in a HEIC file: it is shown as stored")
    return _described(picture, samples, space, notes)


def _says_how_to_turn(data: bytes) -> bool:
    """Whether a HEIF file has a property that turns it. (ISO/IEC 23008-12, 6.5.10 and A.4: Exif does not.)"""
    return b"irot" in data or b"imir" in data


def _loaded(data: bytes, form: str) -> tuple[Image, list[str]]:
    """The decoded picture. A JPEG that ends early is decoded as far as it goes, and that is said."""
    picture, notes = open_picture(data, form), []
    if form in ("GIF", "WEBP", "AVIF") and getattr(picture, "is_animated", False):
        notes.append("an animation: only its first frame is used")
    try:
        with decoding():
            picture.load()
    except UnreadablePicture as problem:
        if form != "JPEG" or isinstance(problem.__cause__, MemoryError):
            raise
        picture = open_picture(data + END_OF_JPEG, form)
        with decoding():
            picture.load()
        notes.append("the file ends early: what is missing of the picture is gray")
    return picture, notes


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
    """8 bits through Pillow, 16 through libpng; what describes the picture through `png_chunks`."""
    declared_size(data)
    file = split_png(data)
    picture = open_picture(file.pixels, "PNG")
    with decoding():
        if data[24] < 16:  # bits a channel
            picture.load()
            _scale_transparent_key(picture, bits=data[24], colour_type=data[25])
            samples, space = samples_of(picture)
        else:
            from imagecodecs import png_decode

            samples = np.atleast_3d(png_decode(file.pixels))
            space = "GRAY" if samples.shape[2] < 3 else "RGB"
    icc, notes = profile_of_png(file)
    metadata = Metadata(file.exif, file.xmp, file.iptc, tuple(file.text))
    return Decoded(samples, space, icc, dpi_of(picture.info.get("dpi")), metadata, (*file.notes, *notes))


def _scale_transparent_key(picture: Image, bits: int, colour_type: int) -> None:
    """Pillow spreads gray of 2 and 4 bits over 0..255, but not the gray that is said to be transparent."""
    key = picture.info.get("transparency")
    if colour_type == GRAY_WITHOUT_ALPHA and bits in (2, 4) and isinstance(key, int):
        picture.info["transparency"] = key * 255 // (2**bits - 1)


def declared_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG by its first HEADER_BYTES, checked. Raises UnreadablePicture."""
    if len(data) < HEADER_BYTES or data[12:16] != b"IHDR":
        raise UnreadablePicture(DAMAGED)
    width, height = struct.unpack(">II", data[16:24])
    check_size(width, height)
    return width, height


def _described(picture: Image, samples: np.ndarray, space: str, notes: list[str]) -> Decoded:
    info = picture.info
    exif, xmp, comment = info.get("exif"), info.get("xmp"), info.get("comment")
    resources = info.get("photoshop")
    metadata = Metadata(
        bytes(exif).removeprefix(EXIF_START) if exif else None,
        xmp.encode() if isinstance(xmp, str) else (bytes(xmp) if xmp else None),
        resources.get(IPTC) if isinstance(resources, dict) else None,
        (("Comment", _as_text(comment)),) if comment else (),
    )
    return Decoded(samples, space, info.get("icc_profile") or None, dpi_of(info.get("dpi")), metadata, tuple(notes))


def _as_text(comment: bytes | str) -> str:
    """A comment of a JPEG or GIF: neither says its encoding, so UTF-8 where it is, else Latin-1."""
    if isinstance(comment, str):
        return comment
    try:
        return comment.decode("utf-8")
    except UnicodeDecodeError:
        return comment.decode("latin-1")


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
