"""From an engine's small estimate to full-size layers that stack to the picture exactly. Shared by all engines.

    layers      one candidate -> one decomposition: `finish`
    field       a layer's estimate, readable at any native rows
    support     where a layer is; no haze elsewhere
    paint       the background that is believed where little shines through

The integer arithmetic is `model.exact`. Knows nothing of engines beyond `Candidate`.
"""

from .layers import finish

__all__ = ["finish"]
