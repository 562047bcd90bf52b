"""From an engine's small estimate to full-size layers that stack to the picture exactly. Shared by all engines.

    layers      one candidate -> one decomposition: `finish`
    field       a layer's estimate, readable at any native rows
    region      where a layer is; no haze elsewhere
    background  the background prior where little is transmitted
    gray        gray composites get gray layers
    hint        how far from a hint a layer may reach
    translucent a mark over pixels that are not opaque, divided between layer and background
    invert      first guesses of alpha, colour and backdrop in whole levels
    config      FinishConfig: every threshold of this folder

The integer arithmetic is `model.exact`. Knows nothing of engines beyond `Candidate`.
"""

from .config import FinishConfig
from .layers import finish

__all__ = ["FinishConfig", "finish"]
