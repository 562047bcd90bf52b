"""Which weights are stored in eight bits, and how: the package has to stay small. Knows nothing of graphs.

A whole number of -127..127 for each, and a scale for each output channel.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TypeVar

import torch
from torch import Tensor, nn

__all__ = ["is_quantised", "quantised", "with_quantised_weights"]

MANY = 20_000
"""Numbers of a convolution from which it is worth it."""

Module = TypeVar("Module", bound=nn.Module)


def is_quantised(name: str, weight: Tensor) -> bool:
    """name: of the parameter.   weight: (out, in, h, w) of a convolution, or anything else."""
    if weight.dim() != 4 or "grow" in name:  # a transposed one has its output channels second
        return False
    return weight.numel() >= MANY or (name.startswith("letters.") and weight.shape[2:] == (1, 1))


def quantised(weight: Tensor) -> tuple[Tensor, Tensor]:
    """(out, in, h, w) -> (int8 of the same shape, -127..127; a scale for each output channel)."""
    scale = (weight.abs().amax(dim=(1, 2, 3)) / 127).clamp(min=1e-12)
    return (weight / scale[:, None, None, None]).round().clamp(-127, 127).to(torch.int8), scale


@torch.no_grad()
def with_quantised_weights(network: Module) -> Module:
    """A copy that computes with the weights as they will be stored."""
    copy = deepcopy(network)
    for name, weight in copy.named_parameters():
        if is_quantised(name, weight):
            whole, scale = quantised(weight)
            weight.copy_(whole * scale[:, None, None, None])
    return copy
