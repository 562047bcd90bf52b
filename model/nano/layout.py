"""The order of the network's input and output channels, shared by training and inference.

No torch and no ONNX here. A change of the order needs newly trained networks.
"""

from __future__ import annotations

from ..types import BlendType, Kind

__all__ = [
    "BLENDS",
    "COARSE",
    "CONDITION_WIDTH",
    "EMISSION",
    "GIVEN_BLEND",
    "GIVEN_COLOUR",
    "GIVEN_KIND",
    "HAS_COLOUR",
    "HINT",
    "HINT_GIVEN",
    "HINT_MASK",
    "IS_TILE",
    "KINDS",
    "LATENT_WIDTH",
    "NO_KIND",
    "OPACITY",
    "OUTPUT_CHANNELS",
    "PAINT",
    "PICTURE",
    "PICTURE_CHANNELS",
    "PRESENCE",
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
HINT_MASK = 10
HINT_GIVEN = 11  # 1 where a hint is given
HINT = slice(10, 12)  # both
PICTURE_CHANNELS = 12

# Entries of the condition input (N, 17).
GIVEN_BLEND = slice(0, 4)  # one-hot, zeros: infer it
GIVEN_KIND = slice(4, 12)  # one-hot, zeros: infer it
GIVEN_COLOUR = slice(12, 15)  # 0..1
HAS_COLOUR = 15
IS_TILE = 16  # 1: part of a picture with COARSE given, pooled features are not used; set in training only
CONDITION_WIDTH = 17

LATENT_WIDTH = 4
"""Entries of the latent input (N, 4) of a graph with latent samples; standard normal, zeros: the zero-latent sample."""

# Channels of the network's picture output (N, 10, H, W), all 0..1.
EMISSION = slice(0, 3)
OPACITY = slice(3, 6)  # 1 - transmission
PAINT = slice(6, 9)  # the background that the network inpaints where the layer is opaque
PRESENCE = 9  # probability that a pixel belongs to the foreground
OUTPUT_CHANNELS = 10
