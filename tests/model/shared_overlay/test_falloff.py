"""A vignette that pictures share is found and taken off, though it has no edge; other pictures are told from it."""

from __future__ import annotations

import numpy as np
import pytest

from model.decompose import silent
from model.shared_overlay import estimate_overlay, take_off
from model.shared_overlay.falloff import estimate_falloff
from model.types import BlendType, Composite, Request


def darkened(photo: np.ndarray, fall: float) -> np.ndarray:
    h, w = photo.shape[:2]
    y, x = np.mgrid[:h, :w]
    square = (((x + 0.5) / w - 0.5) ** 2 + ((y + 0.5) / h - 0.5) ** 2) / 0.5
    through = 1 - fall * (0.4 * square + 0.5 * square**2)
    return np.rint(photo * through[..., None]).astype(np.uint8)


@pytest.fixture(scope="module")
def pictures(photos) -> list[np.ndarray]:
    return [darkened(photo, 0.6) for photo in photos[:12]]


@pytest.fixture(scope="module")
def found(pictures):
    return estimate_overlay(pictures.__getitem__, len(pictures))


def test_a_shared_vignette_is_one_multiply_layer_over_the_whole_picture(found, pictures):
    assert found.estimate is not None
    assert found.estimate.blend is BlendType.MULTIPLY
    assert found.estimate.box == (0, 0, pictures[0].shape[1], pictures[0].shape[0])


def test_most_of_it_comes_off_every_picture(found, pictures, photos):
    left = []
    for picture, photo in zip(pictures, photos, strict=False):
        done = take_off(Request(Composite(picture)), found.estimate, silent)
        assert done.provenance.recomposition_error == 0
        error = np.abs(done.background.pixels.astype(float) - photo).mean()
        left.append(error / np.abs(picture.astype(float) - photo).mean())
    assert np.median(left) < 0.35


def test_a_picture_without_it_is_left_alone(found, photos):
    untouched = [not take_off(Request(Composite(photo)), found.estimate, silent).foregrounds for photo in photos[12:]]
    assert sum(untouched) >= 3


def test_pictures_without_a_vignette_have_none(photos):
    assert estimate_falloff(np.stack(photos)) is None
