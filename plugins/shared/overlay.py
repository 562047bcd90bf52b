"""A known overlay as the service takes it: colour and alpha in 8 or 16 bits. Knows nothing of either program."""

import struct
from typing import Any, Union

from bridge.wire import Picture

__all__ = ["FILE", "LAYER", "file_choice", "layer_choice", "overlay_picture"]

FILE, LAYER = "file:", "layer:"
"""What `Choice.overlay` begins with; behind it the path, or the layer's id in the document."""

_Bytes = Union[bytes, bytearray, memoryview]
_MOST = 65535


def file_choice(path: str) -> str:
    """`Choice.overlay` for a file."""
    return FILE + path


def layer_choice(layer: str) -> str:
    """`Choice.overlay` for a layer of the document."""
    return LAYER + layer


def overlay_picture(width: int, height: int, data: _Bytes, channels: int, depth: str, order: Any) -> Picture:
    """The overlay's pixels with 4 channels of u8 or u16.

    channels: 2 (gray, alpha) or 4.   depth: u8, u16, f16 or f32; floats become 16 bits, clipped to 0..1.
    order: of the colours, "rgba" or "bgra".
    """
    if depth in ("f16", "f32"):
        data, depth = _sixteen_bits(data, "e" if depth == "f16" else "f"), "u16"
    if channels == 2:
        data = _coloured(data, 1 if depth == "u8" else 2)
    return Picture(width, height, data, 4, depth, order)  # type: ignore[arg-type]


def _sixteen_bits(data: _Bytes, code: str) -> bytes:
    count = len(data) // struct.calcsize(code)
    values = struct.unpack(f"<{count}{code}", data)
    return struct.pack(f"<{count}H", *(int(_MOST * min(1.0, max(0.0, value)) + 0.5) for value in values))


def _coloured(data: _Bytes, sample: int) -> bytearray:
    """Gray and alpha as three equal colours and alpha. sample: bytes of one value."""
    out = bytearray(2 * len(data))
    for byte in range(sample):
        for channel in range(3):
            out[channel * sample + byte :: 4 * sample] = data[byte :: 2 * sample]
        out[3 * sample + byte :: 4 * sample] = data[sample + byte :: 2 * sample]
    return out
