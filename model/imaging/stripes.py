"""Work on a tall picture a few rows at a time, on two threads.

The stripes depend on the size of the picture alone, never on the number of threads, so neither do the results. NumPy
and OpenCV release the interpreter lock inside their loops: the threads do run side by side. Knows nothing of what is
done to a stripe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from .threads import thread_limit

__all__ = ["PIXELS", "each_stripe", "stripes"]

PIXELS = 65536
"""Pixels in a stripe: about 20 float32 planes of this size fit into a second-level cache of 1-2 MB a core."""

THREADS = 2

R = TypeVar("R")


def stripes(width: int, height: int, pixels: int = PIXELS) -> list[tuple[int, int]]:
    """(top, bottom) rows of each stripe of at most `pixels` pixels, but at least one row, from the top down."""
    rows = max(1, pixels // width)
    return [(top, min(top + rows, height)) for top in range(0, height, rows)]


def each_stripe(
    function: Callable[[int, int], R], width: int, height: int, pixels: int = PIXELS, threads: int = THREADS
) -> Iterator[tuple[int, R]]:
    """Run `function(top, bottom)` on every stripe of a picture.

    Parameters
    ----------
    function : callable
        Writes its pixels in place and returns little: return values wait in memory for the caller.
    width, height : int
        Size of the picture in pixels.
    pixels : int
        Pixels of a stripe at most (at least one row).
    threads : int

    Yields
    ------
    (int, R)
        Number of stripes done so far and what `function` returned, in order from the top. The caller runs between
        stripes and may stop by raising or closing the generator: stripes that have not begun are dropped.
    """
    spans = stripes(width, height, pixels)
    if len(spans) == 1:
        yield 1, function(*spans[0])
        return
    with ThreadPoolExecutor(min(threads, thread_limit() or threads)) as pool:
        waiting = [pool.submit(function, *span) for span in spans]
        try:
            for done, future in enumerate(waiting, 1):
                yield done, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
