"""A known overlay found in a picture and taken off in closed form: no network, no training.

match       all of it: a request with an overlay in, one candidate out
template    the overlay, and how it is drawn while it is looked for
search      where it may be, at any scale and angle
matched_filter  the matched filter of gradients that `search` and `repeats` correlate with
refine      a candidate's pose, and how sure it is
fitting     exact pose, resampling, opacity, blend type and ink, fitted together
likelihood  what a model of opacity, blend type and ink says about contrasts, and how likely they are
evidence    the contrasts between pixels that `fitting` looks at
drawing     the overlay resampled as image programs do
resizing    what resizing the finished picture makes of it
resize_traces  the sizes that a picture may have had before
chroma      planes at half resolution, as JPEG stores colours
placing     one more place of a known appearance
repeats     further places of the same size and angle
lattice     the places of a tiling that were not seen on their own
layer       placed overlays as one layer's emission and transmission

Part of it serves an overlay that was worked out from many pictures as well: all it needs is RGBA.
"""

from .fitting import solve
from .match import KNOWN, Found, candidate_of, locate, match_overlay

__all__ = ["KNOWN", "Found", "candidate_of", "locate", "match_overlay", "solve"]
