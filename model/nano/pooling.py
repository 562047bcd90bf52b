"""What the repeats of a tiled mark say together: one mark, seen over many different places of the picture.

First they vote on where it is: what one repeat lost in the scene the others show, and what only one shows is not the
mark. Then, at every pixel of the mark, emission and transmission are fitted through (what is filled in below it, what
the picture shows), one point a repeat: the scene behind differs, the mark does not. (The idea of fitting one mark
over many backgrounds: Dekel et al., "On the effectiveness of visible watermarks", CVPR 2017, there over many pictures.)
Knows nothing of networks; the shifts come from `repeats`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..types import BlendType
from .projection import project
from .repeats import Shift, shifted

__all__ = ["Mark", "agreed", "fitted"]

SHARE = (0.25, 0.55)
"""Share of the repeats that show a pixel, below which it is not of the mark, and from which it is."""

TYPICAL = 0.8
"""Quantile of alpha within the mask that is taken for the mark's full alpha."""

PRIOR_T, PRIOR_F = 2.0, 1.5
"""Weight of what was believed before: of transmission, against the repeats' summed variance (0..1 squared), and of
emission, in repeats. Validation: 0.385 of unchanged; 0.43 with a tenth of it."""

EDGE = 3
"""Pixels around the agreed mask that are filled in and fitted too: its soft edge."""

Through = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Mark:
    """A layer on a grid, float32: emission and transmission h x w x 3, alpha h x w."""

    emission: np.ndarray
    transmission: np.ndarray
    alpha: np.ndarray


def over_all(shifts: list[Shift]) -> Through:
    """Sums a plane over a pixel and all its repeats."""

    def summed(plane: np.ndarray) -> np.ndarray:
        total = plane.copy()
        for dx, dy in shifts:
            total += shifted(plane, dx, dy)
            total += shifted(plane, -dx, -dy)
        return total

    return summed


def agreed(mark: Mark, shifts: list[Shift]) -> Mark:
    """The mark as its repeats see it together; nothing where too few of them see any."""
    alpha = mark.alpha
    seen = alpha[alpha > 0.08]
    if not len(seen):
        return mark
    summed = over_all(shifts)
    count = summed(np.ones_like(alpha))
    showing = summed(np.clip(alpha / (0.6 * np.quantile(seen, TYPICAL)), 0, 1)) / count
    weight = np.clip((showing - SHARE[0]) / (SHARE[1] - SHARE[0]), 0, 1)
    weight = weight * weight * (3 - 2 * weight)
    # A repeat that sees the mark says what it is like; one that misses it only votes.
    weight /= summed(alpha) + np.float32(1e-6)
    return Mark(
        summed(mark.emission * alpha[..., None]) * weight[..., None],
        1 - summed((1 - mark.transmission) * alpha[..., None]) * weight[..., None],
        summed(alpha * alpha) * weight,
    )


def fitted(
    picture: np.ndarray, before: Mark, mask: np.ndarray, blend: BlendType, shifts: list[Shift]
) -> tuple[Mark, np.ndarray]:
    """(the mark that suits all its repeats, what is filled in below it).

    picture: float32 h x w x 3, 0..1.   before: what was believed; where a pixel has no repeat, that stays.
    mask: bool h x w, the mark without its soft edge.
    """
    size = 2 * EDGE + 1
    grown = cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    filled = cv2.inpaint(np.rint(picture * 255).astype(np.uint8), grown, 3, cv2.INPAINT_TELEA)
    filled = filled.astype(np.float32) * np.float32(1 / 255)
    summed = over_all(shifts)
    count = summed(np.ones(mask.shape, np.float32))[..., None]
    others = (count - 1) / count  # the pixel itself is no witness: its own fill is what is in question
    emission, opacity = _line(picture, filled, before, blend, summed, count, others)
    on = (grown > 0)[..., None]
    planes = [np.where(on, x, 0).transpose(2, 0, 1) for x in (emission, opacity)]
    f, t, alpha = project(planes[0], planes[1], blend)
    return Mark(f.transpose(1, 2, 0), t.transpose(1, 2, 0), alpha), filled


def _line(
    z: np.ndarray, y: np.ndarray, before: Mark, blend: BlendType, summed: Through, count: np.ndarray, others: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(emission, opacity), h x w x 3: z = f + T y through the repeats, as far as the blend type leaves f and T free."""
    if blend == BlendType.ADD:
        excess = summed(z - y) * others
        return (excess + PRIOR_F * before.emission) / (count - 1 + PRIOR_F), np.zeros_like(z)
    if blend in (
        BlendType.MULTIPLY,
        BlendType.SCREEN,
    ):  # a line through the origin, of the light or of what lacks of it
        if blend == BlendType.SCREEN:
            z, y = 1 - z, 1 - y
        let = (summed(z * y) * others + PRIOR_T * before.transmission) / (summed(y * y) * others + PRIOR_T)
        opacity = 1 - let.clip(0, 1)
        return (opacity if blend == BlendType.SCREEN else np.zeros_like(z)), opacity
    mean_y, mean_z = summed(y) / count, summed(z) / count
    spread = ((summed(y * y) - count * mean_y**2) * others).sum(axis=-1, keepdims=True)
    along = ((summed(y * z) - count * mean_y * mean_z) * others).sum(axis=-1, keepdims=True)
    prior = before.transmission.mean(axis=-1, keepdims=True)
    let = ((along + PRIOR_T * prior) / (np.maximum(spread, 0) + PRIOR_T)).clip(0, 1)
    emission = ((mean_z - let * mean_y) * (count - 1) + PRIOR_F * before.emission) / (count - 1 + PRIOR_F)
    return np.clip(emission, 0, 1 - let), np.broadcast_to(1 - let, z.shape)
