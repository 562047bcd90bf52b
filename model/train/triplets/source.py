"""The source of triplets that a path stands for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import InvalidRequest
from .folder import FolderSource
from .generated import GeneratedSource
from .sample import Source

__all__ = ["open_source"]


def open_source(data: Path, size: int, seed: int, device: str = "cpu", foregrounds: Sequence[float] = (1.0,)) -> Source:
    """A folder of pictures (see `layouts`), or a pack of the AlphaBlend generator (a file).

    size: side of the square that a sample has the area of.   device: where a pack's samples are made.
    foregrounds: shares of a pack's batches with one, two, three foregrounds; folders hold what they hold.
    Raises InvalidRequest where `data` is neither.
    """
    if data.is_file():
        return GeneratedSource(data, size, seed, device, foregrounds)
    if data.is_dir():
        return FolderSource(data, size, seed)
    raise InvalidRequest(f"there is no training data at {data}: give a pack of the generator or a folder of triplets")
