"""The loss of the second stage: predict noise minus picture, on the layers' tokens alone.

z rides along clean, at the same timestep as the layers, as in the sampler; what the transformer says about
z's tokens is neither used nor punished. Knows nothing of files, optimisers or accelerate.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import torch
from diffusers.training_utils import compute_density_for_timestep_sampling

from ...diffdecompose.positions import Position, layer_ids
from ...diffdecompose.sequence import pack
from .latents import Latents

__all__ = ["Levels", "Tokens", "draw_levels", "flow_loss", "to_tokens", "velocity"]


@dataclass(frozen=True, eq=False)
class Tokens:
    """A batch as the transformer reads it.

    clean: (B, grid, C) of z.   layers: (B, (n + 1) grid, C) of n foregrounds and y.   ids: ((n + 2) grid, 3).
    """

    clean: torch.Tensor
    layers: torch.Tensor
    ids: torch.Tensor


class Levels(StrEnum):
    """How noise levels are drawn."""

    UNIFORM = "uniform"
    LOGIT_NORMAL = "logit-normal"
    """More in the middle (Esser et al. 2024): mean 0, spread 1."""


def to_tokens(latents: Latents, position: Position) -> Tokens:
    """Latents as the sampler orders them: [z; x_1 .. x_n; y]."""
    layers = latents.x.shape[1]
    ids = layer_ids(latents.z.shape[-2] // 2, latents.z.shape[-1] // 2, layers, position).sequence()
    parts = [pack(latents.x[:, k]) for k in range(layers)] + [pack(latents.y)]
    return Tokens(pack(latents.z), torch.cat(parts, dim=1), ids.to(latents.z.device))


def draw_levels(count: int, generator: torch.Generator, how: Levels = Levels.UNIFORM, mu: float = 0.0) -> torch.Tensor:
    """Noise levels of `count` samples in 0..1, bent towards noise by `mu` as the sampler's are.

    mu: see `schedule.log_shift`; 0 = not bent.
    """
    scheme = "logit_normal" if how is Levels.LOGIT_NORMAL else "none"
    levels = compute_density_for_timestep_sampling(scheme, count, logit_mean=0.0, logit_std=1.0, generator=generator)
    bend = math.exp(mu)
    return bend * levels / (1 + (bend - 1) * levels)


def velocity(
    transformer: torch.nn.Module,
    tokens: Tokens,
    noisy: torch.Tensor,
    words: torch.Tensor,
    pooled: torch.Tensor,
    levels: torch.Tensor,
    guidance: float | None,
) -> torch.Tensor:
    """What the transformer says of the layers' tokens, float32; noisy: as tokens.layers, the rest as in `flow_loss`."""
    grid = tokens.clean.shape[1]
    return transformer(
        hidden_states=torch.cat([tokens.clean, noisy], dim=1).to(words.dtype),
        timestep=levels.to(words.dtype),
        guidance=None if guidance is None else torch.full_like(levels, guidance),
        pooled_projections=pooled,
        encoder_hidden_states=words,
        txt_ids=torch.zeros(words.shape[1], 3, device=words.device),
        img_ids=tokens.ids,
        return_dict=False,
    )[0][:, grid:].float()


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
    predicted = velocity(transformer, tokens, noisy, words, pooled, levels, guidance)
    return (predicted - (noise - tokens.layers).float()).square().mean()
