"""The order of the network's channels: what training writes and inference reads, in one place.

Knows nothing of torch or ONNX. Both sides agree through these names alone; a change here is a new network.
"""

from __future__ import annotations

from ..types import BlendType, Kind

__all__ = [
    "BLENDS",
    "COARSE",
    "CONDITION_WIDTH",
    "GIVEN_BLEND",
    "GIVEN_COLOUR",
    "GIVEN_KIND",
    "HAS_COLOUR",
    "HINT",
    "IS_TILE",
    "KINDS",
    "LATENT_WIDTH",
    "NO_KIND",
    "OUTPUT_CHANNELS",
    "PICTURE",
    "PICTURE_CHANNELS",
    "STRIDE",
]

BLENDS = tuple(BlendType)
KINDS = tuple(Kind)
NO_KIND = len(KINDS)
"""Class index of a picture without any foreground."""

STRIDE = 32
"""Height and width of the input must be multiples of this."""

# Channels of the picture input (N, 12, H, W). Zero means "not given" everywhere.
PICTURE = slice(0, 3)  # z - 0.5
COARSE = slice(3, 10)  # emission, opacity (1 - T), and 1 where a coarse estimate is given
HINT = slice(10, 12)  # hint mask, and 1 where a hint is given
PICTURE_CHANNELS = 12

# Entries of the condition input (N, 17).
GIVEN_BLEND = slice(0, 4)  # one-hot, zeros: infer it
GIVEN_KIND = slice(4, 12)  # one-hot, zeros: infer it
GIVEN_COLOUR = slice(12, 15)  # 0..1
HAS_COLOUR = 15
IS_TILE = 16  # 1: part of a picture with COARSE given, so look at no pooled features; training alone sets it
CONDITION_WIDTH = 17

LATENT_WIDTH = 4
"""Entries of the latent input (N, 4) of a graph that knows several answers; standard normal, zeros: the middle one."""

# Channels of the network's picture output: emission 3, opacity 3, paint 3, presence 1.
OUTPUT_CHANNELS = 10
