"""Contact sheets: inputs and results side by side, to be looked at. Knows nothing of metrics.

A strip is: input | foreground over checkerboard | background | (truth) | difference x10. The difference is between
background and truth where there is a truth, otherwise between background and input.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ..blending import stack
from ..types import BlendType, Decomposition
from .triplets import Triplet

__all__ = ["ContactSheet", "strip", "write_sheet"]

_HEIGHT = 240
_GAP = 4
_SHOWN = 5


def strip(composite: np.ndarray, decomposition: Decomposition, truth: np.ndarray | None, caption: str) -> np.ndarray:
    """One row of the sheet, uint8 h x w x 3; `composite` and `truth` are uint8 H x W x 3."""
    background = _eight_bit(decomposition.background.pixels)[..., :3]
    compared = composite if truth is None else truth
    difference = np.minimum(10 * np.abs(background.astype(np.int16) - compared), 255).astype(np.uint8)
    pictures = [composite, foreground(decomposition), background]
    if truth is not None:
        pictures.append(truth)
    small = [_fitted(picture) for picture in (*pictures, difference)]
    gap = np.full((small[0].shape[0], _GAP, 3), 255, np.uint8)
    row = np.hstack([part for picture in small for part in (picture, gap)])
    title = np.full((18, row.shape[1], 3), 255, np.uint8)
    cv2.putText(title, caption, (2, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (40, 40, 40), 1, cv2.LINE_AA)
    return np.vstack([title, row])


def foreground(decomposition: Decomposition) -> np.ndarray:
    """The foregrounds over a checkerboard of mid greys, each in its own blend type; uint8 H x W x 3."""
    width, height = decomposition.size
    side = max(8, height // 30)
    rows, columns = np.indices((height, width), sparse=True)
    board = np.where((rows // side + columns // side) % 2 == 0, 150, 105).astype(np.uint8)
    canvas = np.repeat(board[..., None], 3, axis=2)
    for layer in decomposition.foregrounds:
        x, y = layer.offset
        pixels = _eight_bit(layer.pixels)
        here = canvas[y : y + pixels.shape[0], x : x + pixels.shape[1]]
        here[:] = stack(pixels, here, BlendType(layer.blend), layer.opacity)
    return canvas


def write_sheet(strips: list[np.ndarray], path: Path) -> None:
    """All strips below each other; the ending of `path` decides the format."""
    from PIL import Image

    width = max(s.shape[1] for s in strips)
    padded = [np.pad(s, ((0, 6), (0, width - s.shape[1]), (0, 0)), constant_values=255) for s in strips]
    Image.fromarray(np.vstack(padded)).save(path, quality=88)


class ContactSheet:
    """Keeps a strip of every picture of one method, and writes the best, median and worst five."""

    def __init__(self, method: str) -> None:
        self.method = method
        self._strips: list[tuple[float, np.ndarray]] = []

    def add(self, triplet: Triplet, decomposition: Decomposition, score: float) -> None:
        """score: smaller is better."""
        p = decomposition.provenance
        blend = p.blend or "nothing found"
        caption = (
            f"{triplet.name}  {score:.2f}  {p.engine}: {blend} (true: {triplet.blend or 'nothing'}), {p.kind or '-'}"
        )
        truth = triplet.background
        self._strips.append((score, strip(triplet.composite, decomposition, truth, caption)))

    def write(self, path: Path) -> None:
        if not self._strips:
            return
        order = sorted(range(len(self._strips)), key=lambda i: self._strips[i][0])
        middle = max(0, len(order) // 2 - _SHOWN // 2)
        chosen = dict.fromkeys(order[:_SHOWN] + order[middle : middle + _SHOWN] + order[-_SHOWN:])
        write_sheet([self._strips[i][1] for i in chosen], path)


def _eight_bit(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.dtype == np.uint8 else ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _fitted(picture: np.ndarray) -> np.ndarray:
    scale = _HEIGHT / picture.shape[0]
    size = max(1, round(picture.shape[1] * scale)), _HEIGHT
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
