"""Channel order, depth and number of channels, converted a block of pixels at a time.

Inside, a picture is u8 or u16, RGB or RGBA. Clients (paint programs without numpy) send and want others. The daemon
imports this, and with it numpy, only when a layout really has to change. Knows nothing of files or connections.
"""

from __future__ import annotations

import numpy as np

from ..errors import Refused
from ..wire.parts import DEPTH_BYTES, Pixels

__all__ = ["Intake", "outgoing"]

_DTYPES = {"u8": np.dtype("u1"), "u16": np.dtype("<u2"), "f16": np.dtype("<f2"), "f32": np.dtype("<f4")}


class Intake:
    """Turns the bytes of a picture, in pieces of any length, into the stored layout. `notes`: what changed."""

    def __init__(self, declared: Pixels) -> None:
        self._dtype = _DTYPES[declared.depth]
        self._channels = declared.channels
        self._swap = declared.order == "bgra" and declared.channels >= 3
        self._float = declared.depth in ("f16", "f32")
        self._pixel = declared.channels * DEPTH_BYTES[declared.depth]
        self._rest = b""
        self._clipped = 0

    def feed(self, data: bytes | memoryview) -> bytes:
        """The pixels completed by `data`. Raises Refused where a float is not finite."""
        data = b"".join((self._rest, data)) if self._rest else data
        whole = len(data) - len(data) % self._pixel
        self._rest = bytes(data[whole:])
        block = np.frombuffer(data, self._dtype, whole // self._dtype.itemsize).reshape(-1, self._channels)
        if self._float:
            block = self._to_u16(block)
        if self._channels <= 2:
            block = block[:, [0, 0, 0, 1][: 3 if self._channels == 1 else 4]]
        elif self._swap:
            block = block[:, [2, 1, 0, 3][: self._channels]]
        return block.tobytes()

    def _to_u16(self, block: np.ndarray) -> np.ndarray:
        if not np.isfinite(block).all():
            raise Refused(
                "bad_pixels", "the picture holds values that are not numbers", "repair it, or convert to 16 bit"
            )
        kept = np.clip(block.astype(np.float32), 0, 1)
        self._clipped += int(np.count_nonzero(kept != block))
        return np.rint(kept * 65535).astype("<u2")

    @property
    def notes(self) -> tuple[str, ...]:
        notes = []
        if self._float:
            notes.append("float pixels were processed at 16 bit")
        if self._clipped:
            notes.append(f"{self._clipped} values outside 0..1 were clipped")
        if self._channels <= 2:
            notes.append("gray was expanded to colour")
        return tuple(notes)


def outgoing(data: bytes, bits: int, channels: int, depth: str, order: str) -> bytes:
    """Whole pixels of the stored layout (3 or 4 channels of 8 or 16 bits) as 4 channels in `depth` and `order`."""
    block = np.frombuffer(data, _DTYPES["u8" if bits == 8 else "u16"]).reshape(-1, channels)
    top = 255 if bits == 8 else 65535
    if channels == 3:
        block = np.concatenate((block, np.full((len(block), 1), top, block.dtype)), 1)
    if order == "bgra":
        block = block[:, [2, 1, 0, 3]]
    if depth in ("f16", "f32"):
        return (block.astype(np.float32) / np.float32(top)).astype(_DTYPES[depth]).tobytes()
    if bits == 8 and depth == "u16":
        return (block.astype("<u2") * np.uint16(257)).astype("<u2").tobytes()
    if bits == 16 and depth == "u8":
        return ((block.astype(np.uint32) + 128) // 257).astype(np.uint8).tobytes()
    return block.tobytes()
