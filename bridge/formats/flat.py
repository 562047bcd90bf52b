"""One flat picture written as PNG, JPEG, TIFF or WebP, with profile, resolution, Exif and XMP.

16 bits are kept where the format can (PNG, TIFF). Knows nothing of layers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from model.types import Metadata

from ..errors import UnwritablePicture
from .pixels import on_white, to_8_bit, without_idle_alpha
from .png import encode_png
from .tiff_writer import encode_tiff

__all__ = ["FLAT_ENDINGS", "encode_flat"]

FLAT_ENDINGS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP"}
LONGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383}
JPEG_QUALITY = 95  # with full-resolution colour: a JPEG of a JPEG should not be seen as one
EXIF_START = b"Exif\0\0"
JPEG_SEGMENT = 65_533


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
        if exif and len(exif) + len(EXIF_START) > JPEG_SEGMENT:
            tell("the Exif data are too long for a JPEG and were left out: choose .png or .tif to keep them")
            exif = None
        if xmp and len(xmp) + 29 > JPEG_SEGMENT:
            tell("the XMP data are too long for a JPEG and were left out: choose .png or .tif to keep them")
            xmp = None
    if icc:
        extra["icc_profile"] = icc
    if exif:
        extra["exif"] = EXIF_START + exif
    if xmp:
        extra["xmp"] = xmp
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, form, **extra)
