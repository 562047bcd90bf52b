"""The loss of the second stage: predict noise minus picture, on the layers' tokens alone.

z rides along clean, at the same timestep as the layers, as in the sampler; what the transformer says about
z's tokens is neither used nor punished. Knows nothing of files, optimisers or accelerate.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers import AutoencoderKL

from ..diffdecompose import alpha_vae
from ..diffdecompose.positions import Position, layer_ids
from ..diffdecompose.sequence import pack
from .triplets import Triplets

__all__ = ["Tokens", "draw_levels", "flow_loss", "to_tokens"]


@dataclass(frozen=True, eq=False)
class Tokens:
    """A batch as the transformer reads it.

    clean: (B, grid, C) of z.   layers: (B, 2 grid, C) of x and y.   ids: (3 grid, 3).
    """

    clean: torch.Tensor
    layers: torch.Tensor
    ids: torch.Tensor


@torch.no_grad()
def to_tokens(vae: AutoencoderKL, triplets: Triplets, position: Position) -> Tokens:
    """Encode z, x and y by the frozen RGBA autoencoder; z and y are opaque."""
    opaque = torch.ones_like(triplets.z[:, :1])
    pictures = (torch.cat([triplets.z, opaque], 1), triplets.x, torch.cat([triplets.y, opaque], 1))
    z, x, y = (alpha_vae.encode(vae, one) for one in pictures)
    ids = layer_ids(z.shape[-2] // 2, z.shape[-1] // 2, 1, position).sequence().to(z.device)
    return Tokens(pack(z), torch.cat([pack(x), pack(y)], dim=1), ids)


def draw_levels(count: int, generator: torch.Generator) -> torch.Tensor:
    """Noise levels of `count` samples, uniform in 0..1, none twice as likely as another (weighting "none")."""
    return torch.rand(count, generator=generator)


def flow_loss(
    transformer: torch.nn.Module,
    tokens: Tokens,
    words: torch.Tensor,
    pooled: torch.Tensor,
    levels: torch.Tensor,
    noise: torch.Tensor,
    guidance: float | None,
) -> torch.Tensor:
    """Mean square of (predicted velocity - (noise - layers)) over the layers' tokens.

    words: (B, S, D), pooled: (B, P), levels: (B,), noise: as tokens.layers.
    guidance: what a guidance-distilled transformer is told, the same as in use; None for one that takes none.
    """
    share = levels.view(-1, 1, 1)
    noisy = (1 - share) * tokens.layers + share * noise
    grid = tokens.clean.shape[1]
    predicted = transformer(
        hidden_states=torch.cat([tokens.clean, noisy], dim=1).to(words.dtype),
        timestep=levels.to(words.dtype),
        guidance=None if guidance is None else torch.full_like(levels, guidance),
        pooled_projections=pooled,
        encoder_hidden_states=words,
        txt_ids=torch.zeros(words.shape[1], 3, device=words.device),
        img_ids=tokens.ids,
        return_dict=False,
    )[0][:, grid:]
    return (predicted.float() - (noise - tokens.layers).float()).square().mean()
