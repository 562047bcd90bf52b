"""Which blend type an emission and transmission worked out freely belong to, and the nearest layer of that type.

Knows nothing of pictures beyond the mean and spread of their backdrops.
"""

from __future__ import annotations

import numpy as np

from ..types import BlendType

__all__ = ["fit_blend", "nearest"]

SIMPLER = 1.3
"""A type that needs fewer numbers is taken where it fits at most this much worse than normal, which has one more."""


def nearest(
    emission: np.ndarray, transmission: np.ndarray, mean: np.ndarray, spread: float, blend: BlendType
) -> tuple[np.ndarray, np.ndarray]:
    """The (f, T) of a blend type that change backdrops of this mean and spread most nearly as the given ones do.

    Parameters
    ----------
    emission, transmission : float32 h x w x 3
    mean : float32, broadcasts against them, above 0 and below 1
    spread : standard deviation of backdrops, 0..1
    blend : BlendType

    Returns
    -------
    emission, transmission
        float32 h x w x 3, both 0..1.
    """
    shown = emission + transmission * mean
    if blend is BlendType.NORMAL:
        # A colour within 0..1 that makes the mean what is shown needs at least so much alpha.
        most = np.minimum((1 - shown) / (1 - mean), shown / mean).min(axis=-1, keepdims=True)
        through = np.minimum(transmission.mean(axis=-1, keepdims=True), most).clip(0, 1)
        through = np.repeat(through, 3, axis=-1)
        return (shown - through * mean).clip(0, 1 - through), through
    if blend is BlendType.MULTIPLY:
        weight = mean * mean + spread * spread
        through = (shown * mean + transmission * spread * spread) / weight
        return np.zeros_like(emission), through.clip(0, 1)
    if blend is BlendType.ADD:
        return (shown - mean).clip(0, 1), np.ones_like(transmission)
    dark = 1 - mean
    light = (dark * (shown - mean) + (1 - transmission) * spread * spread) / (dark * dark + spread * spread)
    light = light.clip(0, 1)
    return light, 1 - light


def fit_blend(
    emission: np.ndarray, transmission: np.ndarray, mean: np.ndarray, spread: float
) -> tuple[BlendType, np.ndarray, np.ndarray]:
    """The blend type that fits best, with its emission and transmission. Parameters as in `nearest`."""
    costs, fits = {}, {}
    for blend in BlendType:
        f, t = fits[blend] = nearest(emission, transmission, mean, spread, blend)
        level = f - emission + (t - transmission) * mean
        costs[blend] = float((level**2 + (t - transmission) ** 2 * spread**2).mean())
    others = [blend for blend in BlendType if blend is not BlendType.NORMAL]
    best = min(others, key=lambda blend: costs[blend])
    blend = best if costs[best] <= SIMPLER * costs[BlendType.NORMAL] else BlendType.NORMAL
    return blend, *fits[blend]
