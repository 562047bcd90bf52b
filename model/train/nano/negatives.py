"""Negatives: foregrounds of kinds that another network handles, labelled as part of the background.

A network trained on rain over clear photographs alone takes the strokes of a text for streaks. Knows nothing of
networks.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import torch

from ...alphablend.generator import NO_KIND, Batch
from ...types import Kind

__all__ = ["as_negatives"]


def as_negatives(batch: Batch, targets: Collection[Kind]) -> Batch:
    """The batch with samples of kinds not in `targets` relabelled: no foreground, y = z. Empty: unchanged."""
    if not targets:
        return batch
    mine = torch.tensor([kind in targets for kind in Kind] + [False], device=batch.kind.device)[batch.kind]  # (N,)
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
