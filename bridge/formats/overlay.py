"""`read_overlay`: the RGBA picture of an overlay from a PNG, a PSD or ORA with layers, or an SVG.

Knows nothing of where an overlay is looked for.
"""

from __future__ import annotations

import os

import numpy as np

from ..errors import UnreadablePicture
from .document import walk
from .reading import bytes_of, named, read_composite, read_layers

__all__ = ["read_overlay"]

SVG_WIDTH = 1024
"""Pixels that an SVG is drawn across; an overlay is found at any scale."""


def read_overlay(path: str | os.PathLike[str]) -> np.ndarray:
    """uint8 or uint16, h x w x 4, straight alpha.

    Of a PSD or ORA without transparency it is the topmost visible layer that has some; a flat picture without alpha is
    opaque everywhere. Raises UnreadablePicture.
    """
    name = os.fspath(path)
    with named(path, None):
        data = bytes_of(path)
    if _is_svg(data):
        return _drawn(data, name)
    pixels = read_composite(data, name=name).pixels
    if pixels.shape[2] == 4:
        return pixels
    layer = _layer(data)
    if layer is not None:
        return layer
    return np.dstack([pixels, np.full(pixels.shape[:2], np.iinfo(pixels.dtype).max, pixels.dtype)])


def _layer(data: bytes) -> np.ndarray | None:
    """The topmost visible layer that is not opaque everywhere, of a file that has layers."""
    try:
        layers = list(walk(read_layers(data).layers))
    except UnreadablePicture:
        return None
    for layer in reversed(layers):
        pixels = layer.pixels
        if layer.visible and pixels.shape[2] == 4 and (pixels[..., 3] < np.iinfo(pixels.dtype).max).any():
            return pixels
    return None


def _is_svg(data: bytes) -> bool:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith((b"<svg", b"<?xml", b"<!--", b"<!DOCTYPE svg")) and b"<svg" in data[:65536]


def _drawn(data: bytes, name: str) -> np.ndarray:
    try:
        import resvg_py
    except ImportError:
        raise UnreadablePicture(
            f"{name}: an SVG needs the extra `svg`: install diffdecompose-bridge[svg], or save it as PNG"
        ) from None
    try:
        text = data.decode("utf-8")
        png = bytes(resvg_py.svg_to_bytes(svg_string=text, width=SVG_WIDTH))
    except (ValueError, UnicodeDecodeError) as problem:
        raise UnreadablePicture(f"{name}: it cannot be drawn ({problem}): save it as PNG") from None
    pixels = read_composite(png, name=name).pixels
    if pixels.shape[2] == 3:
        raise UnreadablePicture(f"{name}: it has no transparent ground: take its background away")
    return pixels
