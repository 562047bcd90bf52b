"""What nano's training minimises: soft masks first, then light, transmission and the background they give.

An L1 loss near the identity start locks in "no foreground" (measured), so cross-entropy on opacity and
emission leads and the rest fades in with `ramp`. Knows nothing of the data or of the optimiser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ...blending import INVERSION_WEIGHT, invert
from ...nano.layout import NO_KIND
from ...nano.net import Raw

__all__ = ["RELATIVE", "STANDARD", "LossWeights", "Losses", "Truth", "losses", "solved_background"]

CLASSES = 0.2
"""Weight of naming blend type and kind; at 0.05 "no foreground" was not told from text after 40,000 samples."""

PRESENT = 0.02
"""Opacity or emission above which a pixel counts as foreground (5 of 255)."""


@dataclass(frozen=True)
class Truth:
    """z = emission + transmission * y; all (N, C, H, W) in 0..1, classes (N,). classified: (N,) 0 or 1."""

    z: Tensor
    y: Tensor
    emission: Tensor
    transmission: Tensor
    blend: Tensor
    kind: Tensor
    classified: Tensor  # 0 for tiles: their class comes from the global pass


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms that a run may add.

    relative: log of the background's error over the unchanged picture's, a sample: the measure that is reported.
    false_foreground: opacity or emission in pictures without an overlay.
    """

    relative: float = 0.0
    false_foreground: float = 0.0


STANDARD = LossWeights()
RELATIVE = LossWeights(0.1, 0.5)
"""0.1: at an error of 13 levels the gradient of the relative term is then that of the background's own."""


class Losses(NamedTuple):
    total: Tensor
    mask: Tensor
    layer: Tensor
    background: Tensor
    classes: Tensor
    relative: Tensor
    false_foreground: Tensor


def solved_background(z: Tensor, emission: Tensor, transmission: Tensor, paint: Tensor) -> Tensor:
    """`blending.invert` with the weight that `finish` uses: the background as the user will get it."""
    return invert(z, emission, transmission, paint, INVERSION_WEIGHT)


def charbonnier(difference: Tensor, weight: Tensor) -> Tensor:
    return ((difference.square() + 1e-4).sqrt() * weight).mean()


def soft_mask(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    return (F.binary_cross_entropy_with_logits(logits, target, reduction="none") * weight).mean()


def gradients(x: Tensor, weight: Tensor) -> Tensor:
    across = (x[..., :, 1:] - x[..., :, :-1]) * weight[..., :, 1:]
    down = (x[..., 1:, :] - x[..., :-1, :]) * weight[..., 1:, :]
    return across.abs().mean() + down.abs().mean()


def sample_weight(present: Tensor) -> Tensor:
    """(N, 1, H, W) -> (N, 1, 1, 1): fog covers everything and would drown text, which covers a twentieth."""
    return (0.15 + present.mean(dim=(1, 2, 3), keepdim=True)).rsqrt() / 2


def root_mean_square(error: Tensor) -> Tensor:
    """(N, 3, H, W) -> (N,), at least a level of 255: below that no difference shows."""
    return (error.square().mean(dim=(1, 2, 3)) + 1 / 255**2).sqrt()


def relative_error(solved: Tensor, truth: Truth) -> Tensor:
    """Mean over samples with an overlay of log(background error / unchanged picture's error)."""
    ratio = root_mean_square(solved - truth.y).log() - root_mean_square(truth.z - truth.y).log()
    some = (truth.kind != NO_KIND).float()
    return (ratio * some).sum() / some.sum().clamp(min=1)


def false_foreground(emission: Tensor, opacity: Tensor, truth: Truth) -> Tensor:
    """Mean over samples without an overlay of what is added or hidden at a pixel, 0..1."""
    found = torch.maximum(emission, opacity).amax(dim=1).mean(dim=(1, 2))
    none = (truth.kind == NO_KIND).float()
    return (found * none).sum() / none.sum().clamp(min=1)


def losses(raw: Raw, truth: Truth, ramp: float, weights: LossWeights = STANDARD) -> Losses:
    """Loss of a batch. ramp: 0..1, weight of everything after the mask and the classes."""
    raw = Raw(*(part.float() for part in raw))
    opacity = 1 - truth.transmission
    present = torch.maximum(opacity, truth.emission).amax(dim=1, keepdim=True) > PRESENT
    each = sample_weight(present.float())
    mask = (
        soft_mask(raw.opacity, opacity, each)
        + soft_mask(raw.emission, truth.emission, each)
        + 0.5 * soft_mask(raw.presence, present.float(), each)
    )

    emission, transmission = raw.emission.sigmoid(), 1 - raw.opacity.sigmoid()
    solved = solved_background(truth.z, emission, transmission, raw.paint.clamp(0, 1))
    # Errors outside the foreground damage clean pictures; inside they are what is asked for.
    weight = (0.5 + present.float()) * each
    layer = charbonnier(emission - truth.emission, weight) + charbonnier(transmission - truth.transmission, weight)
    error = solved - truth.y
    background = (
        2 * charbonnier(error, weight) + 0.5 * charbonnier(raw.paint - truth.y, weight) + 0.5 * gradients(error, weight)
    )

    some = (truth.kind != NO_KIND).float() * truth.classified
    blend = (F.cross_entropy(raw.blend, truth.blend, reduction="none") * some).mean()
    kind = (F.cross_entropy(raw.kind, truth.kind, reduction="none") * truth.classified).mean()
    classes = blend + kind
    total = mask + ramp * (layer + background) + CLASSES * classes
    relative = relative_error(solved, truth)
    false = false_foreground(emission, 1 - transmission, truth)
    if weights.relative or weights.false_foreground:
        total = total + ramp * (weights.relative * relative + weights.false_foreground * false)
    parts = (mask, layer, background, classes, relative, false)
    return Losses(total, *(part.detach() for part in parts))
