"""One flat picture written as PNG, JPEG, TIFF or WebP, with profile, resolution, Exif and XMP.

16 bits are kept where the format can (PNG, TIFF). Knows nothing of layers.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from model.types import Metadata

from ..errors import UnwritablePicture
from .photoshop_resources import resources_of_iptc
from .pixels import on_white, to_8_bit, without_idle_alpha
from .png import encode_png
from .tiff_writer import encode_tiff

__all__ = ["FLAT_ENDINGS", "encode_flat"]

FLAT_ENDINGS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP"}
LONGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383}
JPEG_QUALITY = 95  # with full-resolution colour: a JPEG of a JPEG should not be seen as one
EXIF_START = b"Exif\0\0"
JPEG_SEGMENT = 65_533
XMP_START = 29  # bytes of the name before a packet
PHOTOSHOP_START = b"Photoshop 3.0\0"
COMMENT = "Comment"


def encode_flat(
    pixels: np.ndarray,
    form: str,
    file: BinaryIO,
    *,
    icc: bytes | None = None,
    dpi: tuple[float, float] | None = None,
    metadata: Metadata | None = None,
    tell: Callable[[str], None] = lambda note: None,
) -> None:
    """Write H x W x 3|4 as `form` (a value of FLAT_ENDINGS) into `file`, empty and able to seek.

    tell: called with one line for each thing the format could not keep.
    Raises UnwritablePicture where a side is too long for the format.
    """
    pixels = without_idle_alpha(pixels)
    metadata = metadata or Metadata()
    height, width = pixels.shape[:2]
    if max(width, height) > LONGEST_SIDE.get(form, width + height):
        raise UnwritablePicture(
            f"{form} cannot hold {width} x {height} (at most {LONGEST_SIDE[form]} a side): choose .png or .tif"
        )
    if form == "PNG":
        return encode_png(pixels, file, icc=icc, dpi=dpi, metadata=metadata)
    if form == "TIFF":
        return encode_tiff(pixels, file, icc=icc, dpi=dpi, metadata=metadata)
    if pixels.dtype == np.uint16:
        tell(f"{form} keeps 8 bits of 16: choose .png or .tif to keep all")
    _through_pillow(to_8_bit(pixels), form, file, icc, dpi, metadata, tell)


def _through_pillow(
    pixels: np.ndarray,
    form: str,
    file: BinaryIO,
    icc: bytes | None,
    dpi: tuple[float, float] | None,
    metadata: Metadata,
    tell: Callable[[str], None],
) -> None:
    from PIL import Image

    exif, xmp = metadata.exif, metadata.xmp
    extra: dict[str, object] = {"lossless": True, "exact": True, "method": 0}
    if form == "JPEG":
        extra = {"quality": JPEG_QUALITY, "subsampling": 0}
        if dpi:
            extra["dpi"] = (round(dpi[0]), round(dpi[1]))
        if pixels.shape[2] == 4:
            tell("JPEG has no transparency: laid on white; choose .png, .tif or .webp to keep it")
            pixels = on_white(pixels)
        exif = _if_it_fits(exif, "Exif", len(EXIF_START), tell)
        xmp = _if_it_fits(xmp, "XMP", XMP_START, tell)
        resources = metadata.iptc and PHOTOSHOP_START + resources_of_iptc(metadata.iptc)
        if resources := _if_it_fits(resources, "IPTC", 0, tell):
            extra["extra"] = b"\xff\xed" + struct.pack(">H", len(resources) + 2) + resources
        comment = next((text.encode() for keyword, text in metadata.text if keyword == COMMENT), None)
        if comment := _if_it_fits(comment, "comment", 0, tell):
            extra["comment"] = comment
    if icc:
        extra["icc_profile"] = icc
    if exif:
        extra["exif"] = EXIF_START + exif
    if xmp:
        extra["xmp"] = xmp
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, form, **extra)


def _if_it_fits(data: bytes | None, name: str, overhead: int, tell: Callable[[str], None]) -> bytes | None:
    """The data, where they fit into one segment of a JPEG beside `overhead` bytes; else None, and that is said."""
    if data and len(data) + overhead > JPEG_SEGMENT:
        tell(f"the {name} data are too long for a JPEG and were left out: choose .png or .tif to keep them")
        return None
    return data
