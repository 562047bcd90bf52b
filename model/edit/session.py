"""An editing session over a decomposition: strokes, edits of a whole layer, undo and redo, the result.

The layers remain an exact solution of the composite after every change. Runs in the caller's process, where the
pixels are; not safe for several threads at once. Knows nothing of widgets or files.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..blending import recomposition_error
from ..errors import InvalidRequest
from ..types import BlendType, Box, Decomposition, Layer, Provenance
from .brush import Brush
from .ghost_gain import gain_sums, global_gain
from .global_edit import GlobalEdit
from .journal import Change, play
from .layer_stack import LayerStack
from .operations import RGB, Edit
from .stroke import Stroke

__all__ = ["EditSession", "trim"]


class EditSession(LayerStack):
    """Layers under edit with their history; see `LayerStack` for the arguments and what they must satisfy."""

    def stroke(self, edit: Edit, brush: Brush, area: np.ndarray | None = None) -> Stroke:
        """Begin a gesture of a brush. One stroke or global edit at a time.

        area: uint8 H x W, how much of the brush may act at each pixel; None = everywhere. Raises InvalidRequest where
        it is not of the picture's size.
        """
        width, height = self.size
        if area is not None and area.shape != (height, width):
            raise InvalidRequest(f"the marked area is {area.shape}, the picture {(height, width)}: mark it again")
        return Stroke(self, edit, brush, area)

    def global_edit(self, edit: Edit, first: Box | None = None) -> GlobalEdit:
        """Begin a change of the whole layer; `first` is what the artist sees and gets first."""
        return GlobalEdit(self, edit, first)

    def undo(self, change: Change) -> Box:
        """Take back a change that is in effect, the latest first; returns what it touched."""
        return self._play(change, change.blends[0])

    def redo(self, change: Change) -> Box:
        """Do again what `undo` took back."""
        return self._play(change, change.blends[1])

    def close(self) -> None:
        """Let go of the history."""
        self._blobs.close()

    def _play(self, change: Change, blend: BlendType) -> Box:
        play(change, self._planes, self._blobs)
        self._blends[change.layer] = blend
        self._stats.clear()
        return change.box

    def gain(self, colour: RGB | None = None) -> float:
        """How much stronger the whole active layer must be for its ghost in the background to vanish.

        colour: as if the layer had this colour.
        """
        tint = None if colour is None else np.array(colour, np.float32)[:, None, None]
        return global_gain([gain_sums(self.patch(box), tint) for box in self._blocks()], self.config)

    def result(self, provenance: Provenance) -> Decomposition:
        """The layers as they are now, each cropped to where its alpha is not 0.

        provenance: how the decomposition came to be; its blend, coverage and error are replaced by those measured.
        """
        background, *above = self.layers
        layers = (background, *(trim(layer) for layer in above))
        composite = self.composite
        whole = Decomposition(self.size, layers, provenance, composite.icc, composite.dpi, composite.metadata)
        covered = np.count_nonzero(np.any([plane[..., 3] for plane in self._planes[1:]], axis=0))
        width, height = self.size
        measured = replace(
            provenance,
            blend=self._blends[-1] if covered else None,
            coverage=float(covered / (width * height)),
            recomposition_error=recomposition_error(whole, composite.pixels),
            corrected=provenance.corrected or self.corrected,
        )
        return replace(whole, layers=layers if covered else layers[:1], provenance=measured)

    def _blocks(self) -> list[Box]:
        """Up to `gain_blocks` blocks where most of the active layer is."""
        width, height = self.size
        side = self.config.gain_block_side
        alpha = self._planes[self._active][..., 3]
        boxes = [
            (x, y, min(side, width - x), min(side, height - y))
            for y in range(0, height, side)
            for x in range(0, width, side)
        ]
        mass = [int(alpha[y : y + h : 8, x : x + w : 8].sum(dtype=np.int64)) for x, y, w, h in boxes]
        best = sorted(range(len(boxes)), key=lambda n: -mass[n])[: self.config.gain_blocks]
        return [boxes[n] for n in best if mass[n] > 0]


def trim(layer: Layer) -> Layer:
    """The layer cropped to where its alpha is not 0; a view of the same pixels. An empty one as it is."""
    if layer.pixels.shape[2] == 3:
        return layer
    alpha = layer.pixels[..., 3]
    rows = np.flatnonzero(alpha.any(axis=1))
    if not rows.size:
        return layer
    columns = np.flatnonzero(alpha[rows[0] : rows[-1] + 1].any(axis=0))
    x, y = int(columns[0]), int(rows[0])
    pixels = layer.pixels[y : int(rows[-1]) + 1, x : int(columns[-1]) + 1]
    return replace(layer, pixels=pixels, offset=(layer.offset[0] + x, layer.offset[1] + y))
