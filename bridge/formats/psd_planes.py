"""The planes of a PSD decoded: raw, run-length encoded or zipped bytes to H x W samples.

No memory is taken for a plane that its bytes could not fill. Specification: see `psd`. Knows nothing of layers.
"""

from __future__ import annotations

import zlib

import numpy as np

from ..errors import UnreadablePicture
from .limits import DAMAGED, decoding
from .stripes import bands

__all__ = ["inflated", "plane_bytes", "take_off_white", "to_plane", "unpacked"]

MOST_BY_RUNS = 64  # two bytes can stand for 128
MOST_BY_ZIP = 1032  # deflate's longest match, over and over


def plane_bytes(width: int, height: int, depth: int) -> int:
    """Bytes of a plane; rows of single bits are padded to whole bytes."""
    return (width * depth + 7) // 8 * height


def unpacked(data: memoryview, length: int) -> memoryview:
    """`length` bytes from run-length encoded rows, one after another. Raises UnreadablePicture."""
    from imagecodecs import packbits_decode

    if len(data) * MOST_BY_RUNS < length:
        raise UnreadablePicture(DAMAGED)
    with decoding():
        return memoryview(packbits_decode(bytes(data), out=bytearray(length)))


def inflated(data: memoryview, length: int) -> memoryview:
    """At most `length` bytes of a zlib stream. Raises UnreadablePicture."""
    if len(data) * MOST_BY_ZIP < length:
        raise UnreadablePicture(DAMAGED)
    with decoding():
        return memoryview(zlib.decompressobj().decompress(data, length))


def to_plane(raw: memoryview, width: int, height: int, depth: int, *, predicted: bool = False) -> np.ndarray:
    """Bytes of one plane as H x W uint8 or uint16 (one bit: 0 or 255). Raises UnreadablePicture where some are missing.

    predicted: each sample is less the one before it in its row.
    """
    if len(raw) < plane_bytes(width, height, depth):
        raise UnreadablePicture(DAMAGED)
    if depth == 1:
        bits = np.frombuffer(raw, np.uint8, plane_bytes(width, height, 1)).reshape(height, -1)
        return np.unpackbits(bits, axis=1)[:, :width] * np.uint8(255)
    kind = np.dtype(f"u{depth // 8}")
    plane = np.frombuffer(raw, kind.newbyteorder(">"), width * height).reshape(height, width).astype(kind, copy=False)
    return np.cumsum(plane, axis=1, dtype=kind) if predicted else plane


def take_off_white(samples: np.ndarray) -> None:
    """Undo, in place, that colours were laid on white under their alpha (the last channel); clear pixels stay."""
    top = np.iinfo(samples.dtype).max
    for band in bands(samples):
        part = samples[band]
        alpha = part[:, :, -1:].astype(np.int64)
        colour = (part[:, :, :-1].astype(np.int64) - (top - alpha)) * top
        straight = np.clip((2 * colour + alpha) // np.maximum(2 * alpha, 1), 0, top)
        part[:, :, :-1] = np.where(alpha > 0, straight, part[:, :, :-1])
