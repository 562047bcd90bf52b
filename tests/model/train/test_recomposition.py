"""The recomposition loss of stage two, on the real autoencoder class at tiny size."""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import json
import shutil
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

pytest.importorskip("diffusers")
pytest.importorskip("accelerate")

import torch
from accelerate.state import AcceleratorState
from safetensors.torch import load_file

from model.blending import emission_transmission
from model.diffdecompose import alpha_vae, standin
from model.diffdecompose.positions import Position
from model.train.flux import lora as stage_two
from model.train.flux.flow_matching import to_tokens
from model.train.flux.latents import Latents
from model.train.flux.recomposition import compose, recomposition_loss
from model.train.triplets.sample import Told
from model.types import BlendType
from tests.model.train.plans import lora_plan

torch.set_num_threads(1)
pytestmark = pytest.mark.usefixtures("fresh_accelerator")


@pytest.mark.parametrize("blend", list(BlendType))
def test_layers_are_composed_as_everywhere_else(blend):
    rng = np.random.default_rng(5)
    x, y = rng.random((1, 4, 6, 7), np.float32), rng.random((1, 3, 6, 7), np.float32)
    alpha, colour = x[0, 3][..., None], x[0, :3].transpose(1, 2, 0)
    emission, transmission = emission_transmission(alpha, colour, blend)
    expected = np.clip(emission + transmission * y[0].transpose(1, 2, 0), 0, 1)
    found = compose(torch.from_numpy(x), torch.from_numpy(y), blend)[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.fixture(scope="module")
def vae():
    return alpha_vae.to_rgba(standin.autoencoder(standin.TINY)).requires_grad_(False)


def decode(vae):
    return partial(alpha_vae.decode, vae)


def batch(vae, layers: int, blend: BlendType | None = BlendType.NORMAL):
    """Latents whose x decode to something of their own and whose z is what the decoded layers compose to."""
    rng = torch.Generator().manual_seed(3)
    channels, scale = vae.config.latent_channels, 4
    x, y = torch.randn(2, layers, channels, scale, scale, generator=rng), torch.randn(2, channels, 4, 4, generator=rng)
    told = (Told("a", blend, layers), Told("b", None, layers))
    return Latents(x, y, torch.randn(2, channels, 4, 4, generator=rng), told)


@pytest.mark.parametrize("layers", [1, 2])
def test_the_error_of_what_the_estimate_composes_to_falls_when_its_velocity_follows_the_gradient(vae, layers):
    latents = batch(vae, layers)
    tokens = to_tokens(latents, Position.FRAME)
    noise, levels = torch.randn_like(tokens.layers), torch.tensor([0.3, 0.3])
    noisy = 0.7 * tokens.layers + 0.3 * noise
    moved = (noise - tokens.layers).requires_grad_()
    loss = recomposition_loss(decode(vae), tokens, noisy, moved, levels, latents.told, (2, 2))
    loss.backward()
    assert loss > 0
    assert moved.grad is not None
    assert moved.grad[0].abs().sum() > 0
    assert moved.grad[1].abs().sum() == 0  # nobody knows how this one is composed
    less = recomposition_loss(
        decode(vae), tokens, noisy, (moved - 5 * moved.grad / moved.grad.norm()).detach(), levels, latents.told, (2, 2)
    )
    assert less < loss


def test_it_is_weighed_by_what_is_left_of_the_layers_and_absent_where_no_blend_type_is_known(vae):
    latents = batch(vae, 1)
    tokens = to_tokens(latents, Position.FRAME)
    clean = torch.zeros_like(tokens.layers)  # at any level the estimate is then what is given as noisy

    def loss(level, told):
        return recomposition_loss(decode(vae), tokens, tokens.layers, clean, torch.tensor([level] * 2), told, (2, 2))

    assert loss(0.75, latents.told) == pytest.approx(0.25 * float(loss(0.0, latents.told)), rel=1e-4)
    assert loss(1.0, latents.told) == 0
    assert loss(0.0, batch(vae, 1, None).told) == 0


def test_layers_that_compose_to_the_picture_cost_nothing():
    """Pixels in place of latents, as in the ablation: then the truth recomposes exactly."""

    def pixels(latents):
        return latents / 2 + 0.5

    rng = torch.Generator().manual_seed(1)
    x, y = torch.rand(2, 1, 4, 4, 4, generator=rng), torch.rand(2, 4, 4, 4, generator=rng)
    z = torch.cat([compose(x[:, 0], y[:, :3], BlendType.SCREEN), torch.ones(2, 1, 4, 4)], dim=1)
    told = (Told("a", BlendType.SCREEN), Told("b", BlendType.SCREEN))
    latents = Latents(2 * x - 1, 2 * y - 1, 2 * z - 1, told)
    tokens = to_tokens(latents, Position.FRAME)
    right = torch.zeros_like(tokens.layers)
    at = torch.zeros(2)
    assert recomposition_loss(pixels, tokens, tokens.layers, right, at, told, (2, 2)) == pytest.approx(0, abs=1e-10)
    wrong = tokens.layers + 0.3
    assert recomposition_loss(pixels, tokens, wrong, right, at, told, (2, 2)) > 0.01


def test_stage_two_trains_with_it_and_the_weights_differ_from_those_without(tmp_path, data, model):
    told = shutil.copytree(data, tmp_path / "told")
    blends = {path.stem: "normal" for path in (told / "z").glob("*.png")}
    (told / "blends.json").write_text(json.dumps(blends), encoding="utf-8")
    plan = lora_plan(model, told, tmp_path / "with", steps=3, save_every=9)
    found = load_file(stage_two.train(replace(plan, recomposition=10.0)))
    AcceleratorState._reset_state(reset_partial_state=True)
    without = load_file(stage_two.train(replace(plan, out=tmp_path / "without")))
    assert found.keys() == without.keys()
    assert all(torch.isfinite(one).all() for one in found.values())
    assert any(not torch.equal(found[name], without[name]) for name in found)
