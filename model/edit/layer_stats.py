"""What a layer is made of: its colour and its usual opacity, in the whole picture and near a place.

Soft edges count little: each pixel weighs as its alpha squared, so the answer is that of the layer's core. Knows
nothing of pictures or edits.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .config import EditConfig

__all__ = ["LayerStats", "layer_stats", "local_stats"]


@dataclass(frozen=True, eq=False)
class LayerStats:
    """colour: 3 values, opacity: one value, 0..1; of the whole layer. known: whether the layer has any pixels."""

    colour: np.ndarray
    opacity: float
    known: bool


def layer_stats(alpha: np.ndarray, colour: np.ndarray) -> LayerStats:
    """Of a layer or a sample of it. alpha: n values; colour: 3 x n; canonical, 0..1. White where there is nothing."""
    weight = alpha * alpha
    mass = float(weight.sum())
    if mass < 1e-3:
        return LayerStats(np.ones(3, np.float32), 0.5, known=False)
    middle = (colour * weight).sum(axis=1) / mass
    return LayerStats(middle.astype(np.float32), float((weight * alpha).sum()) / mass, known=True)


def local_stats(
    alpha: np.ndarray, colour: np.ndarray, whole: LayerStats, config: EditConfig
) -> tuple[np.ndarray, np.ndarray]:
    """(colour 3 x h x w, opacity h x w) that a layer would have at each place of a patch, going by what is near.

    alpha: h x w, colour: 3 x h x w: canonical, 0..1. Where nothing is near, the whole layer's.
    """
    h, w = alpha.shape
    cell = config.stats_cell
    size = -(-w // cell), -(-h // cell)
    square = alpha * alpha
    share = np.float32(config.stats_prior if whole.known else 1e-9)

    def near(values: np.ndarray, far: np.ndarray) -> np.ndarray:
        small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
        return cv2.GaussianBlur(small, (0, 0), config.stats_sigma / cell, borderType=cv2.BORDER_REPLICATE) + share * far

    mass = near(np.stack([square, square * alpha], axis=-1), np.array([1, whole.opacity], np.float32))
    tints = near(np.moveaxis(colour * square, 0, -1).copy(), whole.colour)
    found = np.concatenate([tints, mass[..., 1:]], axis=-1) / mass[..., :1]
    large = cv2.resize(found, (w, h), interpolation=cv2.INTER_LINEAR)
    return np.moveaxis(large[..., :3], -1, 0), large[..., 3]
