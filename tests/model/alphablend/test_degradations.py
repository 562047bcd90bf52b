from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image

from model.alphablend.degradations import degraded_backdrop, degraded_composite, hue_jittered, jpeg
from model.alphablend.rng import Rng

Procedural = Callable[[int], np.ndarray]


def as_tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None] / 255


@pytest.mark.parametrize("halved", [False, True])
@pytest.mark.parametrize("quality", [40, 75, 95])
def test_jpeg_loses_what_a_real_encoder_loses(procedural: Procedural, quality: int, halved: bool) -> None:
    pixels = procedural(3)[:160, :256]
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "JPEG", quality=quality, subsampling=2 if halved else 0)
    real = np.asarray(Image.open(held)).astype(float)
    ours = jpeg(as_tensor(pixels), torch.full((1, 1, 1), float(quality)), halved)[0].permute(1, 2, 0).numpy() * 255
    lost = np.abs(real - pixels).mean()
    assert np.abs(ours - real).mean() < 0.4 * lost + 0.3
    assert np.abs(ours - pixels).mean() == pytest.approx(lost, rel=0.15, abs=0.2)


def test_jpeg_takes_any_size() -> None:
    out = jpeg(torch.rand(2, 3, 19, 37), torch.full((2, 1, 1), 80.0), True)
    assert out.shape == (2, 3, 19, 37)


def test_pictures_leave_in_eight_bits() -> None:
    rng = Rng(0, torch.device("cpu"))
    pictures = torch.rand(30, 3, 32, 32)
    for change in (degraded_backdrop, degraded_composite):
        levels = change(pictures, rng) * 255
        assert torch.allclose(levels, levels.round(), atol=1e-3)
        assert levels.min() >= 0
        assert levels.max() <= 255


def test_recoloured_scenes_keep_their_grays_and_their_light() -> None:
    rng = Rng(1, torch.device("cpu"))
    gray = torch.rand(8, 1, 16, 16).expand(-1, 3, -1, -1)
    assert torch.allclose(hue_jittered(gray, rng), gray, atol=1e-6)
    muted = 0.4 + 0.2 * torch.rand(40, 3, 16, 16)  # so that nothing leaves 0..1
    other = hue_jittered(muted, rng)
    assert torch.allclose(other.mean(1), muted.mean(1), atol=1e-5)
    assert (other - muted).abs().mean() > 0.01


def test_a_turned_hue_turns_all_of_a_scene_alike() -> None:
    scene = torch.tensor([0.6, 0.4, 0.4]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    other = hue_jittered(scene, Rng(5, torch.device("cpu")))
    assert torch.allclose(other, other[..., :1, :1].expand_as(other), atol=1e-6)
    assert other[0, :, 0, 0].mean() == pytest.approx(float(scene.mean()), abs=1e-6)
