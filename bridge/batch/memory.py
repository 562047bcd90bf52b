"""How many pictures fit into memory at once: from what a file declares of its size. Decodes nothing."""

from __future__ import annotations

import warnings
from pathlib import Path

__all__ = ["BYTES_A_PIXEL", "bytes_needed", "free_bytes"]

BYTES_A_PIXEL = 70
"""Peak of decomposing 24 megapixels of 8 bits, bytes a pixel, and some room (`python -m benchmarks.decompose`)."""
UNKNOWN_PIXELS = 24_000_000
"""Assumed of a file whose header nobody here reads at once (PSD, ORA)."""
SHARE = 0.8
"""Of the free memory that a batch may take: other programs need some too."""


def bytes_needed(path: Path) -> int:
    """Memory that decomposing the picture in `path` takes beyond what an idle worker has."""
    return _pixels(path) * BYTES_A_PIXEL


def free_bytes() -> int:
    """Memory that may be taken now without making the machine swap."""
    import psutil

    return int(psutil.virtual_memory().available * SHARE)


def _pixels(path: Path) -> int:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as picture:
                width, height = picture.size
    except Exception:  # the reader will say what is wrong with it
        return UNKNOWN_PIXELS
    return width * height
