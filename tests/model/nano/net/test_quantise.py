"""Large weights take a byte each, and say the same."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from model.nano import layout  # noqa: E402
from model.nano.net import NanoNetwork, NanoParams  # noqa: E402
from model.nano.net.export import TOLERANCE, export, read_graph  # noqa: E402
from model.nano.net.quantise import MANY, is_quantised, quantised, with_quantised_weights  # noqa: E402

WIDE = NanoParams(widths=(16, 24, 64), encoder=(1, 1, 1), decoder=(1, 1), embedding=16)


@pytest.fixture(scope="module")
def network() -> NanoNetwork:
    torch.manual_seed(0)
    network = NanoNetwork(WIDE)
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    return network


def test_rounding_twice_is_rounding_once() -> None:
    whole, scale = quantised(torch.randn(8, 4, 3, 3))
    again, same = quantised(whole * scale[:, None, None, None])
    assert torch.equal(whole, again)
    assert torch.allclose(scale, same)


def test_each_channel_is_within_half_a_step_of_its_own_scale() -> None:
    weight = torch.randn(8, 4, 3, 3) * torch.logspace(-3, 3, 8)[:, None, None, None]
    whole, scale = quantised(weight)
    off = (weight - whole * scale[:, None, None, None]).abs().amax(dim=(1, 2, 3))
    assert bool((off <= 0.501 * scale).all())


def test_large_convolutions_alone_are_rounded(network: NanoNetwork) -> None:
    kept = dict(with_quantised_weights(network).named_parameters())
    changed = {name for name, weight in network.named_parameters() if not torch.equal(weight, kept[name])}
    large = {name for name, weight in network.named_parameters() if weight.dim() == 4 and weight.numel() >= MANY}
    assert changed == large
    assert large
    assert not is_quantised("letters.grow.weight", torch.zeros(256, 256, 2, 2))


def test_the_graph_holds_bytes_and_says_what_the_rounded_network_says(network: NanoNetwork, tmp_path: Path) -> None:
    assert export(network, tmp_path / "n.onnx") < TOLERANCE
    stored = {w.name: w.data_type for w in onnx.load(str(tmp_path / "n.onnx")).graph.initializer}
    assert stored["encoder.2.0.first.weight"] == onnx.TensorProto.INT8
    assert stored["encoder.0.0.first.weight"] == onnx.TensorProto.FLOAT16
    again = read_graph(tmp_path / "n.onnx")
    export(again, tmp_path / "again.onnx")
    assert onnx.load(str(tmp_path / "again.onnx")).graph == onnx.load(str(tmp_path / "n.onnx")).graph


@torch.no_grad()
def test_rounding_changes_little(network: NanoNetwork) -> None:
    picture, condition = torch.rand(1, layout.PICTURE_CHANNELS, 64, 64) - 0.5, torch.zeros(1, layout.CONDITION_WIDTH)
    before, after = (n.estimates(picture, condition).layer for n in (network, with_quantised_weights(network)))
    assert 0 < float((before - after).abs().mean()) < 2e-3
