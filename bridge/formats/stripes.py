"""Pixels in stripes of about a megabyte, and their compression by two threads, in order.

So that a writer holds one stripe and not a second copy of the picture. Knows nothing of any file format.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import numpy as np

__all__ = ["bands", "deflated", "in_order", "packbits", "stripes"]

Item = TypeVar("Item")
Result = TypeVar("Result")

STRIPE_BYTES = 1 << 20
THREADS = 2
AHEAD = 4  # stripes in flight: enough to keep both threads busy while the file is written
COMPRESSION_LEVEL = 1  # of isal's 0..3: twice as fast as zlib's fastest, and smaller


def bands(pixels: np.ndarray) -> Iterator[slice]:
    """Row ranges of H x W x C, top to bottom, each of about STRIPE_BYTES."""
    row_bytes = pixels.shape[1] * int(np.prod(pixels.shape[2:], dtype=int)) * pixels.dtype.itemsize
    rows = max(1, STRIPE_BYTES // row_bytes)
    for top in range(0, pixels.shape[0], rows):
        yield slice(top, top + rows)


def stripes(pixels: np.ndarray) -> Iterator[np.ndarray]:
    """Views of those row ranges."""
    for band in bands(pixels):
        yield pixels[band]


def in_order(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """`map(work, items)` on THREADS threads, results in order, at most AHEAD of them waiting."""
    items = iter(items)
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[Result]] = deque(pool.submit(work, item) for item in islice(items, AHEAD))
        while waiting:
            result = waiting.popleft().result()
            for item in islice(items, 1):
                waiting.append(pool.submit(work, item))
            yield result


def packbits(rows: np.ndarray) -> tuple[list[int], bytes]:
    """Each row of n x w (contiguous) run-length encoded on its own: the encoded lengths, and all bytes together.

    PackBits as in the TIFF 6.0 specification, section 9; PSD's RLE is the same.
    """
    from imagecodecs import packbits_encode

    # As bytes: a row of one pixel may keep strides that count as not contiguous.
    encoded = [packbits_encode(row.tobytes()) for row in rows.view(np.uint8)]
    return [len(row) for row in encoded], b"".join(encoded)


def deflated(pieces: Iterable[np.ndarray]) -> Iterator[bytes]:
    """One zlib stream (RFC 1950) of contiguous arrays, in chunks.

    Each piece is deflated alone and ended by a full flush, so that the threads need not wait for each other;
    only the checksum runs through all of them.
    """
    from isal import isal_zlib

    def work(piece: np.ndarray) -> tuple[np.ndarray, bytes]:
        raw = isal_zlib.compressobj(COMPRESSION_LEVEL, isal_zlib.DEFLATED, -15)
        return piece, raw.compress(piece) + raw.flush(isal_zlib.Z_FULL_FLUSH)

    checksum = 1
    yield b"\x78\x01"
    for piece, chunk in in_order(work, pieces):
        checksum = isal_zlib.adler32(piece, checksum)
        yield chunk
    yield b"\x03\x00" + checksum.to_bytes(4, "big")  # an empty last block, then the checksum
