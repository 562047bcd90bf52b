"""One overlay that many pictures share, worked out from all of them without training; each is then solved exactly.

estimate    all of it: pictures in, the overlay's emission and transmission out, with bounded memory
copies      the first pass over the pictures: reduced copies of those that differ
locate      where the pictures have something in common, measured against chance
solve       emission and transmission of a region, from the gradients of all backdrops at once
kernels     the compiled loops of solve and locate
confirm     parts that the other half of the pictures contradicts are dropped
falloff     a vignette, which has no edges
appearance  the blend type that fits, and the nearest layer of that type
presence    whether a picture carries the overlay at all
layer       the overlay taken off one picture, and the overlay as RGBA
"""

from .estimate import LEAST_PICTURES, SharedConfig, SharedOverlay, estimate_overlay
from .layer import overlay_pixels, take_off

__all__ = [
    "LEAST_PICTURES",
    "SharedConfig",
    "SharedOverlay",
    "estimate_overlay",
    "overlay_pixels",
    "take_off",
]
