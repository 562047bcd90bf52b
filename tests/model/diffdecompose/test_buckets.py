import numpy as np
import pytest

from model.diffdecompose.buckets import STEP, bucket, cover, resize
from model.engines.flux import _look


@pytest.mark.parametrize(("height", "width"), [(6000, 4000), (4000, 6000), (1080, 1920), (300, 300), (40, 61)])
def test_every_picture_is_shown_with_about_512_x_512_pixels_in_nearly_its_own_proportions(height, width):
    high, wide = bucket(height, width)
    assert high % STEP == wide % STEP == 0
    assert 0.9 < high * wide / 512**2 < 1.1
    assert (wide / high) / (width / height) == pytest.approx(1, abs=0.07)


def test_a_panorama_is_shown_out_of_proportion_rather_than_at_places_that_are_not_trained():
    assert bucket(100, 3000) == bucket(100, 400) == (256, 1024)


def test_there_are_few_buckets():
    assert len({bucket(1000, round(1000 * 1.02**k)) for k in range(-70, 71)}) < 50


def test_the_engine_shows_the_very_pixels_that_training_shows(scene):
    """A picture in its bucket's own proportions has nothing to crop."""
    size = bucket(896, 1152)
    assert size == (448, 576)
    pixels = (np.tile(scene, (6, 6, 1))[:896, :1152] * 255).astype(np.uint8)
    assert np.array_equal(_look(pixels), cover(pixels.astype(np.float32) / 255, size))


def test_small_pictures_are_enlarged(scene):
    assert _look((scene[:40, :50] * 255).astype(np.uint8)).shape[:2] == bucket(40, 50)


def test_covering_keeps_proportions_and_crops_where_it_is_told_to():
    picture = np.zeros((64, 128, 3), np.float32)
    picture[:, :64] = 1
    assert cover(picture, (64, 64), (0.5, 0.0)).min() == 1
    assert cover(picture, (64, 64), (0.5, 1.0)).max() == 0
    assert cover(picture, (128, 128)).shape == (128, 128, 3)


def test_values_stay_in_range_where_edges_are_sharp():
    checks = (np.indices((9, 9)).sum(0) % 2).astype(np.float32)[..., None].repeat(4, 2)
    grown = resize(checks, (32, 32))
    assert grown.min() >= 0
    assert grown.max() <= 1
