"""An editing session over a decomposition: strokes, sliders and undo while the layers stay an exact solution.

    correction   Correction: the layers being edited; opens strokes and sweeps, plays changes back, gives the result
    stroke       Stroke: one gesture of a brush          sweep      Sweep: a slider or button for the whole layer
    ledger       what was there before, as compressed differences: a change undoes and redoes itself
    brush        the shape of a brush along a segment

The arithmetic is `model.correct`. Runs in the caller's process, where pixels are at hand: a brush cannot wait for
sockets. Knows nothing of widgets; not safe for several threads at once (the viewer gives it one of its own).
"""

from model.correct import RGB, Background, Edit, Foreground, Match, Recolour, Retype, Scale

from .brush import Brush
from .correction import Correction, trimmed
from .ledger import Change
from .stroke import Stroke
from .sweep import Sweep

__all__ = [
    "RGB",
    "Background",
    "Brush",
    "Change",
    "Correction",
    "Edit",
    "Foreground",
    "Match",
    "Recolour",
    "Retype",
    "Scale",
    "Stroke",
    "Sweep",
    "trimmed",
]
