"""Layer position encoding cloning (LPEC in the paper): which tokens share a place, and which never do.

Flux turns a token's ids (frame, row, column) into rotations of its queries and keys. The background clones
the ids of the composite, so a background token attends to "its own" composite token alike everywhere in the
picture. Every foreground gets a set of its own. The paper does not publish the offset; both candidates are
here, and what the ablation compares them with. Knows nothing of pixels, latents or the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import torch

__all__ = ["LayerIds", "Position", "layer_ids"]


class Position(StrEnum):
    """How a foreground's ids are set apart from the composite's."""

    FRAME = "frame"
    """Foreground k lives on frame k: the same rows and columns, another value on the first axis."""
    COLUMN = "column"
    """Foreground k lies k pictures to the right, as if the layers were laid side by side."""
    APART = "apart"
    """Ablation, without cloning: as frame, but the background too lives on a frame of its own, the last."""
    NONE = "none"
    """Degenerate: every layer has the composite's ids. The transformer then cannot tell the layers apart, exchanging
    their noise exchanges its answers; it shows nothing about cloning and is kept to read old weights."""


@dataclass(frozen=True, eq=False)
class LayerIds:
    """Ids of one decomposition; each tensor is float32 (rows * columns, 3)."""

    composite: torch.Tensor
    foregrounds: tuple[torch.Tensor, ...]
    background: torch.Tensor

    def sequence(self) -> torch.Tensor:
        """In the order of the tokens: [z; x_1 .. x_n; y], ((n + 2) * rows * columns, 3)."""
        return torch.cat([self.composite, *self.foregrounds, self.background])


def layer_ids(rows: int, columns: int, foregrounds: int, position: Position) -> LayerIds:
    """The ids of a composite, its `foregrounds` and its background, on a grid of `rows` x `columns` tokens."""
    grid = torch.zeros(rows, columns, 3)
    grid[..., 1] = torch.arange(rows)[:, None]
    grid[..., 2] = torch.arange(columns)[None, :]
    composite = grid.reshape(-1, 3)
    apart = position is Position.APART
    return LayerIds(
        composite=composite,
        foregrounds=tuple(composite + _offset(position, k, columns) for k in range(1, foregrounds + 1)),
        background=composite + _offset(position, foregrounds + 1, columns) if apart else composite.clone(),
    )


def _offset(position: Position, k: int, columns: int) -> torch.Tensor:
    return torch.tensor(
        {
            Position.FRAME: (k, 0, 0),
            Position.COLUMN: (0, 0, k * columns),
            Position.APART: (k, 0, 0),
            Position.NONE: (0, 0, 0),
        }[position],
        dtype=torch.float32,
    )
