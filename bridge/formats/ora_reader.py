"""OpenRaster and Krita files read: the merged picture of both, the layers of an ORA.

Only entries that the archive lists are opened, each no larger than it declares. Knows nothing of colour conversion.
"""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

import numpy as np

from model.types import BlendType, Layer

from ..errors import UnreadablePicture
from .decoded import Decoded, composite_of
from .document import Group, LayeredDocument, Node
from .limits import DAMAGED, MOST_BYTES, check_layers, check_size, decoding
from .ora import MIMETYPE, OPERATORS
from .raster_reader import HEADER_BYTES, declared_size, read_png

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["read_merged", "read_ora_layers"]

KRITA = b"application/x-krita"
MOST_ENTRIES = {MIMETYPE: 256, KRITA: 10_000}
STACK_BYTES = 1_000_000
COLOUR_SPACE = re.compile(rb'<IMAGE[^>]*colorspacename="([^"]*)"')
METADATA_BYTES = 64_000_000
MOST_DEPTH = 64
BLENDS = {operator: blend for blend, operator in OPERATORS.items()} | {"svg:add": BlendType.ADD}  # old Krita


def read_merged(data: bytes) -> Decoded:
    """The merged picture of an ORA or KRA. Raises UnreadablePicture."""
    with decoding():
        archive, kind = _opened(data)
        merged = read_png(_picture(archive, "mergedimage.png"))
        if kind == KRITA and merged.samples.dtype == np.uint8 and not _says_8_bits(archive):
            return replace(merged, notes=(*merged.notes, "Krita keeps 8 bits in a .kra's preview: export 16 as PNG"))
        return merged


def read_ora_layers(data: bytes) -> LayeredDocument:
    """Layers, groups and the merged picture. Raises UnreadablePicture."""
    from defusedxml.ElementTree import fromstring

    with decoding():
        archive, kind = _opened(data)
        if kind != MIMETYPE:
            raise UnreadablePicture("the layers of a .kra cannot be opened: save it as .ora or .psd in Krita")
        image = fromstring(_entry(archive, "stack.xml", STACK_BYTES), forbid_dtd=True)
        size = int(image.get("w", "0")), int(image.get("h", "0"))
        check_size(*size)
        stack = image.find("stack")
        merged = read_png(_picture(archive, "mergedimage.png"))
        if stack is None:
            raise UnreadablePicture(DAMAGED)
        reading = _Reading(archive, list(merged.notes))
        nodes = reading.nodes(stack, 0)
    flat = composite_of(replace(merged, metadata=type(merged.metadata)()))
    notes = tuple(dict.fromkeys(reading.notes))
    return LayeredDocument(size, nodes, flat.pixels, flat.icc, merged.dpi, merged.metadata, notes)


def _opened(data: bytes) -> tuple[ZipFile, bytes]:
    """The archive and its mimetype."""
    archive = ZipFile(BytesIO(data))
    if "mimetype" not in archive.namelist():
        raise UnreadablePicture("it is an archive, not a picture: unpack it, or choose an .ora or .kra")
    kind = _entry(archive, "mimetype", 100).strip()
    if kind not in MOST_ENTRIES:
        raise UnreadablePicture("it is an archive, not a picture: unpack it, or choose an .ora or .kra")
    if len(archive.infolist()) > MOST_ENTRIES[kind]:
        raise UnreadablePicture(f"it has {len(archive.infolist())} entries, too many: merge some layers")
    return archive, kind


def _says_8_bits(archive: ZipFile) -> bool:
    """Whether a .kra's own description names a colour space of 8 bits ("RGBA", and not "RGBA16", "RGBAF32"...)."""
    said = COLOUR_SPACE.search(_entry(archive, "maindoc.xml", STACK_BYTES * 10))
    return said is None or not any(byte in b"0123456789F" for byte in said[1])


def _entry(archive: ZipFile, name: str, most: int, wanted: int | None = None) -> bytes:
    """An entry that is no larger than `most`, or only its first bytes."""
    if name not in archive.namelist():
        raise UnreadablePicture(f"it has no {name}: save it again in the program that made it")
    if archive.getinfo(name).file_size > most:
        raise UnreadablePicture(f"its {name} is larger than {most} bytes: save it again in the program that made it")
    with archive.open(name) as file:
        return file.read(most if wanted is None else wanted)


def _picture(archive: ZipFile, name: str) -> bytes:
    """A PNG of the archive, no larger than the picture it declares could need."""
    start = _entry(archive, name, MOST_BYTES, HEADER_BYTES)
    width, height = declared_size(start)
    return _entry(archive, name, width * height * 8 + METADATA_BYTES)


class _Reading:
    """Walks stack.xml; keeps count of layers and of pixels, and the notes."""

    def __init__(self, archive: ZipFile, notes: list[str]) -> None:
        self.archive, self.notes = archive, notes
        self.sizes: list[tuple[int, int]] = []

    def nodes(self, stack: Element, depth: int) -> tuple[Node, ...]:
        if depth > MOST_DEPTH:
            raise UnreadablePicture("its groups are nested too deeply: flatten some")
        found: list[Node] = []
        for element in reversed(list(stack)):  # the top layer comes first
            looks = {
                "opacity": min(1.0, max(0.0, float(element.get("opacity", "1")))),
                "blend": self.blend(element.get("composite-op", "svg:src-over")),
                "visible": element.get("visibility", "visible") == "visible",
            }
            name = element.get("name", "")
            if element.tag == "stack":
                found.append(Group(name, self.nodes(element, depth + 1), **looks))
            elif element.tag == "layer":
                offset = int(element.get("x", "0")), int(element.get("y", "0"))
                found.append(Layer(name, self.pixels(element.get("src", "")), offset, **looks))
        return tuple(found)

    def blend(self, operator: str) -> BlendType:
        if operator not in BLENDS:
            self.notes.append(f"the blend mode {operator!r} is unknown here and was read as normal")
        return BLENDS.get(operator, BlendType.NORMAL)

    def pixels(self, source: str) -> np.ndarray:
        data = _picture(self.archive, source)
        self.sizes.append(declared_size(data))
        check_layers(self.sizes)
        return composite_of(read_png(data)).pixels
