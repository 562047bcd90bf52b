"""LPIPS (Zhang et al. 2018, version 0.1) on VGG-16, from weight files at hand; downloads nothing.

Two files: VGG-16's convolutions under the names of torchvision ("features.0.weight"), and the five linear
layers under the names of the authors ("lin0.model.1.weight"); safetensors or a torch state dict. Pictures
are -1..1. Knows nothing of training or evaluation.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

from ..errors import InvalidRequest

__all__ = ["Lpips"]

_STAGES = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))
"""The convolutions of VGG-16 by their numbers; the picture is halved between stages, and compared after each."""
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)


class Lpips(nn.Module):
    """Distance of pictures, (B, 3, H, W) twice -> (B,); 0 = the same. Raises InvalidRequest for other files."""

    def __init__(self, vgg: Path, linear: Path) -> None:
        super().__init__()
        trunk, lines = _read(vgg), _read(linear)
        wanted = [f"features.{i}.{part}" for stage in _STAGES for i in stage for part in ("weight", "bias")]
        _require(trunk, wanted, vgg)
        _require(lines, [f"lin{k}.model.1.weight" for k in range(5)], linear)
        for name in wanted:
            self.register_buffer(name.replace(".", "_"), trunk[name].float())
        for k in range(5):
            self.register_buffer(f"line_{k}", lines[f"lin{k}.model.1.weight"].float())  # (1, C, 1, 1)
        self.register_buffer("shift", torch.tensor(_SHIFT).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor(_SCALE).view(1, 3, 1, 1))

    def forward(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        pairs = zip(self._features(one), self._features(other), strict=True)
        total = one.new_zeros(len(one))
        for k, (a, b) in enumerate(pairs):
            difference = (F.normalize(a, dim=1, eps=1e-10) - F.normalize(b, dim=1, eps=1e-10)).square()
            total = total + F.conv2d(difference, self.get_buffer(f"line_{k}")).mean(dim=(1, 2, 3))
        return total

    @torch.no_grad()
    def of_pictures(self, one: np.ndarray, other: np.ndarray) -> float:
        """The distance of two pictures, uint8 H x W x 3."""
        pair = [torch.from_numpy(picture.copy()).permute(2, 0, 1)[None] / 127.5 - 1 for picture in (one, other)]
        return self(*pair).item()

    def _features(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        x = (pictures - self.get_buffer("shift")) / self.get_buffer("scale")
        found = []
        for number, stage in enumerate(_STAGES):
            if number:
                x = F.max_pool2d(x, 2)
            for i in stage:
                x = F.relu(
                    F.conv2d(
                        x, self.get_buffer(f"features_{i}_weight"), self.get_buffer(f"features_{i}_bias"), padding=1
                    )
                )
            found.append(x)
        return found


def _read(path: Path) -> dict[str, torch.Tensor]:
    if not path.is_file():
        raise InvalidRequest(f"there is no weight file at {path}: give the file or leave LPIPS out")
    return load_file(path) if path.suffix == ".safetensors" else torch.load(path, map_location="cpu", weights_only=True)


def _require(weights: dict[str, torch.Tensor], wanted: list[str], path: Path) -> None:
    absent = [name for name in wanted if name not in weights]
    if absent:
        raise InvalidRequest(f"{path.name} lacks {absent[0]}: it is not the weight file LPIPS needs here")
