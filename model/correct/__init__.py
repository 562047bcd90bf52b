"""Correcting a decomposition by hand while its layers stay an exact solution: pure functions on rectangles.

patch       Patch: a rectangle as one layer sees it; `resolved` makes it exact again
edits       what the brushes and sliders ask for, and what alpha and colour that means
cover       what a layer is made of near by: its colour and opacity
follow      a brush that keeps to the edges of the picture
gain        how much stronger the layer must be for its ghost to vanish
retype      the same background through another blend type

Knows nothing of pictures as a whole, strokes, undo or widgets: `bridge.correct` does.
"""

from .cover import Cover, cover_of
from .edits import RGB, Background, Edit, Foreground, Match, Recolour, Retype, Scale, edited, mark_near
from .follow import reach_of
from .gain import gain_of, sums
from .patch import Patch, resolved

__all__ = [
    "RGB",
    "Background",
    "Cover",
    "Edit",
    "Foreground",
    "Match",
    "Patch",
    "Recolour",
    "Retype",
    "Scale",
    "cover_of",
    "edited",
    "gain_of",
    "mark_near",
    "reach_of",
    "resolved",
    "sums",
]
