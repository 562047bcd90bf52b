"""The photographs of one split of the pack, at the size asked for. Knows nothing of overlays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ...alphablend.pack import read_pack
from ...alphablend.sources import Split

__all__ = ["photographs"]


def photographs(pack: Path, split: Split, short_side: int) -> Iterator[np.ndarray]:
    """Endlessly, in the pack's order: uint8 H x W x 3 whose shorter side is `short_side` pixels."""
    pictures = [photo.pixels for photo in read_pack(pack, split).photos]
    while True:
        for pixels in pictures:
            yield resized(pixels, short_side)


def resized(pixels: np.ndarray, short_side: int) -> np.ndarray:
    height, width = pixels.shape[:2]
    scale = short_side / min(height, width)
    size = max(short_side, round(width * scale)), max(short_side, round(height * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
