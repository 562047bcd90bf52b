"""Foregrounds of kinds that are another network's: shown, and to be left alone.

A network that has only ever met rain on clear photographs would take the strokes of a text for streaks. Knows nothing
of networks.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import torch

from ...alphablend.generator import NO_KIND, Batch
from ...types import Kind

__all__ = ["left_alone"]


def left_alone(batch: Batch, own: Collection[Kind]) -> Batch:
    """The batch with samples of kinds that are not `own` relabelled: no foreground, the background is what is seen."""
    if not own:
        return batch
    mine = torch.tensor([kind in own for kind in Kind] + [False], device=batch.kind.device)[batch.kind]  # (N,)
    picture = mine[:, None, None, None]
    return replace(
        batch,
        y=torch.where(picture, batch.y, batch.z),
        emission=batch.emission * picture,
        transmission=torch.where(picture, batch.transmission, 1.0),
        alpha=batch.alpha * picture,
        blend=torch.where(mine, batch.blend, 0),
        kind=torch.where(mine, batch.kind, NO_KIND),
    )
