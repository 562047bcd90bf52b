"""Editing a decomposition by hand while its layers stay an exact solution of the composite.

config            EditConfig: every threshold
session           EditSession: strokes, edits of a whole layer, undo, the result
layer_stack       LayerStack: the layers at full size; reads, writes and solves a rectangle of one of them
stroke            Stroke: one gesture of a brush
global_edit       GlobalEdit: a slider or button for the whole layer, a block at a time
journal           what pixels were before they changed, as compressed differences: a change undoes and redoes itself
brush             Brush: the weight of a round brush along a segment
edge_aware_brush  the brush's weight held to the edges of the picture
operations        what brushes and sliders ask for, and what alpha and colour that means
layer_stats       colour and opacity of a layer, in all and locally
ghost_gain        by how much alpha must grow for the layer's ghost in the background to vanish
patch             Patch: a rectangle as one layer sees it; `solve_patch` makes it exact again

Pixels and numbers only: knows nothing of widgets, files, threads or sockets.
"""

from .brush import Brush
from .config import EditConfig
from .global_edit import GlobalEdit
from .journal import Change
from .operations import RGB, Background, ChangeBlendType, Edit, Foreground, Match, Recolour, Scale
from .session import EditSession, trim
from .stroke import Stroke

__all__ = [
    "RGB",
    "Background",
    "Brush",
    "Change",
    "ChangeBlendType",
    "Edit",
    "EditConfig",
    "EditSession",
    "Foreground",
    "GlobalEdit",
    "Match",
    "Recolour",
    "Scale",
    "Stroke",
    "trim",
]
