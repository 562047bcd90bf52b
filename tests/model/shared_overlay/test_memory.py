"""What is held of many pictures is bounded by a limit, not by their number."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from model.shared_overlay import SharedConfig, estimate_overlay

CONFIG = SharedConfig(most_pictures=6, located_pixels=20_000)


def peak(pictures: list[np.ndarray], count: int, config: SharedConfig) -> int:
    """Bytes at most, of `count` pictures that are different views of a few."""

    def read(number: int) -> np.ndarray:
        return np.roll(pictures[number % len(pictures)], 16 * (number // len(pictures)), axis=1)

    tracemalloc.start()
    try:
        assert estimate_overlay(read, count, config).estimate is not None
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def plates(photos) -> list[np.ndarray]:
    """Pictures with a large half transparent plate that cyclic shifts leave in place."""
    out = []
    for photo in photos[:12]:
        picture = photo.astype(np.float32)
        picture[40:90] = 0.5 * picture[40:90] + 120
        out.append(np.rint(picture).astype(np.uint8))
    return out


def test_ten_times_as_many_pictures_take_no_more_memory(plates):
    few, many = peak(plates, 6, CONFIG), peak(plates, 60, CONFIG)
    assert many < 1.05 * few


def test_half_the_memory_for_parts_of_pictures_lowers_the_peak(plates):
    whole, less = (peak(plates, 60, replace(CONFIG, most_pictures=40, memory=room)) for room in (10_000_000, 100_000))
    assert less < whole
