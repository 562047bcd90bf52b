"""The recomposition loss: foreground and background as they stand at a noise level, decoded, composed, must be z.

From a velocity follows an estimate of the layers, noisy - level x velocity. Both are decoded by the frozen autoencoder
and composed by the sample's blend type; the error against z, which went through the same autoencoder, is weighed by
1 - level, since at high noise the estimate is a mean of many answers. Samples of unknown blend type have none.
Measured at small size, see `model/diffdecompose/README.md`.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from collections.abc import Sequence

import torch
from diffusers import AutoencoderKL

from ...diffdecompose import alpha_vae
from ...diffdecompose.sequence import unpack
from ...types import BlendType
from ..triplets.sample import Told
from .flow_matching import Tokens

__all__ = ["compose", "recomposition_loss"]


def compose(foreground: torch.Tensor, background: torch.Tensor, blend: BlendType) -> torch.Tensor:
    """(B, 4, H, W) over (B, 3, H, W), all 0..1 -> (B, 3, H, W), as `model.blending` composes a layer."""
    colour, alpha = foreground.split([3, 1], dim=1)
    match blend:
        case BlendType.NORMAL:
            return alpha * colour + (1 - alpha) * background
        case BlendType.MULTIPLY:
            return background * (1 - alpha + alpha * colour)
        case BlendType.SCREEN:
            return background + alpha * colour * (1 - background)
        case BlendType.ADD:
            return (background + alpha * colour).clamp(max=1)


def recomposition_loss(
    vae: AutoencoderKL,
    tokens: Tokens,
    noisy: torch.Tensor,
    velocity: torch.Tensor,
    levels: torch.Tensor,
    told: Sequence[Told],
    size: tuple[int, int],
) -> torch.Tensor:
    """Mean over the batch of (1 - level) x the mean square error of the recomposed estimate, pixels in -1..1.

    noisy, velocity: as tokens.layers.   levels: (B,).   size: h, w of the grid of tokens (2 x 2 latents each).
    Zero, without a gradient, where the blend type of no sample is known.
    """
    counted = [n for n, one in enumerate(told) if one.blend is not None]
    if not counted:
        return velocity.new_zeros(())
    estimate = (noisy - levels.view(-1, 1, 1) * velocity)[counted]
    *foregrounds, y = (alpha_vae.decode(vae, unpack(part, *size)) for part in estimate.split(size[0] * size[1], dim=1))
    with torch.no_grad():
        z = alpha_vae.decode(vae, unpack(tokens.clean[counted], *size))[:, :3]
    errors = []
    for k, n in enumerate(counted):
        composed = y[k : k + 1, :3]
        for x in reversed(foregrounds):  # the top one comes first
            composed = compose(x[k : k + 1], composed, told[n].blend)
        errors.append((2 * (composed - z[k : k + 1])).square().mean())
    return ((1 - levels[counted]) * torch.stack(errors)).sum() / len(told)
