"""Our text detector says what the published one says, and no training touches it."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import onnx
import torch
from onnx import helper

from model.errors import ModelError
from model.nano import layout
from model.nano.net import (
    NanoNetwork,
    NanoParams,
    text_detector,
)
from model.nano.net.text_detector import MEAN, SPREAD, USUAL, TextDetector, published_weights
from model.train.nano.initialise import extended, text_detector_path

TINY = NanoParams(widths=(8, 12, 16, 16), encoder=(1, 1, 1, 1), decoder=(1, 1, 1), embedding=8)
THEIRS = ("p2o.pd_op.relu.19.0", "Concat.3", "p2o.pd_op.add.77.0", "p2o.pd_op.add.76.0")
"""What the published graph calls the maps that we give."""


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    return torch.rand(1, 3, 96, 160, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def theirs(picture: torch.Tensor) -> list[np.ndarray]:
    import onnxruntime

    model = onnx.load(str(text_detector_path()))
    model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in THEIRS)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    mean, spread = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, SPREAD))
    maps = session.run(list(THEIRS), {"x": ((picture.flip(1) - mean) / spread).numpy()})
    return [np.asarray(m) / usual for m, usual in zip(maps, USUAL, strict=True)]


def test_the_maps_are_those_of_the_published_graph(
    picture: torch.Tensor, theirs: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_detector, "small", lambda layer: False)  # as published: nothing rounded
    ours = TextDetector()
    ours.load_state_dict(published_weights(text_detector_path()))
    for mine, other in zip(ours(picture), theirs, strict=True):
        assert np.abs(mine.numpy() - other).max() < 1e-4


def test_eight_bits_change_little(picture: torch.Tensor, theirs: list[np.ndarray]) -> None:
    ours = TextDetector()
    ours.load_state_dict(published_weights(text_detector_path()))
    for mine, other in zip(ours(picture), theirs, strict=True):
        assert np.sqrt(np.mean((mine.numpy() - other) ** 2)) < 0.05 * np.sqrt(np.mean(other**2))


def test_a_network_that_is_given_one_says_what_it_said() -> None:
    torch.manual_seed(0)
    network = NanoNetwork(TINY)
    torch.nn.init.normal_(network.head.weight, std=0.1)
    with_letters = extended(network, NanoParams(**{**vars(TINY), "letters": True}))
    picture, condition = torch.rand(1, layout.PICTURE_CHANNELS, 64, 64) - 0.5, torch.zeros(1, layout.CONDITION_WIDTH)
    assert torch.equal(network.estimates(picture, condition).layer, with_letters.estimates(picture, condition).layer)


def test_training_leaves_it_as_it_was_published() -> None:
    network = NanoNetwork(NanoParams(**{**vars(TINY), "letters": True}))
    torch.nn.init.normal_(network.head.weight, std=0.1)
    raw = network(torch.rand(1, layout.PICTURE_CHANNELS, 64, 64) - 0.5, torch.zeros(1, layout.CONDITION_WIDTH))
    raw.emission.sum().backward()
    assert network.letters is not None
    assert all(p.grad is None for p in network.letters.parameters())
    assert all(p.grad is not None for p in network.reading.parameters())


def test_another_graph_is_refused_with_the_name_of_the_right_one(tmp_path: Path) -> None:
    onnx.save(helper.make_model(helper.make_graph([], "other", [], [])), str(tmp_path / "other.onnx"))
    with pytest.raises(ModelError, match="PP-OCRv6_det_small"):
        published_weights(tmp_path / "other.onnx")
