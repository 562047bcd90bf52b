"""Float16 weights on disk: of a network, or of the average of its weights; and what they are exported from.

A safetensors file with the network's shape in its metadata. A run writes only what it trains: the text detector stays
as it was published, and is taken from the graph that the run began with. Knows nothing of training.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ....errors import ModelError
from ....nano.net import NanoNetwork, NanoParams

__all__ = ["load_weights", "network_of", "save_weights"]


def save_weights(path: Path, weights: Mapping[str, Tensor], params: NanoParams, notes: Mapping[str, str]) -> None:
    """Writes `weights` in float16; the old file stays whole until the new one is."""
    from safetensors.torch import save_file

    half = {name: value.detach().to("cpu", torch.float16).contiguous() for name, value in weights.items()}
    temporary = path.with_suffix(".part")
    save_file(half, str(temporary), metadata={"params": json.dumps(asdict(params)), **notes})
    os.replace(temporary, path)


def load_weights(path: Path) -> tuple[NanoParams, dict[str, Tensor], dict[str, str]]:
    """The network's shape, its weights in float32, and the notes that were written with them.

    Raises ModelError for a file that `save_weights` did not write.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), "pt") as held:
            notes = dict(held.metadata() or {})
            weights = {name: held.get_tensor(name).float() for name in held.keys()}  # noqa: SIM118
    except SafetensorError as failure:
        raise ModelError(f"{path} holds no weights ({failure}): give network.safetensors of a run") from None
    if "params" not in notes:
        raise ModelError(f"{path} does not say which network it is of: give network.safetensors of a run")
    params: dict[str, Any] = json.loads(notes.pop("params"))
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in params.items()}
    return NanoParams(**given), weights, notes


def network_of(path: Path, rest: Path | None = None) -> NanoNetwork:
    """The network of a weights file or a graph. rest: a graph with the weights that a run does not train.

    Raises ModelError where weights are missing in both.
    """
    if path.suffix == ".onnx":
        from ....nano.net.export import read_graph

        return read_graph(path)
    params, weights, _ = load_weights(path)
    network = NanoNetwork(params)
    missing = network.state_dict().keys() - weights.keys()
    if missing and rest is not None:
        known = network_of(rest).state_dict()
        weights |= {name: known[name] for name in missing if name in known}
    if network.state_dict().keys() - weights.keys():
        raise ModelError(f"{path} holds a part of the network: give --network, the graph that the run began with")
    network.load_state_dict(weights)
    return network
