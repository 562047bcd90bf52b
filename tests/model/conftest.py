"""A made photograph: broad shapes, fine grain, dark places, all colours; and how to look at it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from model.imaging.crop import Crop


@pytest.fixture(scope="session")
def scene() -> np.ndarray:
    """float32 160 x 220 x 3, 0..1."""
    dice = np.random.default_rng(3)
    picture = np.zeros((160, 220, 3), np.float32)
    for sigma, weight in ((24, 1.0), (8, 0.5), (2, 0.25)):
        noise = cv2.GaussianBlur(dice.standard_normal((160, 220, 3)).astype(np.float32), (0, 0), sigma)
        picture += weight * noise / noise.std()
    picture = 0.4 + 0.17 * picture
    picture[::23, ::3] *= 0.1  # every neighbourhood of a photograph holds something dark
    return np.clip(picture, 0.0, 0.95).astype(np.float32)


@pytest.fixture(scope="session")
def lettering() -> np.ndarray:
    """bool 160 x 220: a word in broad strokes."""
    ink = np.zeros((160, 220), np.uint8)
    cv2.putText(ink, "Mark", (20, 105), cv2.FONT_HERSHEY_SIMPLEX, 2.4, 255, 12)
    return ink > 0


@pytest.fixture(scope="session")
def seen() -> Callable[..., Crop]:
    def see(pixels: np.ndarray, hint: np.ndarray | None = None) -> Crop:
        mask = None if hint is None else hint.astype(np.float32)
        return Crop(pixels.astype(np.float32), mask, (0, 0, pixels.shape[1], pixels.shape[0]))

    return see
