"""What the repeats of a tiled mark say together: one mark, seen over many different places of the picture.

First they vote on where it is: what one repeat lost in the scene the others show, and what only one shows is not the
mark. Then, at every pixel of the mark, emission and transmission are fitted through (what is filled in below it, what
the picture shows), one point a repeat: the scene behind differs, the mark does not. (The idea of fitting one mark
over many backgrounds: Dekel et al., "On the effectiveness of visible watermarks", CVPR 2017, there over many pictures.)
Knows nothing of networks; the shifts come from `repeats`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..imaging.inpaint import inpaint_telea
from ..types import BlendType, Estimate
from .projection import project
from .shifts import Shift, count_over_shifts, sum_over_shifts

__all__ = ["PooledInstances", "fit_instances", "pool_instances", "vote"]

SHARE = (0.25, 0.55)
"""Share of the repeats that show a pixel, below which it is not of the mark, and from which it is."""

TYPICAL = 0.8
"""Quantile of alpha within the mask that is taken for the mark's full alpha."""

PRIOR_T, PRIOR_F = 2.0, 1.5
"""Weight of what was believed before: of transmission, against the repeats' summed variance (0..1 squared), and of
emission, in repeats. Validation: 0.385 of unchanged; 0.43 with a tenth of it."""

EDGE = 3
"""Pixels around the agreed mask that are filled in and fitted too: its soft edge."""


def vote(mark: Estimate, shifts: list[Shift]) -> Estimate:
    """The mark as its repeats see it together; nothing where too few of them see any. Float32 in and out."""
    alpha = mark.alpha
    seen = alpha[alpha > 0.08]
    if not len(seen):
        return mark
    showing = sum_over_shifts(np.clip(alpha / (0.6 * np.quantile(seen, TYPICAL)), 0, 1), shifts)
    showing /= count_over_shifts(alpha.shape, shifts)
    weight = np.clip((showing - SHARE[0]) / (SHARE[1] - SHARE[0]), 0, 1)
    weight = weight * weight * (3 - 2 * weight)
    # A repeat that sees the mark says what it is like; one that misses it only votes.
    weight /= sum_over_shifts(alpha, shifts) + np.float32(1e-6)
    opacity = 1 - mark.transmission[..., : 1 if mark.blend is BlendType.NORMAL else 3]
    opacity = sum_over_shifts(opacity * alpha[..., None], shifts) * weight[..., None]
    return replace(
        mark,
        emission=sum_over_shifts(mark.emission * alpha[..., None], shifts) * weight[..., None],
        transmission=np.broadcast_to(1 - opacity, mark.transmission.shape),
        alpha=sum_over_shifts(alpha * alpha, shifts) * weight,
    )


@dataclass(frozen=True, eq=False)
class PooledInstances:
    """What all repeats show, whatever is believed of the mark.

    blend: the type that it was pooled for.   filled: float32 h x w x 3, the picture with a guess below the mark.
    on: bool h x w x 1, the mark and its soft edge.   count: float32 h x w x 1, repeats of every pixel, itself included.
    sums: h x w x 3 or x 1, as `_line` needs them for that type.
    """

    blend: BlendType
    filled: np.ndarray
    on: np.ndarray
    count: np.ndarray
    sums: tuple[np.ndarray, ...]


def pool_instances(picture: np.ndarray, blend: BlendType, mask: np.ndarray, shifts: list[Shift]) -> PooledInstances:
    """picture: float32 h x w x 3, 0..1.   mask: bool h x w, the mark without its soft edge."""
    size = 2 * EDGE + 1
    grown = cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    filled = inpaint_telea(picture, grown)
    count = count_over_shifts(mask.shape, shifts)[..., None]
    return PooledInstances(blend, filled, (grown > 0)[..., None], count, _sums(picture, filled, count, blend, shifts))


def fit_instances(of: PooledInstances, before: Estimate) -> Estimate:
    """The mark that suits all its repeats.

    before: what was believed, of the type that was pooled for; where a pixel has no repeat, that stays.
    """
    planes = [np.where(of.on, x, 0).transpose(2, 0, 1) for x in _line(of, before)]
    f, t, alpha = project(planes[0], planes[1], of.blend)
    return replace(before, emission=f.transpose(1, 2, 0), transmission=t.transpose(1, 2, 0), alpha=alpha)


def _sums(
    z: np.ndarray, y: np.ndarray, count: np.ndarray, blend: BlendType, shifts: list[Shift]
) -> tuple[np.ndarray, ...]:
    others = (count - 1) / count  # the pixel itself is no witness: its own fill is what is in question
    if blend == BlendType.ADD:
        return (sum_over_shifts(z - y, shifts) * others,)
    if blend in (BlendType.MULTIPLY, BlendType.SCREEN):  # a line through the origin: of the light, or of what lacks
        if blend == BlendType.SCREEN:
            z, y = 1 - z, 1 - y
        return sum_over_shifts(z * y, shifts) * others, sum_over_shifts(y * y, shifts) * others
    mean_y, mean_z = sum_over_shifts(y, shifts) / count, sum_over_shifts(z, shifts) / count
    spread = (sum_over_shifts(dot(y, y), shifts) - count * dot(mean_y, mean_y)) * others
    along = (sum_over_shifts(dot(y, z), shifts) - count * dot(mean_y, mean_z)) * others
    return mean_y, mean_z, spread, along


def _line(of: PooledInstances, before: Estimate) -> tuple[np.ndarray, np.ndarray]:
    """(emission, opacity), h x w x 3: z = f + T y through the repeats, as far as the blend type leaves f and T free."""
    others = of.count - 1
    if of.blend == BlendType.ADD:
        (excess,) = of.sums
        return (excess + PRIOR_F * before.emission) / (others + PRIOR_F), np.zeros_like(excess)
    if of.blend in (BlendType.MULTIPLY, BlendType.SCREEN):
        product, square = of.sums
        opacity = 1 - ((product + PRIOR_T * before.transmission) / (square + PRIOR_T)).clip(0, 1)
        return (opacity if of.blend == BlendType.SCREEN else np.zeros_like(opacity)), opacity
    mean_y, mean_z, spread, along = of.sums
    prior = before.transmission[..., :1]  # a normal mark lets all three through alike
    let = ((along + PRIOR_T * prior) / (np.maximum(spread, 0) + PRIOR_T)).clip(0, 1)
    emission = ((mean_z - let * mean_y) * others + PRIOR_F * before.emission) / (others + PRIOR_F)
    return np.clip(emission, 0, 1 - let), np.broadcast_to(1 - let, emission.shape)


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """h x w x 1: over the channels."""
    return np.einsum("hwc,hwc->hw", a, b)[..., None]
