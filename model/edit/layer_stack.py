"""The layers being edited, at full size, and how one layer's rectangle is read, written and solved again.

One layer is edited at a time. What lies above it stays; what lies below it is solved again, layer by layer down to
the background, with the alpha and colour it has: so the stack is the composite, exactly, after every write. Knows
nothing of brushes, operations or widgets.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..blending import stack
from ..errors import InvalidRequest
from ..types import BlendType, Box, Composite, Layer
from .config import EditConfig
from .ghost_gain import GainField, layer_gain
from .journal import BlobStore, Change, TileJournal
from .layer_stats import LayerStats, layer_stats
from .patch import Patch, solve_patch

__all__ = ["LayerStack"]


class LayerStack:
    """Full-size layers over a composite, changed in place; `layers` are the live pixels.

    composite: what the stack must equal.   layers: bottom to top, the background first, all of opacity 1 and as they
    came out of a decomposition; over a background alone an empty foreground is laid.   active: the layer that is
    edited, counted from the background (0); the top one by default. Raises InvalidRequest where sizes do not fit.
    """

    def __init__(
        self, composite: Composite, layers: Sequence[Layer], active: int | None = None, config: EditConfig | None = None
    ) -> None:
        self.composite, self.config = composite, config or EditConfig()
        width, height = composite.size
        if not layers or layers[0].pixels.shape != composite.pixels.shape:
            raise InvalidRequest("the first layer is not a background of the picture's size: decompose it again")
        self._names = [layer.name for layer in layers] if len(layers) > 1 else [layers[0].name, "Foreground"]
        self._blends = [layer.blend for layer in layers] if len(layers) > 1 else [BlendType.NORMAL] * 2
        self._planes = [layers[0].pixels.copy()]
        for layer in layers[1:]:
            self._planes.append(_on_canvas(layer, composite))
        if len(layers) == 1:
            self._planes.append(np.zeros((height, width, 4), composite.pixels.dtype))
        self._active = len(self._planes) - 1 if active is None else active
        self._blobs = BlobStore(self.config.history_in_memory)
        self._stats: dict[int, LayerStats] = {}
        self.corrected = False

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
        rows = zip(self._names, self._planes, self._blends, strict=True)
        return tuple(Layer(name, pixels, blend=blend) for name, pixels, blend in rows)

    def stats(self) -> LayerStats:
        """What the active layer is made of as a whole."""
        if self._active not in self._stats:
            plane = self._planes[self._active]
            step = max(1, int((plane.shape[0] * plane.shape[1] / self.config.stats_samples) ** 0.5))
            sample = plane[step // 2 :: step, step // 2 :: step]
            colour = _as_planes(sample, 3)
            patch = Patch(colour, sample[..., 3], colour, colour, self.blend, self.config)
            alpha, colour = patch.alpha_and_colour
            self._stats[self._active] = layer_stats(alpha.ravel(), colour.reshape(3, -1))
        return self._stats[self._active]

    def gains(self) -> GainField:
        """How much stronger the active layer must be, everywhere, for its ghost to vanish."""
        width, height = self.size
        step = max(1, int((width * height / self.config.gain_samples) ** 0.5))
        return layer_gain(self.patch((0, 0, width, height), step=step), step)

    def journal(self) -> TileJournal:
        """A fresh record of what is about to change."""
        return TileJournal(self._planes, self.config.journal_tile)

    def keep(self, journal: TileJournal, before: BlendType) -> Change | None:
        """What changed since `journal` was opened becomes history. Raises OSError (disk full): then nothing changed."""
        try:
            change = journal.close(self._active, (before, self.blend), self._blobs)
        except OSError:
            journal.restore()
            self.set_blend(before)
            raise
        self._stats.clear()
        self.corrected |= change is not None
        return change

    def set_blend(self, blend: BlendType) -> None:
        """The active layer's pixels are of another blend type from now on."""
        self._blends[self._active] = blend

    def patch(self, box: Box, journal: TileJournal | None = None, step: int = 1) -> Patch:
        """The active layer's view of `box`, as it is, or as it was when `journal` was opened.

        step: every step-th pixel each way, for previews.
        """
        crop = [self._crop(n, box, journal, step) for n in range(len(self._planes))]
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
            lower = solve_patch(lower, *lower.alpha_and_colour, (_as_planes(was, 3) != target).any(axis=0), fresh=False)
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

    def has_foreground(self, box: Box, journal: TileJournal) -> bool:
        """Whether the active layer has pixels in `box`, now or before."""
        x, y, w, h = box
        if self._planes[self._active][y : y + h, x : x + w, 3].any():
            return True
        return bool(journal.before(self._active, box)[..., 3].any())

    def _crop(self, layer: int, box: Box, journal: TileJournal | None, step: int) -> np.ndarray:
        x, y, w, h = box
        if journal is not None:
            return journal.before(layer, box, step)
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
        return Patch(target, mine[3], mine[:3], below, self._blends[layer], self.config)


def _on_canvas(layer: Layer, composite: Composite) -> np.ndarray:
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
