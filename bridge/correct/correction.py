"""The layers being corrected, at full size, and every way to change them.

One layer is edited at a time. What lies above it stays; what lies below it is solved again, layer by layer down to
the background, with the alpha and colour it has: so the stack is the composite, exactly, after every step. Knows
nothing of widgets or files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from model.blending import recomposition_error, stack
from model.correct import RGB, Cover, Edit, Patch, cover_of, gain_of, resolved, sums
from model.errors import InvalidRequest
from model.types import BlendType, Box, Composite, Decomposition, Layer, Provenance

from .brush import Brush
from .ledger import Attic, Change, Ledger, play
from .stroke import Stroke
from .sweep import Sweep

__all__ = ["Correction", "trimmed"]

SAMPLES = 1 << 16
"""Pixels looked at to tell what a whole layer is made of."""

BLOCK = 256
BLOCKS = 16
"""How many blocks of BLOCK x BLOCK the gain of a whole layer is read from."""


class Correction:
    """An editing session. `layers` are the live pixels: full size, changed in place by strokes and sweeps.

    Layers must have opacity 1 and be as they came out of a decomposition, bottom to top, the background first; with
    the background alone an empty foreground is laid over it. Raises InvalidRequest where sizes do not fit.
    """

    def __init__(self, composite: Composite, layers: Sequence[Layer], active: int | None = None) -> None:
        self.composite = composite
        width, height = composite.size
        if not layers or layers[0].pixels.shape != composite.pixels.shape:
            raise InvalidRequest("the first layer is not a background of the picture's size: decompose it again")
        self._names = [layer.name for layer in layers] if len(layers) > 1 else [layers[0].name, "Foreground"]
        self._blends = [layer.blend for layer in layers] if len(layers) > 1 else [BlendType.NORMAL] * 2
        self._planes = [layers[0].pixels.copy()]
        for layer in layers[1:]:
            self._planes.append(_full(layer, composite))
        if len(layers) == 1:
            self._planes.append(np.zeros((height, width, 4), composite.pixels.dtype))
        self._active = len(self._planes) - 1 if active is None else active
        self._attic = Attic()
        self._covers: dict[int, Cover] = {}
        self.corrected = False

    # What there is

    @property
    def size(self) -> tuple[int, int]:
        """Width, height in pixels."""
        return self.composite.size

    @property
    def active(self) -> int:
        """The layer that is edited, counted from the background (0)."""
        return self._active

    @active.setter
    def active(self, layer: int) -> None:
        if not 1 <= layer < len(self._planes):
            raise InvalidRequest(
                f"layer {layer} cannot be corrected: choose a foreground, 1 to {len(self._planes) - 1}"
            )
        self._active = layer

    @property
    def blend(self) -> BlendType:
        """Of the active layer."""
        return self._blends[self._active]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Bottom to top, full size; their pixels are the live ones."""
        told = zip(self._names, self._planes, self._blends, strict=True)
        return tuple(Layer(name, pixels, blend=blend) for name, pixels, blend in told)

    def result(self, told: Provenance) -> Decomposition:
        """The layers as they are now, each cropped to where it is. told: how the decomposition came to be."""
        background, *above = self.layers
        layers = (background, *(trimmed(layer) for layer in above))
        composite = self.composite
        whole = Decomposition(self.size, layers, told, composite.icc, composite.dpi, composite.metadata)
        covered = np.count_nonzero(np.any([plane[..., 3] for plane in self._planes[1:]], axis=0))
        width, height = self.size
        said = replace(
            told,
            blend=self._blends[-1] if covered else None,
            coverage=float(covered / (width * height)),
            recomposition_error=recomposition_error(whole, composite.pixels),
            corrected=told.corrected or self.corrected,
        )
        return replace(whole, layers=layers if covered else layers[:1], provenance=said)

    def cover(self) -> Cover:
        """What the active layer is made of as a whole."""
        if self._active not in self._covers:
            plane = self._planes[self._active]
            step = max(1, int((plane.shape[0] * plane.shape[1] / SAMPLES) ** 0.5))
            sample = plane[step // 2 :: step, step // 2 :: step]
            colour = _as_planes(sample, 3)
            patch = Patch(colour, sample[..., 3], colour, colour, self.blend)
            alpha, colour = patch.cover
            self._covers[self._active] = cover_of(alpha.ravel(), colour.reshape(3, -1))
        return self._covers[self._active]

    def gain(self, colour: RGB | None = None) -> float:
        """How much stronger the whole active layer must be for its ghost in the background to vanish.

        colour: as if the layer had this colour.
        """
        tint = None if colour is None else np.array(colour, np.float32)[:, None, None]
        return gain_of([sums(self.patch(box), tint) for box in self._blocks()])

    # Changing it

    def stroke(self, edit: Edit, brush: Brush) -> Stroke:
        """Begin a gesture of a brush. One stroke or sweep at a time."""
        return Stroke(self, edit, brush)

    def sweep(self, edit: Edit, first: Box | None = None) -> Sweep:
        """Begin a change of the whole layer; `first` is what the artist sees and gets first."""
        return Sweep(self, edit, first)

    def undo(self, change: Change) -> Box:
        """Take back a change that is in effect, the latest first; returns what it touched."""
        return self._play(change, change.blends[0])

    def redo(self, change: Change) -> Box:
        """Do again what `undo` took back."""
        return self._play(change, change.blends[1])

    def close(self) -> None:
        """Let go of the history."""
        self._attic.close()

    def _play(self, change: Change, blend: BlendType) -> Box:
        play(change, self._planes, self._attic)
        self._blends[change.layer] = blend
        self._covers.clear()
        return change.box

    # For strokes and sweeps

    def ledger(self) -> Ledger:
        """A fresh record of what is about to change."""
        return Ledger(self._planes)

    def keep(self, ledger: Ledger, before: BlendType) -> Change | None:
        """What changed since `ledger` was opened becomes history. Raises OSError (disk full): then nothing changed."""
        try:
            change = ledger.close(self._active, (before, self.blend), self._attic)
        except OSError:
            ledger.restore()
            self.retype(before)
            raise
        self._covers.clear()
        self.corrected |= change is not None
        return change

    def retype(self, blend: BlendType) -> None:
        """The active layer's pixels are of another blend type from now on."""
        self._blends[self._active] = blend

    def patch(self, box: Box, ledger: Ledger | None = None, step: int = 1) -> Patch:
        """The active layer's view of `box`, as it is, or as it was when `ledger` was opened.

        step: every step-th pixel each way, for previews.
        """
        crop = [self._crop(n, box, ledger, step) for n in range(len(self._planes))]
        return self._patch(crop, self._active, self._target(crop, box, step))

    def put(self, patch: Patch, box: Box, at: Box) -> None:
        """Write the part `box` of `patch` (which covers `at`), and solve the layers below it again."""
        x, y, w, h = box
        rows, columns = slice(y - at[1], y - at[1] + h), slice(x - at[0], x - at[0] + w)
        here = np.s_[y : y + h, x : x + w]
        alpha, colour = patch.alpha[rows, columns], patch.colour[:, rows, columns]
        cv2.merge(
            [*(np.ascontiguousarray(c) for c in colour), np.ascontiguousarray(alpha)], self._planes[self._active][here]
        )
        target = patch.backdrop[:, rows, columns]
        for layer in range(self._active - 1, 0, -1):
            crop = [plane[here] for plane in self._planes]
            lower = self._patch(crop, layer, target)
            was = stack(crop[layer], self._stacked(crop, layer), self._blends[layer])[..., :3]
            lower = resolved(lower, *lower.cover, (_as_planes(was, 3) != target).any(axis=0), fresh=False)
            self._planes[layer][here][..., :3] = np.moveaxis(lower.colour, 0, -1)
            self._planes[layer][here][..., 3] = lower.alpha
            target = lower.backdrop
        self._planes[0][here][..., :3] = np.moveaxis(target, 0, -1)

    def allowed(self, box: Box) -> np.ndarray | None:
        """h x w bool: where layers may lie (the composite is opaque); None = everywhere."""
        pixels = self.composite.pixels
        if pixels.shape[2] == 3:
            return None
        x, y, w, h = box
        return pixels[y : y + h, x : x + w, 3] == np.iinfo(pixels.dtype).max

    def has_foreground(self, box: Box, ledger: Ledger) -> bool:
        """Whether the active layer has pixels in `box`, now or before."""
        x, y, w, h = box
        if self._planes[self._active][y : y + h, x : x + w, 3].any():
            return True
        return bool(ledger.before(self._active, box)[..., 3].any())

    # Inside

    def _crop(self, layer: int, box: Box, ledger: Ledger | None, step: int) -> np.ndarray:
        x, y, w, h = box
        if ledger is not None:
            return ledger.before(layer, box, step)
        return self._planes[layer][y : y + h : step, x : x + w : step]

    def _target(self, crop: Sequence[np.ndarray], box: Box, step: int) -> np.ndarray:
        if self._active == len(self._planes) - 1:
            x, y, w, h = box
            return _as_planes(self.composite.pixels[y : y + h : step, x : x + w : step], 3)
        return _as_planes(self._stacked(crop, self._active + 1), 3)

    def _stacked(self, crop: Sequence[np.ndarray], layers: int) -> np.ndarray:
        """The lowest `layers` of the cropped planes, stacked."""
        out = crop[0]
        for layer in range(1, layers):
            out = stack(crop[layer], out, self._blends[layer])
        return out

    def _patch(self, crop: Sequence[np.ndarray], layer: int, target: np.ndarray) -> Patch:
        mine = _as_planes(crop[layer], 4)
        below = _as_planes(self._stacked(crop, layer), 3)
        return Patch(target, mine[3], mine[:3], below, self._blends[layer])

    def _blocks(self) -> list[Box]:
        """Up to BLOCKS blocks where most of the active layer is."""
        width, height = self.size
        alpha = self._planes[self._active][..., 3]
        boxes = [
            (x, y, min(BLOCK, width - x), min(BLOCK, height - y))
            for y in range(0, height, BLOCK)
            for x in range(0, width, BLOCK)
        ]
        mass = [int(alpha[y : y + h : 8, x : x + w : 8].sum(dtype=np.int64)) for x, y, w, h in boxes]
        best = sorted(range(len(boxes)), key=lambda n: -mass[n])[:BLOCKS]
        return [boxes[n] for n in best if mass[n] > 0]


def trimmed(layer: Layer) -> Layer:
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


def _full(layer: Layer, composite: Composite) -> np.ndarray:
    """The layer's pixels on a canvas of the composite's size, H x W x 4; what lies outside is cut off."""
    width, height = composite.size
    out = np.zeros((height, width, 4), composite.pixels.dtype)
    x, y = layer.offset
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + layer.pixels.shape[1], width), min(y + layer.pixels.shape[0], height)
    if x0 < x1 and y0 < y1:
        pixels = layer.pixels[y0 - y : y1 - y, x0 - x : x1 - x]
        out[y0:y1, x0:x1, : pixels.shape[2]] = pixels
        if pixels.shape[2] == 3:
            out[y0:y1, x0:x1, 3] = np.iinfo(out.dtype).max
    return out


def _as_planes(pixels: np.ndarray, channels: int) -> np.ndarray:
    """The first channels of h x w x C, as channels x h x w."""
    return np.stack(cv2.split(np.ascontiguousarray(pixels))[:channels])
