# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import pytest
import torch
from diffusers import AutoencoderKL
from hypothesis import given, settings
from hypothesis import strategies as st

from model.diffdecompose import alpha_vae, standin
from model.diffdecompose.errors import WrongComponents


@pytest.fixture(scope="module")
def plain() -> AutoencoderKL:
    torch.manual_seed(5)
    return standin.autoencoder(standin.TINY)


@pytest.fixture(scope="module")
def rgba(plain: AutoencoderKL) -> AutoencoderKL:
    return alpha_vae.to_rgba(plain)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 999))
@torch.no_grad()
def test_before_training_rgb_comes_out_as_from_the_plain_autoencoder_and_alpha_is_one(plain, rgba, seed):
    pixels = torch.rand(1, 4, 32, 48, generator=torch.Generator().manual_seed(seed))
    latents = alpha_vae.encode(rgba, pixels)
    assert torch.allclose(latents, alpha_vae.encode(plain, pixels[:, :3]), atol=1e-5)
    out = alpha_vae.decode(rgba, latents)
    assert torch.allclose(out[:, :3], alpha_vae.decode(plain, latents), atol=1e-5)
    assert torch.equal(out[:, 3], torch.ones_like(out[:, 3]))


@torch.no_grad()
def test_alpha_matters_as_soon_as_its_weights_are_not_zero(plain):
    trained = alpha_vae.to_rgba(plain)
    trained.encoder.conv_in.weight[:, 3] = 0.3
    half, full = torch.full((1, 4, 16, 16), 0.5), torch.full((1, 4, 16, 16), 0.5)
    full[:, 3] = 1
    assert (alpha_vae.encode(trained, half) - alpha_vae.encode(trained, full)).abs().max() > 1e-3


@torch.no_grad()
def test_latents_are_shifted_and_scaled_as_flux_wants_them(rgba):
    pixels = torch.rand(1, 4, 16, 16)
    raw = rgba.encode(pixels * 2 - 1).latent_dist.mode()
    assert torch.allclose(alpha_vae.encode(rgba, pixels), (raw - 0.1159) * 0.3611)


@torch.no_grad()
def test_large_pictures_are_done_in_tiles_that_meet_without_a_step(plain):
    tiled = alpha_vae.to_rgba(plain)
    y, x = torch.meshgrid(torch.linspace(0, 1, 96), torch.linspace(0, 1, 160), indexing="ij")
    pixels = torch.stack([x, y, x * y, torch.ones_like(x)])[None]
    whole = alpha_vae.decode(tiled, alpha_vae.encode(tiled, pixels))
    alpha_vae.tile(tiled, 64)
    assert tiled.tile_latent_min_size == 8
    seen = []
    hook = tiled.encoder.register_forward_hook(lambda _m, args, _o: seen.append(args[0].shape[-2:]))
    parts = alpha_vae.decode(tiled, alpha_vae.encode(tiled, pixels))
    hook.remove()
    assert max(max(size) for size in seen) <= 64
    assert parts.shape == whole.shape
    # Tiles are feathered over a quarter of their side: the seams (every 48 pixels) are no steeper than the picture.
    jumps = (parts[..., 1:] - parts[..., :-1]).abs().amax(dim=(0, 1, 2))
    steepest = (whole[..., 1:] - whole[..., :-1]).abs().max()
    assert max(jumps[47], jumps[95], jumps[143]) < 1.5 * steepest
    assert (parts - whole).abs().mean() < 0.1


@torch.no_grad()
def test_the_converted_autoencoder_survives_a_round_trip_to_disk(rgba, tmp_path):
    rgba.save_pretrained(tmp_path)
    again = AutoencoderKL.from_pretrained(tmp_path)
    pixels = torch.rand(1, 4, 16, 16)
    assert torch.equal(alpha_vae.encode(again, pixels), alpha_vae.encode(rgba, pixels))


def test_converting_twice_is_refused(rgba):
    with pytest.raises(WrongComponents, match=r"\(4, 4\).*\(3, 3\)"):
        alpha_vae.to_rgba(rgba)
