"""A wider network begins as the same function."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from model.errors import InvalidRequest  # noqa: E402
from model.nano import layout  # noqa: E402
from model.nano.net import NanoNetwork, NanoParams  # noqa: E402
from model.train.nano.widen import widened  # noqa: E402

PARAMS = NanoParams(widths=(8, 12, 16, 20), encoder=(1, 1, 1, 2), decoder=(1, 1, 1), embedding=8)


def lively(params: NanoParams) -> NanoNetwork:
    torch.manual_seed(1)
    network = NanoNetwork(params)
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return network


@pytest.mark.parametrize("more", [{}, {"letters": True}, {"backbone": 5, "latent": True}], ids=["plain", "text", "all"])
def test_a_wider_network_gives_the_same_answers(more: dict) -> None:
    network = lively(replace(PARAMS, **more))
    larger = widened(network, (12, 20, 24, 28))
    assert larger.params.widths == (12, 20, 24, 28)
    picture = torch.rand(2, layout.PICTURE_CHANNELS, 64, 96) - 0.5
    condition = torch.rand(2, layout.CONDITION_WIDTH)
    condition[:, layout.IS_TILE] = torch.tensor([0.0, 1.0])
    latent = torch.randn(2, layout.LATENT_WIDTH)
    with torch.no_grad():
        for before, after in zip(network(picture, condition, latent), larger(picture, condition, latent), strict=True):
            assert torch.allclose(before, after, atol=1e-5)


def test_new_channels_are_trained_into_use() -> None:
    larger = widened(lively(PARAMS), (12, 20, 24, 28))
    picture, condition = torch.rand(2, layout.PICTURE_CHANNELS, 64, 64), torch.rand(2, layout.CONDITION_WIDTH)
    larger(picture, condition).opacity.square().sum().backward()
    assert larger.head.weight.grad is not None
    assert bool((larger.head.weight.grad[:, 8:] != 0).any()), "new channels of the last level are read"


def test_a_narrower_network_is_refused_with_both_numbers() -> None:
    with pytest.raises(InvalidRequest, match=r"\(8, 12, 16, 16\).*\(8, 12, 16, 20\)"):
        widened(lively(PARAMS), (8, 12, 16, 16))
