"""Small work on pixels as plain bytes, for programs without numpy. Knows nothing of either program.

All of it is slices of bytes, which run at memory speed: 24 megapixels take tens of milliseconds.
"""

from typing import Tuple, Union

__all__ = ["Box", "cut", "gray_of", "has_transparency", "intersection"]

Box = Tuple[int, int, int, int]
"""x, y, width, height in the document's pixels."""

_OPAQUE = {"u8": b"\xff", "u16": b"\xff\xff", "f16": b"\x00\x3c", "f32": b"\x00\x00\x80\x3f"}
"""Alpha 1 in each depth, little-endian."""

_PIECE = 1 << 18
"""Pixels worked on at once: a thread that holds the interpreter for longer would stop the window's own Python."""

_Bytes = Union[bytes, bytearray]


def has_transparency(data: _Bytes, channels: int, depth: str) -> bool:
    """Whether any pixel is not fully opaque. Alpha is the last channel; depth: u8, u16, f16 or f32."""
    opaque = _OPAQUE[depth]
    stride, first = channels * len(opaque), (channels - 1) * len(opaque)
    for start in range(0, len(data), stride * _PIECE):
        piece = data[start : start + stride * _PIECE]
        for n, byte in enumerate(opaque):
            plane = piece[first + n :: stride]
            if plane.count(byte) != len(plane):
                return True
    return False


def gray_of(data: _Bytes, depth: str) -> bytearray:
    """Gray and alpha out of colour and alpha, for a gray document.

    A gray picture comes back with layers in which each channel alone, with the alpha, gives the picture: one of
    them, the second, is the gray layer.
    """
    sample = len(_OPAQUE[depth])
    stride = 4 * sample
    out = bytearray()
    for start in range(0, len(data), stride * _PIECE):
        piece = data[start : start + stride * _PIECE]
        part = bytearray(len(piece) // 2)
        for n in range(sample):
            part[n :: 2 * sample] = piece[sample + n :: stride]
            part[sample + n :: 2 * sample] = piece[3 * sample + n :: stride]
        out += part
    return out


def intersection(a: Box, b: Box) -> Box:
    """The common part; width or height 0 where there is none."""
    x, y = max(a[0], b[0]), max(a[1], b[1])
    right, bottom = min(a[0] + a[2], b[0] + b[2]), min(a[1] + a[3], b[1] + b[3])
    return x, y, max(0, right - x), max(0, bottom - y)


def cut(mask: _Bytes, box: Box, target: Box) -> bytearray:
    """The part of a mask (one byte a pixel, lying at `box`) over `target`; 0 where the mask does not reach."""
    x, y, width, height = intersection(box, target)
    out = bytearray(target[2] * target[3])
    for row in range(y, y + height):
        start = (row - box[1]) * box[2] + x - box[0]
        there = (row - target[1]) * target[2] + x - target[0]
        out[there : there + width] = mask[start : start + width]
    return out
