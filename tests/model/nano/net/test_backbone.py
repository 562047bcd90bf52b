"""The backbone says what the published network says, with batch normalisation folded away."""

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.nano.net.backbone import BATCH_NORM_EPSILON, LEVELS, STAGES, STEM, Backbone, fold_batch_norm


def convolution(out: int, into: int, kernel: int, name: str) -> dict[str, Tensor]:
    return {f"{name}.weight": torch.randn(out, into, kernel, kernel) * 0.3}


def norm(width: int, name: str) -> dict[str, Tensor]:
    values = {"weight": 1 + 0.1 * torch.randn(width), "bias": torch.randn(width), "running_mean": torch.randn(width)}
    return {f"{name}.{k}": v for k, v in {**values, "running_var": 0.5 + torch.rand(width)}.items()}


@pytest.fixture
def published() -> dict[str, Tensor]:
    """Random weights under the package's names and in its shapes."""
    torch.manual_seed(0)
    state = convolution(STEM, 3, 3, "_conv_stem") | norm(STEM, "_bn0")
    number, width = 0, STEM
    for stage in STAGES:
        for _ in range(stage.blocks):
            at, wide = f"_blocks.{number}", width * stage.expansion
            if stage.expansion > 1:
                state |= convolution(wide, width, 1, f"{at}._expand_conv") | norm(wide, f"{at}._bn0")
            state |= convolution(wide, 1, stage.kernel, f"{at}._depthwise_conv") | norm(wide, f"{at}._bn1")
            state |= convolution(stage.width, wide, 1, f"{at}._project_conv") | norm(stage.width, f"{at}._bn2")
            number, width = number + 1, stage.width
    return state


def normalised(x: Tensor, state: dict[str, Tensor], name: str) -> Tensor:
    layer = nn.BatchNorm2d(x.shape[1], eps=BATCH_NORM_EPSILON).eval()
    layer.load_state_dict({k: state[f"{name}.{k}"] for k in ("weight", "bias", "running_mean", "running_var")}, False)
    return layer(x)


def test_folding_keeps_what_the_first_block_says(published: dict[str, Tensor]) -> None:
    backbone = Backbone()
    backbone.load_state_dict(fold_batch_norm(published))
    picture = torch.rand(1, 3, 64, 32)
    x = F.conv2d((picture * 255 - 127) / 128, published["_conv_stem.weight"], stride=2, padding=1)
    x = F.relu6(normalised(x, published, "_bn0"))
    x = F.conv2d(x, published["_blocks.0._depthwise_conv.weight"], padding=1, groups=STEM)
    x = F.relu6(normalised(x, published, "_blocks.0._bn1"))
    x = normalised(F.conv2d(x, published["_blocks.0._project_conv.weight"]), published, "_blocks.0._bn2")
    assert torch.allclose(backbone(picture)[0], x, atol=1e-4)


def test_features_come_at_five_sizes() -> None:
    shapes = [tuple(x.shape[1:]) for x in Backbone()(torch.rand(2, 3, 64, 96))]
    widths = list(LEVELS.values())
    assert shapes == [(w, 64 >> n, 96 >> n) for n, w in enumerate(widths, 1)]


def test_the_first_stage_stays_as_published_and_the_others_learn() -> None:
    backbone = Backbone()
    torch.stack([x.mean() for x in backbone(torch.rand(1, 3, 32, 32))]).sum().backward()
    learned = {name.split(".")[1] for name, p in backbone.named_parameters() if p.grad is not None}
    assert learned == {"1", "2", "3", "4", "5"}
