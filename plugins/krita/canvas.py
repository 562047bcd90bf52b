"""Reading a picture out of a Krita document, and putting the group of its layers back in.

Knows nothing of jobs, threads or dialogs. Everything here runs in the main thread; what takes long is a generator
that pauses, so that the window breathes in between.
"""

import struct
import tempfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generator, List, Optional, Tuple, TypeVar

from bridge.wire import Candidate, Layer, Mask, Picture
from krita import Document, InfoObject, Krita, Node
from plugins.shared.choice import Choice
from plugins.shared.language import tr
from plugins.shared.pixels import Box, cut
from plugins.shared.words import group_name, layer_names

from .qt import QtCore

__all__ = [
    "CHANNELS",
    "DEPTHS",
    "MASKS",
    "Source",
    "Steps",
    "UnsupportedSource",
    "activate",
    "bounds",
    "build",
    "copy_compositing",
    "discard",
    "find",
    "is_open",
    "is_there",
    "is_unchanged",
    "mask_of",
    "open_new",
    "picture_of",
    "pixels_of",
    "place",
    "profile_of",
    "read",
    "title_of",
]

CHANNELS = {"RGBA": 4, "GRAYA": 2}
"""The colour models that need no conversion, and how many values a pixel has."""
DEPTHS = {"U8": "u8", "U16": "u16", "F16": "f16", "F32": "f32"}
_SAMPLE = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}
_MODES = {"add": "linear_dodge"}
"""Krita's names where they differ. Its own "add" is the same sum, but a PSD saved from it would not know the mode."""
MASKS = ("transparencymask", "filtermask", "transformmask", "selectionmask", "colorizemask")
_T = TypeVar("_T")
Steps = Generator[None, None, _T]
"""Work in small steps: between two of them the window handles its events."""
_BAND = 8 << 20
"""Bytes written into a layer between two pauses: a few milliseconds."""


class UnsupportedSource(Exception):
    """This document or layer cannot be taken apart as it is; the text says what to do."""


@dataclass(frozen=True, eq=False)
class Source:
    """A picture as it was read.

    node: the layer it came from, None for the merged picture.   title: the picture's name.
    box: where it lies in the document.
    model, depth, profile: Krita's names.   data: its pixels, Krita's order (B, G, R, A in whole numbers).
    selection: one byte a pixel over `box`, or None.
    """

    document: Document
    node: Optional[Node]
    title: str
    box: Box
    model: str
    depth: str
    profile: str
    data: bytes
    selection: Optional[bytes]

    @property
    def size(self) -> Tuple[int, int]:
        return self.document.width(), self.document.height()

    def without_pixels(self) -> "Source":
        """The same without pixels and without a hold on the layer: what is needed to put other candidates in."""
        return replace(self, node=None, data=b"", selection=None)


def read(document: Document, choice: Choice) -> Source:
    """The active layer, or the merged picture. Raises UnsupportedSource."""
    node = None if choice.source == "merged" else _layer(document)
    space = document if node is None else node
    model, depth, profile = space.colorModel(), space.colorDepth(), space.colorProfile()
    _check_space(document, node, model, depth)
    box = (0, 0, document.width(), document.height()) if node is None else bounds(node)
    if box[2] < 1 or box[3] < 1:
        raise UnsupportedSource(tr("The layer is empty. Choose a layer with a picture in it."))
    selection = _selection(document, box)
    if selection is None and choice.area != "all":
        raise UnsupportedSource(tr("Nothing is selected in this layer. Select an area first, or ignore the selection."))
    data = pixels_of(document, node, box)
    return Source(document, node, title_of(document), box, model, depth, profile, data, selection)


def title_of(document: Document) -> str:
    """The picture's name: that of its file, or else of the document."""
    return Path(document.fileName()).name or document.name() or tr("Untitled")


def bounds(node: Node) -> Box:
    """Where the node's pixels lie in the document."""
    lies = node.bounds()
    return lies.x(), lies.y(), lies.width(), lies.height()


def _layer(document: Document) -> Node:
    """The active layer; for an active mask the layer that wears it."""
    node = document.activeNode()
    if node is not None and node.type() in MASKS:
        node = node.parentNode()
    if node is None:
        raise UnsupportedSource(tr("No layer is active. Click on a layer and try again."))
    if node.type() == "filterlayer":
        raise UnsupportedSource(
            tr("A filter layer has no picture of its own. Choose another layer, or the merged picture.")
        )
    return node


def _check_space(document: Document, node: Optional[Node], model: str, depth: str) -> None:
    if model not in CHANNELS or depth not in DEPTHS:
        raise UnsupportedSource(
            tr(
                "Pictures in {model} cannot be taken apart without changing their colours. "
                "Convert a copy with Image > Convert Image Color Space to RGB, then try again."
            ).format(model=model)
        )
    same = (document.colorModel(), document.colorDepth(), document.colorProfile())
    if node is not None and (model, depth, node.colorProfile()) != same:
        raise UnsupportedSource(
            tr(
                "This layer has another colour space than the picture. "
                "Convert it with Layer > Convert > Convert Layer Color Space, then try again."
            )
        )


def pixels_of(document: Document, node: Optional[Node], box: Box) -> bytes:
    """The pixels of a layer, or for None of the merged picture, within `box`, in Krita's order."""
    if node is None:
        return bytes(document.pixelData(*box))
    plain = node.type() == "paintlayer" and not node.childNodes()
    return bytes(node.pixelData(*box) if plain else node.projectionPixelData(*box))


def _selection(document: Document, box: Box) -> Optional[bytes]:
    selection = document.selection()
    if selection is None:
        return None
    lies = (selection.x(), selection.y(), selection.width(), selection.height())
    mask = cut(bytes(selection.pixelData(*lies)), lies, box)
    return bytes(mask) if any(mask) else None


def is_there(source: Source) -> bool:
    """Whether the document is open and the layer, if it came from one, in it."""
    if not is_open(source.document):
        return False
    return source.node is None or find(source.document, source.node.uniqueId().toString()) is not None


def is_unchanged(source: Source, size: Tuple[int, int]) -> Steps[bool]:
    """Whether the picture, in a document of `size`, still is what was read."""
    left, top, width, height = source.box
    was, row = memoryview(source.data), width * CHANNELS[source.model] * _SAMPLE[source.depth]
    rows = max(1, _BAND // row)
    for y in range(0, height, rows):
        moved = is_there(source) and source.node is not None and bounds(source.node) != source.box
        if moved or not is_there(source) or source.size != size:
            return False
        count = min(rows, height - y)
        if pixels_of(source.document, source.node, (left, top + y, width, count)) != was[y * row : (y + count) * row]:
            return False
        yield None
    return is_there(source)


def picture_of(source: Source, icc: Optional[bytes]) -> Picture:
    """The source as the service takes it; icc: what `profile_of` found."""
    depth: Any = DEPTHS[source.depth]
    whole = source.depth in ("U8", "U16")
    width, height = source.box[2:]
    resolution = source.document.xRes(), source.document.yRes()
    dpi = resolution if min(resolution) > 0 else None
    channels = CHANNELS[source.model]
    return Picture(width, height, source.data, channels, depth, "bgra" if whole else "rgba", icc, dpi)


def mask_of(source: Source, choice: Choice) -> Optional[Mask]:
    if choice.area == "all" or source.selection is None:
        return None
    return Mask(source.box[2], source.box[3], source.selection)


def profile_of(source: Source) -> Steps[Optional[bytes]]:
    """The ICC profile; None where it is sRGB or not to be had.

    Krita's scripts learn only a profile's name, so a one-pixel picture is saved and its profile read.
    """
    if source.profile.startswith("sRGB"):
        return None
    tiny = _scratch(source)
    yield None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.png"
        saved = tiny.exportImage(str(path), InfoObject())
        profile = _png_profile(path.read_bytes()) if saved else None
    yield from discard(tiny)
    return profile


def _png_profile(data: bytes) -> Optional[bytes]:
    """The content of a PNG's iCCP chunk."""
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"iCCP":
            name_end = data.index(b"\0", at + 8)
            return zlib.decompress(data[name_end + 2 : at + 8 + length])
        at += 12 + length
    return None


def _scratch(source: Source) -> Document:
    """A document that nobody sees, in the source's colours.

    It has one pixel: layers may be larger than their document, and Krita computes nothing that lies outside.
    """
    space = source.model, source.depth, source.profile
    scratch = Krita.instance().createDocument(1, 1, source.title, *space, source.document.xRes())
    scratch.setBatchmode(True)
    return scratch


def build(source: Source, candidate: Candidate) -> Steps[Tuple[Document, Node]]:
    """Build the group in a document that nobody sees: that document, to be discarded after cloning, and the group."""
    scratch = _scratch(source)
    yield None
    group = scratch.createGroupLayer(group_name(source.title, candidate.index))
    names = layer_names(candidate)
    for number, layer in enumerate(candidate.layers):
        node = scratch.createNode(names[number], "paintlayer")
        group.addChildNode(node, None)
        node.setBlendingMode(_MODES.get(layer.blend, layer.blend))
        node.setOpacity(round(layer.opacity * 255))
        node.setVisible(layer.visible)
        yield from _fill(node, layer, source)
    scratch.rootNode().addChildNode(group, None)
    return scratch, group


def discard(scratch: Document) -> Steps[None]:
    """Close a document that nobody sees. Krita may still be drawing it, and would crash if it went meanwhile."""
    while not scratch.tryBarrierLock():
        yield None
    scratch.unlock()
    scratch.close()


def copy_compositing(group: Node, like: Node) -> None:
    """Give the group what decides how a layer meets the rest of the picture: the picture looks as it did."""
    group.setOpacity(like.opacity())
    group.setBlendingMode(like.blendingMode())
    group.setInheritAlpha(like.inheritAlpha())
    group.setVisible(like.visible())


def _fill(node: Node, layer: Layer, source: Source) -> Steps[None]:
    row = layer.width * CHANNELS[source.model] * _SAMPLE[source.depth]
    rows = max(1, _BAND // row)
    pixels = memoryview(layer.data)
    left, top = source.box[0] + layer.x, source.box[1] + layer.y
    for y in range(0, layer.height, rows):
        count = min(rows, layer.height - y)
        band = QtCore.QByteArray(bytes(pixels[y * row : (y + count) * row]))
        node.setPixelData(band, left, top + y, layer.width, count)
        yield None


def place(document: Document, group: Node, above: Optional[Node]) -> None:
    """Put the group, a clone from the scratch document, above a node (None: on top of everything): one undo step."""
    parent = (above.parentNode() if above is not None else None) or document.rootNode()
    if above is None and parent.childNodes():
        above = parent.childNodes()[-1]
    parent.addChildNode(group, above)


def activate(document: Document, placed: str) -> Steps[None]:
    """Make the group of that unique id the active layer, unfolded. Krita lists a new layer a little later."""
    for _ in range(40):
        yield None
        if not is_open(document):
            return
        group, now = find(document, placed), document.activeNode()
        if group is None or (now is not None and now.uniqueId().toString() == placed):
            break
    group = find(document, placed)
    if group is not None:
        group.setCollapsed(False)
        document.setActiveNode(group)


def open_new(scratch: Document, size: Tuple[int, int]) -> None:
    """Show the scratch document in a window of its own: for a result whose place is gone."""
    scratch.resizeImage(0, 0, *size)
    for node in scratch.rootNode().childNodes()[:-1]:
        node.remove()
    scratch.setBatchmode(False)
    window = Krita.instance().activeWindow()
    if window is not None:
        window.addView(scratch)


def is_open(document: Document) -> bool:
    return any(document == other for other in Krita.instance().documents())


def find(document: Document, unique_id: str) -> Optional[Node]:
    """The node of that id in the document's tree, or None."""
    waiting: List[Node] = [document.rootNode()]
    while waiting:
        node = waiting.pop()
        if node.uniqueId().toString() == unique_id:
            return node
        waiting += node.childNodes()
    return None
