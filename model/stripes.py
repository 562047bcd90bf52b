"""Work on a tall picture a few rows at a time, on two threads.

Stripes depend on the picture's size alone, never on the number of threads, so results do not either.
numpy and OpenCV let go of the interpreter lock inside their loops: threads do run side by side.
Knows nothing of what is done to a stripe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["PIXELS", "each_stripe", "stripes"]

PIXELS = 65536
"""Pixels in a stripe: about 20 working planes of them stay in a second-level cache of 1-2 MB each."""

THREADS = 2

R = TypeVar("R")


def stripes(width: int, height: int, pixels: int = PIXELS) -> list[tuple[int, int]]:
    """(top, bottom) of each stripe, from the top down; at least one row each."""
    rows = max(1, pixels // width)
    return [(top, min(top + rows, height)) for top in range(0, height, rows)]


def each_stripe(
    work: Callable[[int, int], R], width: int, height: int, pixels: int = PIXELS, threads: int = THREADS
) -> Iterator[tuple[int, R]]:
    """Run `work(top, bottom)` on every stripe; yield (stripes done so far, what work returned), in order.

    The caller runs between stripes and may stop by raising or closing: what has not begun is dropped.
    `work` writes its pixels in place and returns little: answers wait for the caller in memory.
    """
    spans = stripes(width, height, pixels)
    if len(spans) == 1:
        yield 1, work(*spans[0])
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting = [pool.submit(work, *span) for span in spans]
        try:
            for done, future in enumerate(waiting, 1):
                yield done, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
