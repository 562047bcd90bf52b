"""The recomposition loss: foreground and background as they stand at a noise level, decoded, composed, must be z.

From a velocity follows an estimate of the layers, noisy - level x velocity. Both are decoded by the frozen autoencoder
and composed by the sample's blend type; the error against z, which went through the same autoencoder, is weighed by
1 - level, since at high noise the estimate is a mean of many answers. Samples of unknown blend type have none.
Measured at small size, see `model/diffdecompose/README.md`.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

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
    decode: Callable[[torch.Tensor], torch.Tensor],
    tokens: Tokens,
    noisy: torch.Tensor,
    velocity: torch.Tensor,
    levels: torch.Tensor,
    told: Sequence[Told],
    size: tuple[int, int],
) -> torch.Tensor:
    """Mean over the batch of (1 - level) x the mean square error of the recomposed estimate, pixels in -1..1.

    decode: latents (B, C, 2h, 2w) -> RGBA of 0..1.   noisy, velocity: as tokens.layers.   levels: (B,).
    size: h, w of the grid of tokens.   Zero, without a gradient, where the blend type of no sample is known.
    """
    known = [n for n, one in enumerate(told) if one.blend is not None]
    if not known:
        return velocity.new_zeros(())
    estimate = (noisy - levels.view(-1, 1, 1) * velocity)[known]
    *foregrounds, y = (decode(unpack(part, *size)) for part in estimate.split(size[0] * size[1], dim=1))
    with torch.no_grad():
        z = decode(unpack(tokens.clean[known], *size))[:, :3]
    total = velocity.new_zeros(())
    for blend in {told[n].blend for n in known}:
        here = [k for k, n in enumerate(known) if told[n].blend is blend]
        composed = y[here, :3]
        for x in reversed(foregrounds):  # the top one comes first
            composed = compose(x[here], composed, blend)
        errors = (2 * (composed - z[here])).square().mean(dim=(1, 2, 3))
        total = total + ((1 - levels[[known[k] for k in here]]) * errors).sum()
    return total / len(told)
