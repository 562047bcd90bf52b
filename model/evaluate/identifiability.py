"""Whether the blend type of a layer is identifiable from the composite. Knows nothing of engines.

A faint white mark over an even sky may be normal or screen, and the composite cannot say which. An engine's blend
type counts as wrong only where the best refit of every other type leaves an RMSE above VISIBLE levels under the mark.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.resample import scaled_size
from ..types import BlendType

__all__ = ["VISIBLE", "best_refit", "distinguishable"]

VISIBLE = 2.0
_SIDE = 320  # refits are judged on a reduced picture: types differ in broad areas, not in single pixels
_WINDOW = 25  # pixels of it within which a refit has one colour
_CLIPPED = 0.99
_OPACITIES = np.linspace(0.1, 1.0, 10)


def distinguishable(composite: np.ndarray, background: np.ndarray, alpha: np.ndarray, blend: BlendType) -> bool:
    """True where no other blend type could have made `composite` (uint8 H x W x 3) over `background` just as well.

    alpha: float H x W, the true layer's.
    """
    scale = min(1.0, _SIDE / min(alpha.shape))
    size = scaled_size((alpha.shape[1], alpha.shape[0]), scale)

    def small(values: np.ndarray) -> np.ndarray:
        return cv2.resize(values.astype(np.float32), size, interpolation=cv2.INTER_AREA)

    z, y, a = small(composite) / 255, small(background) / 255, small(alpha)
    return all(best_refit(z, y, a, other) > VISIBLE for other in BlendType if other is not blend)


def best_refit(z: np.ndarray, y: np.ndarray, alpha: np.ndarray, blend: BlendType) -> float:
    """RMSE, in levels, under the mark, of the best layer of type `blend` in the mark's shape.

    z, y: float32 h x w x 3, 0..1.   alpha: float32 h x w: gives the shape; opacity is free, and colour within windows.
    """
    there = alpha > 0.05 * alpha.max()
    if not there.any() or alpha.max() <= 0:
        return 0.0
    shape = (alpha / alpha.max())[..., None]
    return min(_residual(z, y, shape * opacity, blend, there) for opacity in _OPACITIES)


def _residual(z: np.ndarray, y: np.ndarray, alpha: np.ndarray, blend: BlendType, there: np.ndarray) -> float:
    match blend:  # every type is linear in its colour: z - rest = slope * colour
        case BlendType.NORMAL:
            rest, slope = (1 - alpha) * y, alpha + 0 * y
        case BlendType.MULTIPLY:
            rest, slope = (1 - alpha) * y, alpha * y
        case BlendType.SCREEN:
            rest, slope = y, alpha * (1 - y)
        case BlendType.ADD:
            rest, slope = y, alpha + 0 * y
    slope = slope * (z < _CLIPPED)  # what clipped says nothing about the colour
    box = (_WINDOW, _WINDOW)
    colour = cv2.blur((z - rest) * slope, box) / np.maximum(cv2.blur(slope * slope, box), 1e-6)
    error = (rest + slope * np.clip(colour, 0, 1) - z)[there][(z < _CLIPPED)[there]]
    return 255 * float(np.sqrt((error**2).mean())) if error.size else 0.0
