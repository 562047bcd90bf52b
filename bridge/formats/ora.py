"""OpenRaster written: a zip of PNGs and a stack.xml. Specification: openraster.org, 0.0.6.

The PNGs are stored as they are (they are compressed already), the mimetype first, so that every program
recognises the file. Knows nothing of decompositions; it writes a `LayeredDocument`.
"""

from __future__ import annotations

import re
from typing import IO, BinaryIO, cast
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np

from model.types import BlendType, Metadata

from .colour import srgb_profile
from .document import Group, LayeredDocument, Node
from .pixels import small_copy
from .png import encode_png

__all__ = ["MIMETYPE", "OPERATORS", "encode_ora"]

MIMETYPE = b"image/openraster"
OPERATORS = {
    BlendType.NORMAL: "svg:src-over",
    BlendType.MULTIPLY: "svg:multiply",
    BlendType.SCREEN: "svg:screen",
    BlendType.ADD: "svg:plus",
}
THUMBNAIL = 256
UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold


def encode_ora(document: LayeredDocument, file: BinaryIO) -> None:
    """Write the document into `file`, which can seek. Without a profile 16-bit pictures are said to be sRGB."""
    from zipfile import ZIP_STORED, ZipFile, ZipInfo

    icc = document.icc or (srgb_profile() if document.depth == 16 else None)
    with ZipFile(file, "w", ZIP_STORED) as archive:

        def entry(name: str) -> IO[bytes]:
            return archive.open(ZipInfo(name), "w")

        def picture(name: str, pixels: np.ndarray, metadata: Metadata | None = None) -> None:
            with entry(name) as out:
                encode_png(pixels, cast(BinaryIO, out), icc=icc, dpi=document.dpi, metadata=metadata)

        archive.writestr(ZipInfo("mimetype"), MIMETYPE)
        described, sources = _stack(document)
        archive.writestr(ZipInfo("stack.xml"), described)
        for name, pixels in sources:
            picture(name, pixels)
        picture("mergedimage.png", document.merged, document.metadata)
        with entry("Thumbnails/thumbnail.png") as out:
            encode_png(small_copy(document.merged, THUMBNAIL), cast(BinaryIO, out))


def _stack(document: LayeredDocument) -> tuple[bytes, list[tuple[str, np.ndarray]]]:
    """stack.xml, and the name and pixels of each picture that it names."""
    across, down = document.dpi or (72.0, 72.0)
    sizes = {"w": document.size[0], "h": document.size[1], "xres": round(across), "yres": round(down)}
    image = Element("image", {"version": "0.0.6", **{key: str(value) for key, value in sizes.items()}})
    sources: list[tuple[str, np.ndarray]] = []
    _describe(SubElement(image, "stack"), document.layers, sources)
    return tostring(image, "utf-8", xml_declaration=True), sources


def _describe(parent: Element, nodes: tuple[Node, ...], sources: list[tuple[str, np.ndarray]]) -> None:
    for node in reversed(nodes):  # the top layer comes first
        looks = {
            "name": UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", node.name),
            "composite-op": OPERATORS[node.blend],
            "opacity": repr(float(node.opacity)),
            "visibility": "visible" if node.visible else "hidden",
        }
        if isinstance(node, Group):
            _describe(SubElement(parent, "stack", {**looks, "isolation": "isolate"}), node.layers, sources)
            continue
        source = f"data/layer{len(sources):03d}.png"
        sources.append((source, node.pixels))
        SubElement(parent, "layer", {**looks, "src": source, "x": str(node.offset[0]), "y": str(node.offset[1])})
