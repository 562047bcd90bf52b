"""Muon: momentum whose step is orthogonalised, for convolution kernels; Adam for everything else.

Source: Keller Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024). On few
samples it learns masks sooner than Adam here (numbers: the model card). Knows nothing of the network.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

__all__ = ["Muon", "orthogonal"]


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """(m, n) -> about the nearest matrix with equal singular values, by a quintic Newton-Schulz iteration."""
    x = matrix.bfloat16()
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return (x.T if tall else x).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """For weights of two or more axes; the first is the output. lr is the root mean square of a step, relative
    to the weights of a fresh layer: 0.01..0.05."""

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float = 0.95, decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                gradient = weight.grad
                state = self.state[weight]
                if not state:
                    state["momentum"] = torch.zeros_like(gradient)
                speed = state["momentum"].lerp_(gradient, 1 - group["momentum"])
                ahead = gradient.lerp(speed, group["momentum"]).flatten(1)
                update = orthogonal(ahead) * max(1, ahead.shape[0] / ahead.shape[1]) ** 0.5
                weight.mul_(1 - group["lr"] * group["decay"])
                weight.sub_(update.reshape(weight.shape), alpha=group["lr"])
