"""Rain: thin bright streaks of one direction, found by directional morphological opening.

An opening along a direction keeps what is long in it; an opening across it removes what is thin. What the first keeps
and the second removes is a streak. The background beneath is estimated from both sides.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.crop import Crop
from ..types import BlendType, Estimate
from .config import DEFAULT, ClassicConfig

__all__ = ["fall", "streaks"]

_ANGLES = np.deg2rad(np.arange(-90, 90, 5))


def fall(crop: Crop, config: ClassicConfig = DEFAULT) -> tuple[float, float]:
    """Direction of the streaks.

    Returns
    -------
    angle : radians from the vertical
    distinct : ratio of the response along it to the median over all directions; 1 where no direction stands out
    """
    darkest = _reduced(crop.pixels.min(axis=2))
    strength = np.array([_response(darkest, angle, config).mean() for angle in _ANGLES])
    falling = np.abs(_ANGLES) <= np.deg2rad(config.streak_max_tilt)
    best = int(np.argmax(np.where(falling, strength, -1)))
    if strength[best] < strength.max() or strength[best] < 1 / 255:
        return float(_ANGLES[best]), 1.0
    return float(_ANGLES[best]), float(strength[best] / max(np.median(strength), 1e-6))


def streaks(crop: Crop, config: ClassicConfig = DEFAULT) -> Estimate:
    """The streaks over `crop`: a normal layer of nearly white, with a confidence of at most 0.9."""
    z = crop.pixels
    angle, distinct = fall(crop, config)
    mask = np.clip(_response(z.min(axis=2), angle, config) / config.streak_response, 0, 1)[..., None]
    across = _line(angle + np.pi / 2, 2 * config.streak_width + 1).astype(np.float32)
    clear = (1 - mask) ** 2 + 1e-3
    sides = cv2.filter2D(z * clear, -1, across) / cv2.filter2D(clear, -1, across)[..., None]
    opened = cv2.morphologyEx(z, cv2.MORPH_OPEN, _line(angle + np.pi / 2, config.streak_width))
    background = z - mask * np.clip(z - np.maximum(opened, (opened + sides) / 2), 0, None)
    bright = float(np.clip(np.quantile(z.max(axis=2), 0.999), 0.7, 1))
    alpha = ((z - background) / np.maximum(bright - background, 0.1)).max(axis=2, keepdims=True).clip(0, 0.95)
    return crop.estimate(
        z - (1 - alpha) * background, 1 - alpha, alpha[..., 0], BlendType.NORMAL, min(0.9, distinct / 4)
    )


def _response(darkest: np.ndarray, angle: float, config: ClassicConfig) -> np.ndarray:
    """float32 h x w, 0..1: how much brighter a streak along `angle` is than both its sides."""
    long = cv2.morphologyEx(darkest, cv2.MORPH_OPEN, _line(angle, config.streak_length))
    return np.maximum(long - cv2.morphologyEx(long, cv2.MORPH_OPEN, _line(angle + np.pi / 2, config.streak_width)), 0)


def _line(angle: float, length: int) -> np.ndarray:
    """A line through the middle of a square kernel; `angle` from the vertical."""
    kernel = np.zeros((length, length), np.uint8)
    middle = length // 2
    dx, dy = round(np.sin(angle) * middle), round(np.cos(angle) * middle)
    cv2.line(kernel, (middle - dx, middle - dy), (middle + dx, middle + dy), 1)
    kernel[middle, middle] = 1
    return kernel


def _reduced(plane: np.ndarray, pixels: int = 250_000) -> np.ndarray:
    """The middle of a large plane, unscaled: enough to measure a direction."""
    h, w = plane.shape
    scale = min(1.0, (pixels / (h * w)) ** 0.5)
    rows, columns = max(1, round(h * scale)), max(1, round(w * scale))
    top, left = (h - rows) // 2, (w - columns) // 2
    return np.ascontiguousarray(plane[top : top + rows, left : left + columns])
