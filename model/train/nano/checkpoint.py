"""Networks in checkpoints and graphs; checkpoints of earlier trainings are read too. And the average that ships.

Knows nothing of the loop. A training may also start from the shipped graph, which holds the average only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from ...nano.net import NanoNetwork, NanoParams

__all__ = ["load_average", "load_network", "read_state", "weight_average"]

HORIZON = 400
"""Steps that the average remembers at most."""


def weight_average(network: NanoNetwork, steps: int = 0, horizon: int = HORIZON) -> AveragedModel:
    """Exponential moving average of the weights, whose memory grows with the steps, up to `horizon`.

    steps: that were taken before. One kernel for all weights where the device has one; the host does not wait for it.
    """

    def lerp(averages: Any, weights: Any, _count: Any) -> None:
        share = 1 / min(horizon, 1 + int(average.n_averaged) / 10)
        torch._foreach_lerp_(averages, weights, share)  # pyright: ignore[reportPrivateImportUsage]

    average = AveragedModel(network, multi_avg_fn=lerp)
    average.n_averaged.fill_(steps + 1)
    return average


def read_state(path: Path, device: torch.device) -> dict[str, Any]:
    """A checkpoint as `model.train.checkpoint` writes it, with "params", "samples" and "cooled"."""
    state = torch.load(path, map_location=device, weights_only=True)
    if "modules" in state:
        return state
    weights: dict[str, Tensor] = state["network"] | state["average"]
    average = {f"module.{name}": value for name, value in weights.items()}
    average["n_averaged"] = torch.tensor(state["step"] + 1)
    kept = {name: state[name] for name in ("step", "params", "samples")}
    states = [state["optimiser"], average]
    return {
        **kept,
        "modules": {"network": state["network"]},
        "optimisers": states,
        "cooled": state.get("cooled", False),
    }


def load_network(path: Path, device: torch.device) -> tuple[NanoNetwork, dict[str, Any]]:
    """path: a checkpoint, or an exported graph (its weights only). -> network, state ({} for a graph)."""
    if path.suffix == ".onnx":
        from ...nano.net.export import read_graph

        return read_graph(path).to(device), {}
    state = read_state(path, device)
    network = NanoNetwork(NanoParams(**state["params"])).to(device)
    network.load_state_dict(state["modules"]["network"])
    return network, state


def load_average(path: Path, device: torch.device) -> tuple[NanoNetwork, dict[str, Any]]:
    """As `load_network`, but with the average of the weights, which is what ships."""
    network, state = load_network(path, device)
    if state:
        average = weight_average(network)
        average.load_state_dict(state["optimisers"][1])
        network.load_state_dict(average.module.state_dict())
    return network, state
