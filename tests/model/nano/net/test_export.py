"""The graph in the package says what the trained network says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from model.errors import ModelError  # noqa: E402
from model.nano import layout  # noqa: E402
from model.nano.net import NanoNetwork, NanoParams  # noqa: E402
from model.nano.net.export import TOLERANCE, export, largest_difference, read_graph  # noqa: E402
from model.nano.net.quantise import quantised  # noqa: E402
from model.nano.network import Network  # noqa: E402

TINY = NanoParams(widths=(16, 24, 32), encoder=(1, 1, 1), decoder=(1, 1), embedding=16)


WITH_LETTERS = NanoParams((16, 24, 32, 40), (1, 1, 1, 1), (1, 1, 1), embedding=16, letters=True)
EVERYTHING = NanoParams((16, 24, 32, 40), (1, 1, 1, 1), (1, 1, 1), embedding=16, backbone=5, latent=True)


def lively(seed: int = 0, params: NanoParams = TINY) -> NanoNetwork:
    """A network whose zero-started layers do something, so that a forgotten node shows."""
    torch.manual_seed(seed)
    network = NanoNetwork(params)
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return network


def test_the_graph_equals_the_network_at_several_sizes(tmp_path: Path) -> None:
    network = lively()
    assert export(network, tmp_path / "n.onnx") < TOLERANCE
    assert largest_difference(network, tmp_path / "n.onnx", seed=3) < TOLERANCE


@pytest.mark.parametrize("levels", [4, 5])
def test_the_graph_of_a_network_with_backbone_and_latent_equals_it_too(tmp_path: Path, levels: int) -> None:
    params = replace(EVERYTHING, backbone=levels)
    assert export(lively(params=params), tmp_path / "n.onnx") < TOLERANCE
    assert read_graph(tmp_path / "n.onnx").params == params


def test_the_graph_of_a_network_with_a_text_detector_equals_it_and_keeps_its_weights_to_the_bit(tmp_path: Path) -> None:
    network = lively(params=WITH_LETTERS)
    assert network.letters is not None
    with torch.no_grad():
        for weight in [p for p in network.letters.parameters() if p.shape[2:] == (1, 1)]:
            whole, scale = quantised(weight)
            weight.copy_(whole * scale[:, None, None, None])
    assert export(network, tmp_path / "n.onnx") < TOLERANCE
    again = read_graph(tmp_path / "n.onnx")
    assert again.params == WITH_LETTERS
    export(again, tmp_path / "again.onnx")
    assert onnx.load(str(tmp_path / "again.onnx")).graph == onnx.load(str(tmp_path / "n.onnx")).graph


def test_a_latent_gives_another_answer_and_none_the_middle_one(tmp_path: Path) -> None:
    export(lively(params=EVERYTHING), tmp_path / "n.onnx")
    network = Network(tmp_path / "n.onnx", threads=1)
    picture = np.zeros((layout.PICTURE_CHANNELS, 32, 64), np.float32)
    condition = np.zeros(layout.CONDITION_WIDTH, np.float32)
    middle, drawn = (
        network.predict(picture, condition, z) for z in (None, np.full(layout.LATENT_WIDTH, 1, np.float32))
    )
    again = network.predict(picture, condition, np.zeros(layout.LATENT_WIDTH, np.float32))
    assert network.has_latent
    assert np.array_equal(middle.layer, again.layer)
    assert not np.allclose(middle.layer, drawn.layer, atol=1e-3)
    assert np.array_equal(middle.kind, drawn.kind)


def test_a_graph_that_differs_is_noticed(tmp_path: Path) -> None:
    export(lively(0), tmp_path / "n.onnx")
    assert largest_difference(lively(1), tmp_path / "n.onnx") > TOLERANCE


def test_training_can_go_on_from_a_graph(tmp_path: Path) -> None:
    network = lively()
    export(network, tmp_path / "n.onnx")
    again = read_graph(tmp_path / "n.onnx")
    assert again.params == TINY
    for ours, theirs in zip(network.parameters(), again.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-3)


def test_a_foreign_graph_is_refused_with_what_to_give_instead(tmp_path: Path) -> None:
    import onnx
    from onnx import helper

    onnx.save(helper.make_model(helper.make_graph([], "other", [], [])), str(tmp_path / "other.onnx"))
    with pytest.raises(ModelError, match="give a checkpoint"):
        read_graph(tmp_path / "other.onnx")


def test_a_fresh_network_believes_in_almost_no_foreground() -> None:
    network = NanoNetwork(TINY)
    out = network.estimates(torch.zeros(1, layout.PICTURE_CHANNELS, 32, 32), torch.zeros(1, layout.CONDITION_WIDTH))
    assert float(out.layer[:, :6].detach().max()) < 0.06
    assert torch.allclose(out.layer[:, 6:9], torch.full((1, 3, 32, 32), 0.5))


def test_the_given_blend_type_does_not_reach_the_classifier() -> None:
    network = lively()
    picture = torch.rand(1, layout.PICTURE_CHANNELS, 32, 32) - 0.5
    auto, told = torch.zeros(1, layout.CONDITION_WIDTH), torch.zeros(1, layout.CONDITION_WIDTH)
    told[:, layout.GIVEN_BLEND.start + 2] = 1
    a, b = network(picture, auto), network(picture, told)
    assert torch.equal(a.blend, b.blend)
    assert not torch.allclose(a.opacity, b.opacity)


def test_a_tile_does_not_look_at_its_own_pooled_features() -> None:
    network = lively()
    condition = torch.zeros(1, layout.CONDITION_WIDTH)
    condition[:, layout.IS_TILE] = 1
    picture = torch.rand(1, layout.PICTURE_CHANNELS, 32, 256) - 0.5
    other = picture.clone()
    other[..., 192:] = torch.rand(1, layout.PICTURE_CHANNELS, 32, 64) - 0.5
    a, b = network(picture, condition), network(other, condition)
    assert torch.allclose(a.opacity[..., :64], b.opacity[..., :64], atol=1e-5)
    condition[:, layout.IS_TILE] = 0
    a, b = network(picture, condition), network(other, condition)
    assert not torch.allclose(a.opacity[..., :64], b.opacity[..., :64], atol=1e-5)


def test_onnx_runtime_takes_any_size(tmp_path: Path) -> None:
    export(lively(), tmp_path / "n.onnx")
    look = Network(tmp_path / "n.onnx", threads=1).predict(
        np.zeros((layout.PICTURE_CHANNELS, 19, 37), np.float32), np.zeros(layout.CONDITION_WIDTH, np.float32)
    )
    assert look.layer.shape == (layout.OUTPUT_CHANNELS, 19, 37)
    assert look.blend.sum() == pytest.approx(1, abs=1e-5)
    assert look.kind.sum() == pytest.approx(1, abs=1e-5)
