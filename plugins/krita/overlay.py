"""The known overlay in Krita: the layers of a document to choose from, and the pixels of a layer or of a file.

Runs in the main thread. Knows nothing of jobs or dialogs.
"""

from pathlib import Path
from typing import List, Optional, Tuple

from bridge.wire import Picture
from krita import Document, Krita, Node
from plugins.shared.language import tr
from plugins.shared.overlay import FILE, LAYER, layer_choice, overlay_picture

from .canvas import CHANNELS, DEPTHS, MASKS, UnsupportedSource, bounds, find, pixels_of

__all__ = ["layers", "read"]


def layers(document: Document) -> List[Tuple[str, str]]:
    """`Choice.overlay` and name of every layer but the active one, the topmost first."""
    active, found = document.activeNode(), []
    waiting = list(document.rootNode().childNodes())
    while waiting:
        node = waiting.pop()
        if node.type() not in MASKS and (active is None or node.uniqueId() != active.uniqueId()):
            found.append((layer_choice(node.uniqueId().toString()), node.name()))
        waiting += node.childNodes()
    return found


def read(document: Document, chosen: str, source: Optional[Node]) -> Optional[Picture]:
    """The overlay that `chosen` (`Choice.overlay`) names; None where it is not known. Raises UnsupportedSource.

    source: the layer that is taken apart, None for the merged picture.
    """
    if chosen.startswith(FILE):
        return _from_file(document, chosen[len(FILE) :])
    return _from_layer(document, chosen[len(LAYER) :], source) if chosen.startswith(LAYER) else None


def _from_layer(document: Document, unique_id: str, source: Optional[Node]) -> Picture:
    node = find(document, unique_id)
    if node is None:
        raise UnsupportedSource(tr("The layer of the overlay is not in this document. Choose the overlay again."))
    if source is not None and node.uniqueId() == source.uniqueId():
        raise UnsupportedSource(
            tr("The overlay is the layer that would be taken apart. Click on the picture's layer, then try again.")
        )
    box, model, depth = bounds(node), node.colorModel(), node.colorDepth()
    if box[2] < 1 or box[3] < 1:
        raise UnsupportedSource(tr("The layer of the overlay is empty. Choose one with a picture in it."))
    if model not in CHANNELS or depth not in DEPTHS:
        raise UnsupportedSource(
            tr("The layer of the overlay has another colour space than RGB. Choose a file instead.")
        )
    return _picture(box[2], box[3], pixels_of(document, node, box), model, depth)


def _from_file(document: Document, path: str) -> Picture:
    opened = Krita.instance().openDocument(path)
    if opened is None:
        raise UnsupportedSource(tr("{name} cannot be opened as a picture.").format(name=Path(path).name))
    opened.setBatchmode(True)
    try:
        model = document.colorModel() if document.colorModel() in CHANNELS else "RGBA"
        wanted = (model, "U16" if opened.colorDepth() != "U8" else "U8", document.colorProfile())
        if (opened.colorModel(), opened.colorDepth(), opened.colorProfile()) != wanted:
            opened.setColorSpace(*wanted)
            opened.waitForDone()
        width, height = opened.width(), opened.height()
        return _picture(width, height, bytes(opened.pixelData(0, 0, width, height)), wanted[0], wanted[1])
    finally:
        opened.close()


def _picture(width: int, height: int, data: bytes, model: str, depth: str) -> Picture:
    order = "bgra" if depth in ("U8", "U16") and model == "RGBA" else "rgba"
    return overlay_picture(width, height, data, CHANNELS[model], DEPTHS[depth], order)
