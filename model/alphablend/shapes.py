"""Distance fields: drawn marks become distances once, analytic shapes are distances from the start.

A distance is positive inside; its unit is that of the coordinates given. Edges of any softness, outlines,
glows and domes all follow from it. Knows nothing of colours or of kinds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from .rng import Rng
from .textures import bilinear_lookup

__all__ = ["SHAPES", "SPREAD", "coverage", "distance_field", "rotated", "silhouette", "stored_distance"]

_TINY = 1e-9

SPREAD = 0.16
"""Stored distances reach this far to either side of the edge, in heights of the mark."""


def distance_field(ink: np.ndarray) -> np.ndarray:
    """uint8, half the size of `ink` (bool, H x W, both even): 0..255 for -SPREAD..SPREAD of the height H."""
    inside = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 3)
    outside = cv2.distanceTransform((~ink).astype(np.uint8), cv2.DIST_L2, 3)
    signed = np.where(ink, inside - 0.5, 0.5 - outside) / (SPREAD * ink.shape[0])
    signed = cv2.resize(signed.astype(np.float32), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.round((signed.clip(-1, 1) + 1) * 127.5).astype(np.uint8)


def coverage(distance: Tensor, softness: Tensor) -> Tensor:
    """0..1: how much of a pixel lies inside, for an edge as wide as `softness`."""
    return (0.5 + distance / softness).clamp(0, 1)


def rotated(x: Tensor, y: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
    """Coordinates in a frame turned by `angle`, radians."""
    c, s = torch.cos(angle), torch.sin(angle)
    return c * x + s * y, c * y - s * x


def _ellipse(x: Tensor, y: Tensor, roundness: Tensor) -> Tensor:
    squeeze = 0.55 + 0.45 * roundness
    return (0.5 - torch.sqrt(x * x + (y / squeeze) ** 2 + _TINY)) * squeeze


def _ring(x: Tensor, y: Tensor, roundness: Tensor) -> Tensor:
    return 0.03 + 0.12 * roundness - (torch.sqrt(x * x + y * y + _TINY) - 0.35).abs()


def _box(x: Tensor, y: Tensor, roundness: Tensor) -> Tensor:
    corner = 0.02 + 0.15 * roundness
    across, down = x.abs() - 0.5 + corner, y.abs() - 0.2 - 0.25 * roundness + corner
    beyond = torch.sqrt(across.clamp(min=0) ** 2 + down.clamp(min=0) ** 2 + _TINY)
    return corner - beyond - torch.maximum(across, down).clamp(max=0)


def _sector(x: Tensor, y: Tensor, roundness: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Radius, angle from the middle of a side, half the angle of a side; three to eight sides."""
    half = math.pi / (3 + (roundness * 6).floor())
    angle = torch.remainder(torch.atan2(y, x), 2 * half) - half
    return torch.sqrt(x * x + y * y + _TINY), angle, half


def _polygon(x: Tensor, y: Tensor, roundness: Tensor) -> Tensor:
    r, angle, half = _sector(x, y, roundness)
    return 0.45 * torch.cos(half) - r * torch.cos(angle)


def _star(x: Tensor, y: Tensor, roundness: Tensor) -> Tensor:
    r, angle, half = _sector(x, y, roundness)
    return 0.3 - r * (0.62 + 0.9 * angle.abs() / half)


def _cross(x: Tensor, y: Tensor, roundness: Tensor) -> Tensor:
    arm, x, y = 0.05 + 0.1 * roundness, x.abs(), y.abs()
    return torch.maximum(torch.minimum(arm - x, 0.45 - y), torch.minimum(arm - y, 0.45 - x))


SHAPES = {
    "ellipse": _ellipse,
    "ring": _ring,
    "box": _box,
    "polygon": _polygon,
    "star": _star,
    "cross": _cross,
}
"""Distances about the origin, of half-size 0.5 at most: (x, y (n, H, W), roundness (n, 1, 1) of 0..1)."""


def silhouette(
    icons: Tensor, rng: Rng, x: Tensor, y: Tensor, icon_share: float, names: Sequence[str] = tuple(SHAPES)
) -> Callable[[Tensor, Tensor], Tensor]:
    """Chooses an icon or a shape for each of n samples; gives what tells its distance at x, y (n, H, W), in sizes.

    icons: the bank, uint8 (K, S, S).   icon_share: how many are icons, the rest one of `names`.
    """
    n = len(x)
    icon, roundness = rng.pick(n, len(icons)), rng.uniform(n)
    weights = [icon_share, *((1 - icon_share) / len(names) for _ in names)]
    groups = rng.groups(n, weights)

    def distance(x: Tensor, y: Tensor) -> Tensor:
        found = torch.empty_like(x)
        for number, some in groups:
            if number == 0:
                found[some] = stored_distance(icons, icon[some], x[some], y[some])
            else:
                found[some] = SHAPES[names[number - 1]](x[some], y[some], roundness[some])
        return found

    return distance


def stored_distance(bank: Tensor, index: Tensor, x: Tensor, y: Tensor, width: Tensor | float = 1.0) -> Tensor:
    """Distance, in heights, to the edge of marks stored by `distance_field`; x, y (n, H, W) from their centre.

    bank: uint8 (K, h, w), marks flush left; width: (n, 1, 1), in heights, how much of it is used.
    """
    side = bank.shape[1]
    u, v = (x + width / 2) * side, (y + 0.5) * side
    outside = (u < 0.5) | (u > width * side - 0.5) | (v < 0.5) | (v > side - 0.5)
    return torch.where(outside, -SPREAD, (bilinear_lookup(bank, index, u, v) / 127.5 - 1) * SPREAD)
