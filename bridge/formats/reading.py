"""Where pictures come from the file system: `read_composite`, `read_mask`, `read_layers`, by content, not by ending."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from model.types import Composite

from ..errors import UnreadablePicture
from .decoded import Decoded, composite_of, mask_of
from .document import LayeredDocument
from .exif import upright_metadata
from .limits import MOST_BYTES

__all__ = ["read_composite", "read_layers", "read_mask"]

Source = str | os.PathLike[str] | bytes


def read_composite(source: Source, *, name: str | None = None) -> Composite:
    """The flat picture of a file: PSD, ORA, KRA, PNG, JPEG, WebP, TIFF, AVIF, HEIC, GIF or BMP.

    source: a path, or the file's bytes; name: what messages call it. Raises UnreadablePicture.
    `Composite.notes` says what had to be changed.
    """
    with named(source, name):
        return composite_of(_decode(bytes_of(source)))


def read_mask(source: Source, *, name: str | None = None) -> np.ndarray:
    """A hint or selection: uint8 H x W, from the alpha of the picture where it has one, else its gray values."""
    with named(source, name):
        return mask_of(_decode(bytes_of(source)))


def read_layers(source: Source, *, name: str | None = None) -> LayeredDocument:
    """The layers of a PSD, PSB or ORA. `LayeredDocument.notes` says what was left out. Raises UnreadablePicture."""
    with named(source, name):
        data = bytes_of(source)
        form = _form(data)
        if form == "PSD":
            from .psd_reader import read_psd_layers

            found = read_psd_layers(data)
        elif form == "ZIP":
            from .ora_reader import read_ora_layers

            found = read_ora_layers(data)
        else:
            raise UnreadablePicture("it has no layers that can be read: choose a .psd or .ora")
        return replace(found, metadata=upright_metadata(found.metadata))


def _decode(data: bytes) -> Decoded:
    form = _form(data)
    if form in ("JPEG", "WEBP", "GIF", "BMP", "AVIF", "HEIF"):
        from .raster_reader import read_through_pillow

        return read_through_pillow(data, form)
    return _READERS[form](data)


def _png(data: bytes) -> Decoded:
    from .raster_reader import read_png

    return read_png(data)


def _tiff(data: bytes) -> Decoded:
    from .tiff_reader import read_tiff

    return read_tiff(data)


def _psd(data: bytes) -> Decoded:
    from .psd_reader import read_psd

    return read_psd(data)


def _zip(data: bytes) -> Decoded:
    from .ora_reader import read_merged

    return read_merged(data)


_READERS: dict[str, Callable[[bytes], Decoded]] = {"PNG": _png, "TIFF": _tiff, "PSD": _psd, "ZIP": _zip}

STARTS = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"8BPS": "PSD",
    b"PK\x03\x04": "ZIP",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
}
KNOWN_STRANGERS = {
    b"%PDF": "a PDF",
    b"gimp xcf": "a GIMP file",
    b"\xff\x0a": "a JPEG XL",
    b"\0\0\0\x0cJXL ": "a JPEG XL",
    b"\0\0\0\x0cjP  ": "a JPEG 2000",
    b"v/1\x01": "an OpenEXR",
    b"<svg": "an SVG",
}


def _form(data: bytes) -> str:
    """What the content says it is. Raises UnreadablePicture."""
    if not data:
        raise UnreadablePicture("the file is empty: choose another, or save it again")
    for start, form in STARTS.items():
        if data.startswith(start):
            return form
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        brands = data[8 : 8 + min(200, int.from_bytes(data[:4], "big"))]
        return "AVIF" if b"avif" in brands or b"avis" in brands else "HEIF"
    for start, kind in KNOWN_STRANGERS.items():
        if data.startswith(start):
            raise UnreadablePicture(f"it is {kind}, which cannot be opened here: save it as PNG, TIFF or PSD")
    raise UnreadablePicture("it is not a picture that can be opened: choose a PNG, JPEG, TIFF, WebP, PSD or ORA")


@contextmanager
def named(source: Source, name: str | None) -> Iterator[None]:
    """Put the name of the file before what is wrong with it."""
    if name is None:
        name = "the picture" if isinstance(source, bytes) else os.fspath(source)
    try:
        yield
    except UnreadablePicture as problem:
        raise UnreadablePicture(f"{name}: {problem}") from problem.__cause__


def bytes_of(source: Source) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        with open(source, "rb") as file:
            kind = os.fstat(file.fileno())
            if not (stat.S_ISREG(kind.st_mode) or stat.S_ISFIFO(kind.st_mode)):
                raise UnreadablePicture("it is not a file: choose a picture")
            if kind.st_size <= MOST_BYTES:
                data = file.read(MOST_BYTES + 1) if stat.S_ISFIFO(kind.st_mode) else file.read()
                if len(data) <= MOST_BYTES:
                    return data
    except FileNotFoundError:
        raise UnreadablePicture("there is no such file: check the name") from None
    except IsADirectoryError:
        raise UnreadablePicture("it is a folder: name a picture in it") from None
    except PermissionError:
        raise UnreadablePicture("you may not read it: check its permissions") from None
    except (OSError, ValueError) as problem:
        raise UnreadablePicture(f"it cannot be read ({problem}): check the name and the disk") from None
    raise UnreadablePicture(f"it is larger than {MOST_BYTES // 10**9} GB: make it smaller")
