"""The value between layers and files: a stack of layers and groups with its merged picture.

What every layered writer takes and every layered reader gives. Knows nothing of any file format.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from model.types import BlendType, Decomposition, Layer, Metadata

from .pixels import without_idle_alpha

__all__ = ["Group", "LayeredDocument", "Node", "document_of", "walk"]


@dataclass(frozen=True, eq=False)
class Group:
    """Layers that belong together, bottom to top; composited on their own, then laid on what is below."""

    name: str
    layers: tuple[Node, ...]
    opacity: float = 1.0
    blend: BlendType = BlendType.NORMAL
    visible: bool = True


Node = Layer | Group


@dataclass(frozen=True, eq=False)
class LayeredDocument:
    """layers: bottom to top. size: width, height.

    merged: what a program shows that knows no layers, H x W x 3|4 of the document's depth, straight alpha.
    notes: one line for each thing that the reader had to leave out or change.
    """

    size: tuple[int, int]
    layers: tuple[Node, ...]
    merged: np.ndarray
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    metadata: Metadata = field(default_factory=Metadata)
    notes: tuple[str, ...] = ()

    @property
    def depth(self) -> int:
        """Bits a channel: 8 or 16."""
        return self.merged.dtype.itemsize * 8


def walk(nodes: Sequence[Node]) -> Iterator[Layer]:
    """All layers, those inside groups too, bottom to top."""
    for node in nodes:
        if isinstance(node, Group):
            yield from walk(node.layers)
        else:
            yield node


def document_of(decompositions: Sequence[Decomposition], *, merged: np.ndarray | None = None) -> LayeredDocument:
    """One decomposition: its layers. Several: one group each, the first (the best) on top and the only visible one.

    merged: the original picture, where it is still at hand; it saves the time of stacking the layers.
    """
    first = decompositions[0]
    if merged is None:
        from model.blending import recompose

        merged = recompose(first)
    if len(decompositions) == 1:
        nodes: tuple[Node, ...] = first.layers
    else:
        groups = [
            Group(f"candidate {number} (seed {one.provenance.seed})", one.layers, visible=number == 1)
            for number, one in enumerate(decompositions, start=1)
        ]
        nodes = tuple(reversed(groups))
    merged = without_idle_alpha(merged)
    return LayeredDocument(first.size, nodes, merged, first.icc, first.dpi, first.metadata)
