"""A drawn foreground, and its composite over a photograph. Knows nothing of what it shows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...blending import canonical, emission_transmission
from ...types import BlendType, Kind
from ..triplets import Triplet

__all__ = ["ForeignLayer", "composited"]


@dataclass(frozen=True, eq=False)
class ForeignLayer:
    """alpha: float32 H x W x 1, 0..1.   colour: float32 H x W x 3, or 3, 0..1."""

    alpha: np.ndarray
    colour: np.ndarray
    blend: BlendType = BlendType.NORMAL


def composited(
    background: np.ndarray, layer: ForeignLayer, row: str, name: str, kind: Kind, jpeg: int | None
) -> Triplet:
    """The triplet of one layer over one photograph.

    background: uint8 H x W x 3.   jpeg: quality, 1..100, at which the composite is compressed; None leaves it as it is.
    """
    colour = np.broadcast_to(layer.colour, background.shape).astype(np.float32)
    emission, transmission = emission_transmission(layer.alpha.astype(np.float32), colour, layer.blend)
    exact = emission + transmission * (background.astype(np.float32) / 255)
    alpha, _ = canonical(emission, transmission, layer.blend)
    composite = (np.clip(exact, 0, 1) * 255 + 0.5).astype(np.uint8)
    if jpeg is not None:
        composite = compressed(composite, jpeg)
    return Triplet(row, name, composite, background, emission, transmission, alpha[..., 0], layer.blend, kind)


def compressed(pixels: np.ndarray, quality: int) -> np.ndarray:
    """`pixels` after JPEG compression, uint8 H x W x 3 in RGB order."""
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return np.ascontiguousarray(decoded[..., ::-1])
