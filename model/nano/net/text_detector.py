"""What a network that was trained to find lettering in pictures sees: PP-OCRv6's small text detector.

Letters in many scripts and styles, learned from far more pictures than ours. Of 20 validation pictures with text that
`marks` alone had looked at, the detector's boxes held 0.74 of the squared error in 0.13 of the area, and 0.43 of what
`marks` had missed. It knows no overlay from a shop sign, so it decides nothing: `marks` hears of it at four sizes.
The weights (PaddleOCR, Apache-2.0) stay as they were published, but that those of 1x1 convolutions are rounded to eight
bits, to keep the package small. Architecture: arXiv 2109.15099 (backbone), 1911.08947 (detector), 2206.03001 (neck).
Training side only (torch); knows nothing of layers.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...errors import ModelError
from .quantise import quantised

__all__ = ["CHANNELS", "MEAN", "SPREAD", "DepthwiseMlp", "Neck", "Squeeze", "TextDetector", "published_weights"]

CHANNELS = (24, 96, 96, 96)
"""Of what is given, at 1/2, 1/4, 1/8, 1/16."""

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of blue, green, red, in this order, as it was trained."""

USUAL = (1.1, 2.5, 4.7, 4.1)
"""Root mean square of each map over photographs with text; what is given is divided by it."""

STAGES = ((48, (True, False)), (96, (True, False)), (192, (True, False, True, False)), (384, (True, False)))
"""Width at 1/4, 1/8, 1/16, 1/32, and whether each block weighs its channels."""

NECK = 96


class Squeeze(nn.Module):
    """Weighs channels by what the whole picture shows (arXiv 1709.01507). slope: of the hard sigmoid."""

    def __init__(self, width: int, slope: float) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(width, width // 4, 1), nn.Conv2d(width // 4, width, 1)
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        weights = self.second(F.relu(self.first(x.mean(dim=(2, 3), keepdim=True))))
        return x * (weights * self.slope + 0.5).clamp(0, 1)


class DepthwiseMlp(nn.Module):
    """Looks around channel by channel, then mixes the channels; one of stride 2 halves the picture."""

    def __init__(self, width: int, out: int, stride: int = 1, weighs: bool = False) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 3, stride, 1, groups=width)
        self.squeeze = Squeeze(width, 1 / 6) if weighs else None
        self.widen, self.narrow = nn.Conv2d(width, 2 * width, 1), nn.Conv2d(2 * width, out, 1)
        self.residual = stride == 1

    def forward(self, x: Tensor) -> Tensor:
        x = self.depthwise(x)
        if self.squeeze is not None:
            x = self.squeeze(x)
        out = self.narrow(F.gelu(self.widen(x)))
        return x + out if self.residual else out


class Neck(nn.Module):
    """Brings a size to the width of the others."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.project, self.squeeze = nn.Conv2d(width, out, 1, bias=False), Squeeze(out, 0.2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.project(x)
        return x + self.squeeze(x)


class TextDetector(nn.Module):
    """forward(picture (N, 3, H, W), 0..1) -> maps at 1/2, 1/4, 1/8, 1/16, channels as in CHANNELS. H, W multiples of
    32. Modules are in the order of the published graph, by which `published` finds their weights.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.ModuleList(
            [nn.Conv2d(3, 24, 3, 2, 1), nn.Conv2d(24, 12, 2), nn.Conv2d(12, 24, 2), nn.Conv2d(48, 24, 3, 2, 1),
             nn.Conv2d(24, 48, 1)]
        )  # fmt: skip
        stages, width = [], STAGES[0][0]
        for out, weighs in STAGES:
            halving = [DepthwiseMlp(width, out, stride=2)] if out > width else []
            stages.append(nn.Sequential(*halving, *(DepthwiseMlp(out, out, weighs=w) for w in weighs)))
            width = out
        self.stages = nn.ModuleList(stages)
        self.necks = nn.ModuleList(Neck(width, NECK) for width, _ in reversed(STAGES))
        self.around = nn.ModuleList(
            nn.Sequential(nn.Conv2d(NECK, NECK, 7, padding=3, groups=NECK), Neck(NECK, NECK // 4)) for _ in STAGES
        )
        self.gather, self.grow = nn.Conv2d(NECK, 24, 3, padding=1), nn.ConvTranspose2d(24, 24, 2, 2)
        for parameter in self.parameters():
            parameter.requires_grad_(False)

    @torch.no_grad()
    def forward(self, picture: Tensor) -> list[Tensor]:
        mean, spread = (torch.tensor(v, device=picture.device).view(1, 3, 1, 1) for v in (MEAN, SPREAD))
        first = F.relu(self.stem[0]((picture.flip(1) - mean) / spread))
        # Windows of two by two begin at their pixel, so what is missing is beyond the right and lower edges.
        fine = F.relu(self.stem[2](F.pad(F.relu(self.stem[1](F.pad(first, (0, 1, 0, 1)))), (0, 1, 0, 1))))
        pooled = F.max_pool2d(F.pad(first, (0, 1, 0, 1)), 2, 1)  # nothing in it is below 0
        x = F.relu(self.stem[4](F.relu(self.stem[3](torch.cat([pooled, fine], dim=1)))))
        sizes = []
        for stage in self.stages:
            x = stage(x)
            sizes.append(x)
        pyramid, above = [], None
        for neck, size in zip(self.necks, reversed(sizes), strict=True):  # 1/32 first
            mine = neck(size)
            above = mine if above is None else mine + F.interpolate(above, scale_factor=2.0, mode="nearest")
            pyramid.append(above)
        seen = [look(level) for look, level in zip(self.around, pyramid, strict=True)]
        seen = [F.interpolate(s, scale_factor=float(2**n), mode="nearest") if n else s
                for s, n in zip(seen, (3, 2, 1, 0), strict=True)]  # fmt: skip
        quarter = torch.cat(seen, dim=1)
        half = F.relu(self.grow(F.relu(self.gather(quarter))))
        return [x / usual for x, usual in zip((half, quarter, pyramid[2], pyramid[1]), USUAL, strict=True)]


def published_weights(path: Path) -> dict[str, Tensor]:
    """The weights of `TextDetector` from PP-OCRv6_det_small.onnx. Raises ModelError where it is another graph."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    values = {w.name: numpy_helper.to_array(w) for w in graph.initializer}
    aliases = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Identity"}
    added = {aliases.get(n.input[0], n.input[0]): n.input[1] for n in graph.node if n.op_type == "Add"}

    def value(name: str) -> np.ndarray | None:
        while name in aliases:
            name = aliases[name]
        return values.get(name)

    state: dict[str, Tensor] = {}
    layers = [(n, m) for n, m in TextDetector().named_modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    theirs = [n for n in graph.node if n.op_type in ("Conv", "ConvTranspose")][: len(layers)]
    weights = [value(node.input[1]) for node in theirs]
    if [None if w is None else w.shape for w in weights] != [tuple(layer.weight.shape) for _, layer in layers]:
        raise ModelError(f"{path.name} is not the text detector whose weights are wanted: PP-OCRv6_det_small.onnx")
    for (name, layer), node, weight in zip(layers, theirs, weights, strict=True):
        assert weight is not None
        state[f"{name}.weight"] = torch.from_numpy(weight.copy())
        if small(layer):
            whole, scale = quantised(state[f"{name}.weight"])
            state[f"{name}.weight"] = whole.float() * scale[:, None, None, None]
        if layer.bias is not None:
            bias = value(added[node.output[0]])
            assert bias is not None
            state[f"{name}.bias"] = torch.from_numpy(bias.reshape(-1).copy())
    return state


def small(layer: nn.Module) -> bool:
    """Whether its weights are kept in eight bits."""
    return isinstance(layer, nn.Conv2d) and layer.kernel_size == (1, 1)
