"""Cuts a picture into overlapping tiles whose weights add up to one everywhere, so that no seam can show.

Pure geometry: knows nothing of networks or pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

__all__ = ["Span", "Tile", "spans", "tiles"]

TILE = 768
"""Longest side of a tile, pixels."""

OVERLAP = 64
"""Pixels that neighbouring tiles share."""


@dataclass(frozen=True)
class Span:
    """A stretch of one axis. start, stop: pixels.   before, after: how many of them are shared with a neighbour."""

    start: int
    stop: int
    before: int
    after: int

    def weights(self) -> np.ndarray:
        """float32, one a pixel; a straight ramp where a neighbour shares, which makes both sum to one."""
        weights = np.ones(self.stop - self.start, np.float32)
        if self.before:
            weights[: self.before] *= (np.arange(self.before, dtype=np.float32) + 0.5) / self.before
        if self.after:
            weights[-self.after :] *= 1 - (np.arange(self.after, dtype=np.float32) + 0.5) / self.after
        return weights


@dataclass(frozen=True)
class Tile:
    rows: Span
    columns: Span

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.rows.start, self.rows.stop), slice(self.columns.start, self.columns.stop)

    def moved(self, x: int, y: int) -> Tile:
        """The same tile `x` pixels to the right and `y` down."""
        rows, columns = self.rows, self.columns
        return Tile(
            Span(rows.start + y, rows.stop + y, rows.before, rows.after),
            Span(columns.start + x, columns.stop + x, columns.before, columns.after),
        )

    def weights(self) -> np.ndarray:
        return self.rows.weights()[:, None] * self.columns.weights()[None, :]


def spans(length: int, tile: int = TILE, overlap: int = OVERLAP) -> list[Span]:
    """Covers 0..length with as few stretches of at most `tile` as the overlap allows, evenly."""
    count = max(1, -(-(length - overlap) // (tile - overlap)))
    cuts = [round(i * (length - overlap) / count) for i in range(count + 1)]  # where each overlap begins
    return [
        Span(cuts[i] if i else 0, cuts[i + 1] + overlap if i < count - 1 else length,
             overlap if i else 0, overlap if i < count - 1 else 0)
        for i in range(count)
    ]  # fmt: skip


def tiles(width: int, height: int, tile: int = TILE, overlap: int = OVERLAP) -> Iterator[Tile]:
    """The tiles of a picture, row by row.

    width, height, tile, overlap: pixels. A picture of at most `tile` pixels a side is one tile.
    """
    for rows in spans(height, tile, overlap):
        for columns in spans(width, tile, overlap):
            yield Tile(rows, columns)
