"""Unknown pixels filled in smoothly from around, over an image pyramid.

Pull-push (Gortler et al., "The Lumigraph", 1996, section 3.4): averages of what is known are pulled up a pyramid and
pushed down into what is not known. Without seams; it invents no texture. Knows nothing of layers.
"""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["membrane", "pull_push"]


def pull_push(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Fill in a picture where it is not known.

    Parameters
    ----------
    values : float32 h x w x 3
    weight : float32 h x w, 0..1
        How far each value is known.

    Returns
    -------
    float32 h x w x 3
        `values` where the weight is 1, a smooth continuation of what is around where it is 0, a mix between.
    """
    if min(weight.shape) == 1 or weight.min() >= 1:
        total = float(weight.sum())
        average = (values * weight[..., None]).sum(axis=(0, 1)) / total if total > 0 else values.mean(axis=(0, 1))
        return values * weight[..., None] + (1 - weight[..., None]) * average.astype(np.float32)
    small = ((weight.shape[1] + 1) // 2, (weight.shape[0] + 1) // 2)
    mass = cv2.resize(weight, small, interpolation=cv2.INTER_AREA)
    summed = cv2.resize(values * weight[..., None], small, interpolation=cv2.INTER_AREA)
    below = pull_push(summed / np.maximum(mass, 1e-6)[..., None], np.minimum(1, mass * 4))
    around = cv2.resize(below, weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return values * weight[..., None] + around * (1 - weight[..., None])


def membrane(values: np.ndarray, known: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """A smooth surface through known values, carried into a region: an approximate membrane (Laplace) interpolation.

    Parameters
    ----------
    values : float32 h x w x C
    known : bool h x w
        Where `values` are given.
    wanted : bool h x w
        Where the surface is asked for.

    Returns
    -------
    float32 h x w x C
        Outside `known` and `wanted` the result means nothing.
    """
    surface = pull_push(values, known.astype(np.float32))
    # The pyramid alone is blocky; a few sweeps of averaging inside `wanted` approach a membrane.
    blend = wanted.astype(np.float32)[..., None]
    surface = np.where(known[..., None], values, surface)
    for _ in range(24):
        surface = surface + blend * (cv2.blur(surface, (5, 5)).reshape(surface.shape) - surface)
    return surface.astype(np.float32)
