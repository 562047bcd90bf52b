"""What pixels were before they were touched, tile by tile, and what became of them as compressed differences.

A difference is before ^ after, so a change plays back both ways with the same arithmetic, and what did not change
compresses to nothing. Compressed bytes go to a file without a name: history is limited by the disk alone. Knows
nothing of edits.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from isal import isal_zlib

from ..types import BlendType, Box

__all__ = ["BlobStore", "Change", "TileJournal", "united"]


@dataclass(frozen=True)
class Difference:
    """One tile of one plane set (`layer`, counted from the background). start, length: its bytes in the blob store."""

    layer: int
    box: Box
    start: int
    length: int


@dataclass(frozen=True)
class Change:
    """One step of history. blends: the edited layer's blend type before and after. box: what it touched."""

    layer: int
    differences: tuple[Difference, ...]
    blends: tuple[BlendType, BlendType]
    box: Box

    @property
    def size(self) -> int:
        """Compressed bytes."""
        return sum(one.length for one in self.differences)


class BlobStore:
    """An append-only store of bytes, read by offset and length; in memory up to a limit, then in an unnamed file."""

    def __init__(self, in_memory: int) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115 lives as long as the session
        self._end = 0

    def put(self, data: bytes) -> int:
        """Where it lies. Raises OSError where the disk is full; what was put away before stays readable."""
        self._file.seek(self._end)
        self._file.write(data)
        start, self._end = self._end, self._end + len(data)
        return start

    def get(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        return self._file.read(length)

    def close(self) -> None:
        self._file.close()


class TileJournal:
    """Copies of the tiles of `planes` (H x W x C each) that are about to change: their state when it was opened."""

    def __init__(self, planes: Sequence[np.ndarray], tile: int) -> None:
        self._planes, self._tile = planes, tile
        self._before: dict[tuple[int, int, int], np.ndarray] = {}

    def touch(self, box: Box) -> None:
        """Pixels inside `box` may change from now on, in all planes."""
        for tile in self._tiles(box):
            for layer, plane in enumerate(self._planes):
                key = (layer, *tile)
                if key not in self._before:
                    self._before[key] = self._cut(plane, *tile).copy()

    def before(self, layer: int, box: Box, step: int = 1) -> np.ndarray:
        """Every step-th pixel of a plane as they were, h x w x C; a copy."""
        x, y, w, h = box
        out = self._planes[layer][y : y + h : step, x : x + w : step].copy()
        for column, row in self._tiles(box):
            old = self._before.get((layer, column, row))
            if old is None:
                continue
            left, top = column * self._tile, row * self._tile
            x0, x1 = (-(-(max(x, edge) - x) // step) for edge in (left, min(left + old.shape[1], x + w)))
            y0, y1 = (-(-(max(y, edge) - y) // step) for edge in (top, min(top + old.shape[0], y + h)))
            if x0 < x1 and y0 < y1:
                out[y0:y1, x0:x1] = old[y + y0 * step - top :: step, x + x0 * step - left :: step][: y1 - y0, : x1 - x0]
        return out

    def restore(self) -> Box:
        """Put everything back as it was; returns what that touched."""
        for (layer, column, row), old in self._before.items():
            self._cut(self._planes[layer], column, row)[:] = old
        box = united([self._box(column, row, old) for (_, column, row), old in self._before.items()])
        self._before.clear()
        return box

    def close(self, layer: int, blends: tuple[BlendType, BlendType], blobs: BlobStore) -> Change | None:
        """What changed since the journal was opened, stored; None where nothing did. layer: the one edited."""
        found = []
        for (plane, column, row), old in self._before.items():
            difference = old ^ self._cut(self._planes[plane], column, row)
            if difference.any():
                data = isal_zlib.compress(difference.tobytes(), 1)
                found.append(Difference(plane, self._box(column, row, old), blobs.put(data), len(data)))
        self._before.clear()
        if not found and blends[0] == blends[1]:
            return None
        return Change(layer, tuple(found), blends, united([one.box for one in found]))

    def _tiles(self, box: Box) -> list[tuple[int, int]]:
        """Column and row of every tile that `box` touches."""
        (x, y, w, h), side = box, self._tile
        if w <= 0 or h <= 0:
            return []
        columns, rows = range(x // side, (x + w - 1) // side + 1), range(y // side, (y + h - 1) // side + 1)
        return [(column, row) for row in rows for column in columns]

    def _cut(self, plane: np.ndarray, column: int, row: int) -> np.ndarray:
        side = self._tile
        return plane[row * side : (row + 1) * side, column * side : (column + 1) * side]

    def _box(self, column: int, row: int, tile: np.ndarray) -> Box:
        return column * self._tile, row * self._tile, tile.shape[1], tile.shape[0]


def play(change: Change, planes: Sequence[np.ndarray], blobs: BlobStore) -> None:
    """Undo a change that is in effect, or redo one that is not."""
    for one in change.differences:
        x, y, w, h = one.box
        tile = planes[one.layer][y : y + h, x : x + w]
        data = isal_zlib.decompress(blobs.get(one.start, one.length))
        tile ^= np.frombuffer(data, tile.dtype).reshape(tile.shape)


def united(boxes: Sequence[Box]) -> Box:
    """The smallest box around all; (0, 0, 0, 0) around none."""
    if not boxes:
        return 0, 0, 0, 0
    x, y = min(b[0] for b in boxes), min(b[1] for b in boxes)
    return x, y, max(b[0] + b[2] for b in boxes) - x, max(b[1] + b[3] for b in boxes) - y
