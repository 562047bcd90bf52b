"""AlphaVAE (arXiv 2507.09308): a Flux autoencoder that speaks RGBA. Knows nothing of layers or diffusion.

A plain three-channel autoencoder becomes one with four channels by zero weights: the encoder does not see
alpha yet, the decoder answers "opaque", and nothing else changes. Training takes it from there. Pixels are
straight (not premultiplied) alpha, 0..1 at this file's edge and -1..1 inside the network.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import torch
from diffusers import AutoencoderKL

from .errors import WrongComponents

__all__ = ["decode", "encode", "require_rgba", "tile", "to_rgba"]


def to_rgba(vae: AutoencoderKL) -> AutoencoderKL:
    """A new autoencoder with four channels that still does, on RGB, what `vae` does, and decodes alpha = 1.

    Raises WrongComponents where `vae` has not three channels in and out.
    """
    channels = (vae.config.in_channels, vae.config.out_channels)
    if channels != (3, 3):
        raise WrongComponents(
            f"the autoencoder has {channels} channels in and out, (3, 3) are needed: give a plain one"
        )
    config = {k: v for k, v in vae.config.items() if not k.startswith("_")}
    rgba = AutoencoderKL.from_config({**config, "in_channels": 4, "out_channels": 4}).to(vae.device, vae.dtype)
    state = dict(vae.state_dict())
    eye = state["encoder.conv_in.weight"]  # (width, 3, 3, 3)
    hand, bias = state["decoder.conv_out.weight"], state["decoder.conv_out.bias"]  # (3, width, 3, 3), (3,)
    state["encoder.conv_in.weight"] = torch.cat([eye, torch.zeros_like(eye[:, :1])], dim=1)
    state["decoder.conv_out.weight"] = torch.cat([hand, torch.zeros_like(hand[:1])])
    state["decoder.conv_out.bias"] = torch.cat([bias, torch.ones_like(bias[:1])])  # 1 is opaque in -1..1
    rgba.load_state_dict(state)
    return rgba.train(vae.training)


def require_rgba(vae: AutoencoderKL) -> None:
    """Raises WrongComponents unless `vae` has four channels in and out."""
    channels = (vae.config.in_channels, vae.config.out_channels)
    if channels != (4, 4):
        raise WrongComponents(
            f"the autoencoder has {channels} channels in and out, (4, 4) are needed: convert it with "
            f"model.diffdecompose.alpha_vae.to_rgba, or train one with `diffdecompose train vae`"
        )


def encode(vae: AutoencoderKL, pixels: torch.Tensor) -> torch.Tensor:
    """(B, 4, H, W) in 0..1 -> the posterior's mode, normalised as Flux wants it, (B, C, H / f, W / f)."""
    # Not to the device of the weights: while they are offloaded that is another than where they will run.
    posterior = vae.encode((pixels * 2 - 1).to(vae.dtype)).latent_dist
    return (posterior.mode() - (vae.config.shift_factor or 0.0)) * vae.config.scaling_factor


def decode(vae: AutoencoderKL, latents: torch.Tensor) -> torch.Tensor:
    """Normalised latents (B, C, h, w) -> (B, 4, H, W) float32, clipped to 0..1."""
    raw = latents / vae.config.scaling_factor + (vae.config.shift_factor or 0.0)
    return (vae.decode(raw.to(vae.dtype)).sample.float() / 2 + 0.5).clamp(0, 1)


def tile(vae: AutoencoderKL, side: int) -> None:
    """Work in overlapping, feathered tiles of `side` pixels where a picture is larger: bounded memory at any size."""
    vae.enable_tiling()
    vae.tile_sample_min_size = side
    vae.tile_latent_min_size = side // 2 ** (len(vae.config.block_out_channels) - 1)
