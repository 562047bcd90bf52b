"""From an engine's small estimate to full-size layers that stack to the picture exactly. Shared by all engines.

    finish      one candidate -> one decomposition (here)
    field       a layer's estimate, readable at any native rows
    guided      upsampling along the picture's edges
    support     where a layer is; no haze elsewhere
    fill        a background where nothing shines through

The integer arithmetic is `model.exact`. Knows nothing of engines beyond `Candidate`.
"""

from .finish import finish

__all__ = ["finish"]
