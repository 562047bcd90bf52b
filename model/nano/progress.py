"""How far the networks are, and the small background that is shown meanwhile. Nothing of it enters a result."""

from __future__ import annotations

import cv2
import numpy as np

from ..blending import INVERSION_WEIGHT, invert
from ..imaging.resample import fit_long_side
from ..imaging.tiles import Tile
from ..types import BlendType, Tick
from . import layout
from .network import NetworkOutput
from .passes import GlobalPrediction, to_fields

__all__ = ["PREVIEW_SIDE", "NetworkProgress", "ProgressPreview"]

PREVIEW_SIDE = 128
"""Longest side in pixels; the wire carries no more."""

STEPS = 100
DETECTION = 0.4
"""Share of the stage that the passes over the whole picture take; the tiles of all candidates share the rest."""


class NetworkProgress:
    """The stage "network" as one share that never falls: the passes of the detection, then every candidate's tiles.

    Parameters
    ----------
    tick : Tick
        Called at every report; whatever it raises passes through.
    passes : int
        That the detection is expected to take; more of them do not go beyond its share.
    """

    def __init__(self, tick: Tick, passes: int) -> None:
        self._tick, self._passes = tick, passes
        self._seen, self._done = 0, 0.0
        self._candidate, self._candidates = 0, 1
        self._report(0.0)

    def add_pass(self) -> None:
        """The detection has made one more prediction."""
        self._seen += 1
        self._report(DETECTION * min(1.0, self._seen / self._passes))

    def begin_candidate(self, number: int, count: int) -> None:
        """Candidate `number`, from 0, of `count` is begun."""
        self._candidate, self._candidates = number, count

    def set_share(self, share: float, preview: np.ndarray | None = None) -> None:
        """`share`, 0..1, of the present candidate is done. preview: uint8 h x w x 3."""
        done = (self._candidate + share) / self._candidates
        self._report(DETECTION + (1 - DETECTION) * done, preview)

    def _report(self, done: float, preview: np.ndarray | None = None) -> None:
        self._done = max(self._done, done)
        self._tick("network", round(STEPS * self._done), STEPS, preview)


class ProgressPreview:
    """The background so far: the global prediction's at first, then, tile by tile, the refined one.

    Parameters
    ----------
    whole : GlobalPrediction
    blend : the blend type of the candidate
    """

    def __init__(self, whole: GlobalPrediction, blend: BlendType) -> None:
        h, w = whole.picture.shape[1:]
        size = fit_long_side((w, h), PREVIEW_SIDE)
        layer = np.stack([cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in whole.output.layer])
        small = NetworkOutput(layer, whole.output.blend, whole.output.kind)
        emission, transmission, _ = to_fields(small, blend, whole.gates)
        self._z = reduced(whole.picture[layout.PICTURE], size) + np.float32(0.5)
        self._paint = small.paint.transpose(1, 2, 0)
        self._emission, self._transmission = (x.transpose(1, 2, 0).copy() for x in (emission, transmission))
        # Pixels of the preview a native one: the global pass's own factor, reduced once more.
        self._factor = whole.factor[0] * size[0] / w, whole.factor[1] * size[1] / h

    def refine(self, tile: Tile, emission: np.ndarray, transmission: np.ndarray) -> None:
        """Replace the area of a tile by its native emission and transmission, 3 x h x w each."""
        fx, fy = self._factor
        rows = slice(int(tile.rows.start * fy), max(int(tile.rows.start * fy) + 1, round(tile.rows.stop * fy)))
        columns = slice(
            int(tile.columns.start * fx), max(int(tile.columns.start * fx) + 1, round(tile.columns.stop * fx))
        )
        height, width = self._emission[rows, columns].shape[:2]
        self._emission[rows, columns] = reduced(emission, (width, height))
        self._transmission[rows, columns] = reduced(transmission, (width, height))

    def pixels(self) -> np.ndarray:
        """uint8 h x w x 3."""
        y = invert(self._z, self._emission, self._transmission, self._paint, INVERSION_WEIGHT)
        return np.rint(np.clip(y, 0, 1) * 255).astype(np.uint8)


def reduced(planes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """3 x h x w -> float32 h' x w' x 3 by area averaging; size: w', h'."""
    pixels = np.ascontiguousarray(planes.transpose(1, 2, 0), dtype=np.float32)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
