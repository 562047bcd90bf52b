"""What an RGBA autoencoder is trained for (AlphaVAE, arXiv 2507.09308). Knows nothing of the loop.

A straight-alpha picture is only ever seen on some background. The squared error of what is seen, averaged
over all backgrounds, has a closed form: with d the error of colour times alpha, e the error of alpha and b a
background, seen error = d - b e, so its mean square is d^2 - 2 E[b] d e + E[b^2] e^2. No background is drawn.

Scale: AlphaVAE adds up the seen error and the KL terms over a sample and weighs those sums. Here everything is a mean,
and what is weighed against the seen error is divided by the `numbers_in` a sample: the same loss up to one factor,
which Adam does not see and which leaves gradient clipping its meaning at every size of picture.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from torch import nn

__all__ = [
    "MEAN",
    "MEAN_SQUARE",
    "PatchDiscriminator",
    "adaptive_weight",
    "blend_expectation",
    "flattened",
    "generator_loss",
    "hinge",
    "numbers_in",
    "perceptual",
    "reference_kl",
]

MEAN = (-0.0357, -0.0811, -0.1797)
MEAN_SQUARE = (0.3163, 0.3060, 0.3634)
"""First two moments of natural pictures in -1..1, by channel, as AlphaVAE gives them."""


def blend_expectation(found: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Mean square of what is seen, over pixels and over all backgrounds. Both (B, 4, H, W) in -1..1, straight alpha."""
    colour, alpha = _split(found)
    true_colour, true_alpha = _split(truth)
    d = colour * alpha - true_colour * true_alpha
    e = alpha - true_alpha
    mean = found.new_tensor(MEAN).view(1, 3, 1, 1)
    square = found.new_tensor(MEAN_SQUARE).view(1, 3, 1, 1)
    return (d.square() - 2 * mean * d * e + square * e.square()).mean()


def perceptual(
    found: torch.Tensor, truth: torch.Tensor, distance: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """A distance of pictures (-1..1, such as LPIPS) on black and on white: between them every alpha error shows."""
    return torch.stack([distance(_on(found, b), _on(truth, b)).mean() for b in (-1.0, 1.0)]).mean()


def numbers_in(rgba: torch.Tensor) -> int:
    """How many squares the seen error of one sample adds up: three colours a pixel."""
    return 3 * rgba.shape[-2] * rgba.shape[-1]


def flattened(rgba: torch.Tensor) -> torch.Tensor:
    """The pictures on black, then on white, opaque: (B, 4, H, W) -> (2 B, 4, H, W), -1..1."""
    seen = torch.cat([_on(rgba, -1.0), _on(rgba, 1.0)])
    return torch.cat([seen, torch.ones_like(seen[:, :1])], dim=1)


def reference_kl(found: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """KL divergence of the posterior from the untrained autoencoder's, a sum over a latent, averaged over the batch.

    Both are moments (B, 2 C, h, w) of `flattened` pictures: on opaque ones the latent space shall stay what the
    diffusion transformer knows.
    """
    one, other = DiagonalGaussianDistribution(found), DiagonalGaussianDistribution(reference)
    return one.kl(other).mean()


def adaptive_weight(seen: torch.Tensor, fooled: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
    """The weight at which the adversarial term pulls at the weights `last` as hard as the seen error does."""
    one = torch.autograd.grad(seen, last, retain_graph=True)[0].norm()
    other = torch.autograd.grad(fooled, last, retain_graph=True)[0].norm()
    return (one / (other + 1e-8)).clamp(0, 1e4).detach()


def _split(rgba: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Colour in -1..1 and alpha in 0..1."""
    return rgba[:, :3], rgba[:, 3:] / 2 + 0.5


def _on(rgba: torch.Tensor, background: float) -> torch.Tensor:
    colour, alpha = _split(rgba)
    return colour * alpha + background * (1 - alpha)


class PatchDiscriminator(nn.Module):
    """Says of each patch of an RGBA picture whether it is real: (B, 4, H, W) -> (B, 1, H / 8, W / 8) logits."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        blocks: list[nn.Module] = [nn.Conv2d(4, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for level in (1, 2):
            before, after = width * level, width * 2 * level
            norm = nn.GroupNorm(min(8, after), after)
            blocks += [nn.Conv2d(before, after, 4, 2, 1, bias=False), norm, nn.LeakyReLU(0.2)]
        self.blocks = nn.Sequential(*blocks, nn.Conv2d(width * 4, 1, 3, 1, 1))

    def forward(self, rgba: torch.Tensor) -> torch.Tensor:
        return self.blocks(rgba)


def hinge(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """The discriminator's loss from its logits."""
    return (F.relu(1 - real).mean() + F.relu(1 + fake).mean()) / 2


def generator_loss(fake: torch.Tensor) -> torch.Tensor:
    """What the autoencoder pays for patches that look made."""
    return -fake.mean()
