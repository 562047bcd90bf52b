"""Variations of composites for the fit of the judge: tones, contrast, size and compression that engines meet in use.

A variation changes the composite and its background alike, up to what no layer explains (resampling, JPEG).
"""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["varied"]


def varied(rng: np.random.Generator, composite: np.ndarray, background: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One random variation of a composite and its background, uint8 H x W x 3; about a third stay as they are."""
    choice = rng.random()
    if choice < 0.12:
        composite, background = _gray(composite), _gray(background)
    elif choice < 0.24:
        levels = (255 * (np.arange(256) / 255) ** rng.uniform(0.7, 1.4) + 0.5).astype(np.uint8)
        composite, background = levels[composite], levels[background]
    elif choice < 0.36:
        contrast = rng.uniform(0.6, 0.95)
        levels = np.clip(np.arange(256) * contrast + rng.uniform(0, 1 - contrast) * 255, 0, 255).astype(np.uint8)
        composite, background = levels[composite], levels[background]
    elif choice < 0.46:
        composite = _resampled(composite, rng.uniform(0.5, 0.8))
    if rng.random() < 0.3:
        composite = _compressed(composite, int(rng.integers(60, 96)))
    return composite, background


def _gray(pixels: np.ndarray) -> np.ndarray:
    return np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def _resampled(pixels: np.ndarray, scale: float) -> np.ndarray:
    """Reduced and enlarged again."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def _compressed(pixels: np.ndarray, quality: int) -> np.ndarray:
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])
