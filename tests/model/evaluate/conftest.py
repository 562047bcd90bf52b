"""Triplets whose truth is known exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from model.blending import canonical, emission_transmission
from model.evaluate.triplets import Triplet
from model.types import BlendType, Kind


def picture(number: int, height: int = 72, width: int = 96) -> np.ndarray:
    """uint8 h x w x 3, smooth with edges."""
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[0:height, 0:width] / 72
    waves = [np.sin(rows * rng.uniform(2, 20) + columns * rng.uniform(2, 20) + rng.uniform(0, 6)) for _ in range(3)]
    emission = 0.45 + 0.3 * np.stack(waves, -1) + 0.1 * ((rows * 6).astype(int) % 2)[..., None]
    return (emission.clip(0, 1) * 255).astype(np.uint8)


@pytest.fixture(scope="session")
def triplet() -> Callable[..., Triplet]:
    def make(blend: BlendType = BlendType.NORMAL, number: int = 1, opacity: float = 0.5) -> Triplet:
        y = picture(number)
        alpha = np.zeros((*y.shape[:2], 1), np.float32)
        alpha[20:50, 20:70] = opacity
        colour = np.zeros(y.shape, np.float32) + np.array((0.9, 0.4, 0.2), np.float32)
        emission, transmission = emission_transmission(alpha, colour, blend)
        z = emission + transmission * (y / 255)
        true_alpha, _ = canonical(emission, transmission, blend)
        levels = (np.clip(z, 0, 1) * 255 + 0.5).astype(np.uint8)
        return Triplet(
            "made", f"made-{number}", levels, y, emission, transmission, true_alpha[..., 0], blend, Kind.WATERMARK
        )

    return make
