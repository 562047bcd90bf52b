"""How large a file may be that we open: checked on what it declares, before anything is decoded.

A few kilobytes can declare gigabytes. Knows nothing of formats.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import UnreadablePicture

__all__ = ["DAMAGED", "MOST_BYTES", "MOST_LAYERS", "check_layers", "check_size", "decoding"]

DAMAGED = "it is damaged or cut off: save or download it again"

MOST_BYTES = 2_000_000_000
LONGEST_SIDE = 30_000
MOST_PIXELS = 100_000_000
MOST_LAYERS = 128  # eight candidates of eight layers and a background are 72
MOST_LAYER_PIXELS = 4 * MOST_PIXELS


def check_size(width: int, height: int) -> None:
    """Raise UnreadablePicture where a picture of this declared size is not to be opened."""
    if width < 1 or height < 1:
        raise UnreadablePicture(f"it declares an empty picture ({width} x {height}): choose another")
    if max(width, height) > LONGEST_SIDE:
        raise UnreadablePicture(
            f"{width} x {height} is too large, at most {LONGEST_SIDE} a side: make it smaller or cut it up"
        )
    if width * height > MOST_PIXELS:
        raise UnreadablePicture(
            f"{width} x {height} is too large, at most {MOST_PIXELS // 10**6} megapixels: make it smaller or cut it up"
        )


def check_layers(sizes: list[tuple[int, int]]) -> None:
    """Raise UnreadablePicture where layers of these declared sizes (width, height) are not to be opened."""
    if len(sizes) > MOST_LAYERS:
        raise UnreadablePicture(f"it has {len(sizes)} layers, at most {MOST_LAYERS} can be opened: merge some")
    for width, height in sizes:
        if width * height:
            check_size(width, height)
    total = sum(width * height for width, height in sizes)
    if total > MOST_LAYER_PIXELS:
        raise UnreadablePicture(
            f"its layers have {total // 10**6} megapixels together, at most {MOST_LAYER_PIXELS // 10**6} "
            "can be opened: merge some"
        )


@contextmanager
def decoding() -> Iterator[None]:
    """Around calls of other people's decoders: whatever they raise on a damaged file becomes one line.

    What they warn of is left unsaid: either the pixels come out, or the file is refused.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnreadablePicture:
        raise
    except MemoryError as problem:
        raise UnreadablePicture("it does not fit into memory: make it smaller") from problem
    except Exception as problem:
        raise UnreadablePicture(DAMAGED) from problem
