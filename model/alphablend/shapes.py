"""Distance fields: drawn marks become distances once, analytic shapes are distances from the start.

A distance is positive inside; its unit is that of the coordinates given. Edges of any softness, outlines,
glows and domes all follow from it. Knows nothing of colours or of kinds.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from torch import Tensor

__all__ = ["SPREAD", "coverage", "distance_field", "shape_distance", "turned"]

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


def turned(x: Tensor, y: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
    """Coordinates in a frame turned by `angle`, radians."""
    c, s = torch.cos(angle), torch.sin(angle)
    return c * x + s * y, c * y - s * x


def shape_distance(which: Tensor, x: Tensor, y: Tensor, roundness: Tensor) -> Tensor:
    """Distance to the edge of one of SHAPES shapes about the origin, of about half-size 0.5.

    which: (n,), 0 ellipse, 1 ring, 2 rounded box, 3 polygon, 4 star, 5 cross.
    x, y: (n, H, W).  roundness: (n, 1, 1), 0..1, varies each shape's own proportion.
    """
    which = which[:, None, None]
    r = torch.sqrt(x * x + y * y + 1e-12)
    squeeze = 0.55 + 0.45 * roundness
    ellipse = (0.5 - torch.sqrt(x * x + (y / squeeze) ** 2 + 1e-12)) * squeeze
    thick = 0.03 + 0.12 * roundness
    ring = thick - (r - 0.42).abs()
    corner = 0.02 + 0.15 * roundness
    across, down = x.abs() - 0.5 + corner, y.abs() - 0.2 - 0.25 * roundness + corner
    box = (
        corner
        - torch.sqrt(across.clamp(min=0) ** 2 + down.clamp(min=0) ** 2)
        - torch.maximum(across, down).clamp(max=0)
    )
    sides = 3 + (roundness * 6).floor()
    sector = 2 * math.pi / sides
    angle = torch.remainder(torch.atan2(y, x), sector) - sector / 2
    polygon = 0.45 * torch.cos(sector / 2) - r * torch.cos(angle)
    star = 0.2 - r * (0.4 + 0.6 * angle.abs() / (sector / 2)) + 0.12
    arm = 0.05 + 0.1 * roundness
    cross = torch.maximum(
        torch.minimum(arm - x.abs(), 0.45 - y.abs()),
        torch.minimum(arm - y.abs(), 0.45 - x.abs()),
    )
    distance = ellipse
    for number, other in enumerate((ring, box, polygon, star, cross), start=1):
        distance = torch.where(which == number, other, distance)
    return distance


SHAPES = 6
