"""What a kind draws: an overlay, not yet on any picture.

Knows nothing of how one is drawn or composited.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..types import BlendType
from .banks import Banks
from .rng import Rng
from .view import View

__all__ = ["BLENDS", "Overlay", "Painter", "blends", "over"]

BLENDS = tuple(BlendType)


@dataclass(frozen=True, eq=False)
class Overlay:
    """alpha: (n, 1, H, W); colour: (n, 3, H, W) or (n, 3, 1, 1); blend: (n,) index into BLENDS.

    shift: (n, H, W, 2), how far the backdrop is displaced behind it, pixels x and y (glass); or None.
    """

    alpha: Tensor
    colour: Tensor
    blend: Tensor
    shift: Tensor | None = None


Painter = Callable[[View, Banks, Rng, Tensor], Overlay]
"""(views, banks, rng, strength (n, 1, 1) of 0..1) -> overlays."""


def blends(rng: Rng, n: int, weights: dict[BlendType, float]) -> Tensor:
    """(n,) of indices into BLENDS, drawn by weight."""
    return rng.weighted(n, [weights.get(blend, 0.0) for blend in BLENDS])


def over(alpha: Tensor, colour: Tensor, below: Tensor, below_colour: Tensor) -> tuple[Tensor, Tensor]:
    """Two coats as one, straight alpha. alphas (n, 1, H, W), colours (n, 3, ...)."""
    union = alpha + below * (1 - alpha)
    share = torch.where(union > 0, alpha / union.clamp(min=1e-6), torch.ones_like(alpha))
    return union, torch.lerp(below_colour, colour, share)
