"""Training state on disk: written atomically, read on another device; and the moving average that ships.

Knows nothing of the loop. A training may also start from the shipped graph, which holds the average only.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...nano.net import NanoNetwork, NanoParams

__all__ = ["WeightAverage", "load_network", "save"]


class WeightAverage:
    """Exponential moving average of the weights; its memory grows with the steps, up to `horizon`."""

    def __init__(self, network: nn.Module, horizon: int = 400) -> None:
        self.horizon = horizon
        self.weights = {name: value.detach().clone() for name, value in _learned(network).items()}

    def load(self, weights: dict[str, Tensor]) -> None:
        """Goes on from an average on disk, which may hold weights that are not learned too."""
        for name, value in self.weights.items():
            value.copy_(weights[name])

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """One kernel for all weights where the device has one."""
        share = 1 / min(self.horizon, 1 + step / 10)
        learned = list(_learned(network).values())
        torch._foreach_lerp_(list(self.weights.values()), learned, share)  # pyright: ignore[reportPrivateImportUsage]


def _learned(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach() for name, value in network.named_parameters() if value.requires_grad}


def save(path: Path, state: dict[str, Any], params: NanoParams) -> None:
    """The old file stays whole until the new one is complete."""
    temporary = path.with_suffix(".part")
    torch.save({"params": asdict(params), **state}, temporary)
    os.replace(temporary, path)


def load_network(path: Path, device: torch.device) -> tuple[NanoNetwork, dict[str, Any]]:
    """path: a checkpoint, or an exported graph (its weights only). -> network, state ({} for a graph)."""
    if path.suffix == ".onnx":
        from ...nano.net.export import read_graph

        return read_graph(path).to(device), {}
    state = torch.load(path, map_location=device, weights_only=True)
    network = NanoNetwork(NanoParams(**state["params"])).to(device)
    network.load_state_dict(state["network"])
    return network, state
