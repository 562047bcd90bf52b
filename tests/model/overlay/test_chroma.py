"""An overlay's colours are drawn at half resolution as a JPEG stores them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from model.overlay.chroma import MARGIN, halve

from .test_match import photograph


def saved(pixels: np.ndarray, quality: int, subsampling: int) -> np.ndarray:
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(held))


@pytest.fixture(scope="module")
def colourful() -> np.ndarray:
    """Discs of many colours over a photograph."""
    photo = photograph("glass.jpg", (320, 240)).copy()
    rng = np.random.default_rng(0)
    rows, columns = np.indices(photo.shape[:2])
    for _ in range(40):
        x, y, r = rng.uniform(0, 320), rng.uniform(0, 240), rng.uniform(4, 20)
        photo[(columns - x) ** 2 + (rows - y) ** 2 < r * r] = rng.integers(0, 256, 3)
    return photo


@pytest.mark.parametrize("corner", [(40, 60), (41, 63)])
def test_colours_are_halved_as_a_jpeg_halves_them(colourful, corner):
    (x, y), (w, h) = corner, (60, 50)
    stored = saved(colourful, 100, 2)[y : y + h, x : x + w].astype(np.float32)
    around = colourful[y - MARGIN : y + h + MARGIN, x - MARGIN : x + w + MARGIN].astype(np.float32)
    drawn = halve(around, (x, y, w, h))

    def colours(pixels: np.ndarray) -> np.ndarray:
        return pixels[..., [0, 2]] - pixels[..., 1:2]

    exact = around[MARGIN:-MARGIN, MARGIN:-MARGIN]
    inside = (stored > 2) & (stored < 253)  # elsewhere the colours were clipped
    missed = np.abs(colours(exact) - colours(stored)).max(axis=-1)
    at = inside.all(axis=-1) & (missed > 10)
    assert np.count_nonzero(at) > 50
    assert np.abs(colours(drawn) - colours(stored))[at].mean() < 0.1 * missed[at].mean()
