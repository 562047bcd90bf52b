"""A known overlay found in a picture and taken off in closed form: no network, no training.

match       all of it: a request with an overlay in, one candidate out
template    the overlay, and how it is drawn at a pose
search      where it may be, at any scale and angle
refine      a pose made exact, and how sure it is
repeats     further places of the same size and angle
lattice     the places of a tiling that were not seen on their own
appearance  opacity, blend type and ink at known places
layer       placed overlays as one layer's emission and transmission

Part of it serves an overlay that was worked out from many pictures as well: all it needs is RGBA.
"""

from .match import KNOWN, find_overlay, match_overlay

__all__ = ["KNOWN", "find_overlay", "match_overlay"]
