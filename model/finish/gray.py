"""A gray composite gets gray layers: whatever colour an engine sees in one is an error of its estimate.

A scan that is opened as RGB has three equal channels, and a layer with coloured pixels over it would tint the page when
it is moved or faded.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..imaging.stripes import stripes
from ..types import Candidate, Estimate

__all__ = ["gray_candidate", "is_gray"]


def is_gray(pixels: np.ndarray) -> bool:
    """Whether the three colour channels of H x W x 3|4 pixels are equal everywhere."""
    height, width = pixels.shape[:2]
    rows = (pixels[top:bottom] for top, bottom in stripes(width, height))
    return all((band[..., 0] == band[..., 1]).all() and (band[..., 0] == band[..., 2]).all() for band in rows)


def gray_candidate(candidate: Candidate) -> Candidate:
    """The candidate with the mean of the three channels in each of them, in every layer and in its background."""
    paint = None if candidate.paint is None else _gray(candidate.paint)
    return replace(candidate, layers=tuple(_gray_estimate(layer) for layer in candidate.layers), paint=paint)


def _gray_estimate(estimate: Estimate) -> Estimate:
    return replace(estimate, emission=_gray(estimate.emission), transmission=_gray(estimate.transmission))


def _gray(planes: np.ndarray) -> np.ndarray:
    """h x w x 3 -> h x w x 3 of the same type."""
    mean = planes.mean(axis=2, dtype=np.float32, keepdims=True).astype(planes.dtype)
    return np.repeat(mean, 3, axis=2)
