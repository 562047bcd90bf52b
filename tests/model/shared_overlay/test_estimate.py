"""The overlay that pictures share: worked out from them, nowhere else, and not where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from model.blending import recompose
from model.decompose import silent
from model.errors import InvalidRequest
from model.shared_overlay import estimate_overlay, overlay_pixels, take_off
from model.types import BlendType, Composite, Request


@pytest.fixture(scope="module")
def found(scene):
    return estimate_overlay(scene.composites.__getitem__, len(scene.composites))


def background_of(composite, overlay):
    done = take_off(Request(Composite(composite)), overlay.estimate, silent)
    return done, done.background.pixels.astype(np.float32)


def test_the_overlay_comes_off_every_picture_exactly_and_nearly_whole(scene, found):
    assert found.estimate is not None
    assert found.estimate.blend is BlendType.NORMAL
    for composite, photo in zip(scene.composites, scene.photos, strict=True):
        done, background = background_of(composite, found)
        assert np.array_equal(recompose(done), composite)
        left = np.abs(background - photo)[scene.inside].mean()
        unchanged = np.abs(composite.astype(np.float32) - photo)[scene.inside].mean()
        assert left < 0.25 * unchanged


def test_nothing_changes_far_from_the_overlay(scene, found):
    import cv2

    far = cv2.dilate(scene.inside.astype(np.uint8), np.ones((31, 31))) == 0
    for composite in scene.composites[:3]:
        _, background = background_of(composite, found)
        assert np.abs(background - composite)[far].mean() < 0.1


def test_the_overlay_is_an_rgba_picture_of_its_colour_and_opacity(scene, found):
    pixels = overlay_pixels(found.estimate)
    x, y, w, h = found.estimate.box
    core = scene.transmission[y : y + h, x : x + w, 0] < 0.401
    assert np.median(pixels[core][:, 3]) == pytest.approx(0.6 * 255, abs=10)
    assert np.median(pixels[core][:, :3], axis=0) == pytest.approx([255, 204, 26], abs=14)


def test_a_picture_that_goes_away_meanwhile_is_told(scene):
    asked = []

    def read(number):
        asked.append(number)
        return None if asked.count(number) > 1 else scene.composites[number]

    with pytest.raises(InvalidRequest, match="give the same command again"):
        estimate_overlay(read, len(scene.composites))


def test_pictures_that_share_nothing_are_said_to_share_nothing(photos):
    assert estimate_overlay(photos.__getitem__, len(photos)).estimate is None


def test_a_picture_without_the_overlay_is_left_alone(scene, found):
    for photo in scene.photos[:4]:
        done, _ = background_of(photo, found)
        assert not done.foregrounds
        assert np.array_equal(done.background.pixels, photo)


def test_pictures_without_the_overlay_do_not_spoil_its_estimate(scene, photos):
    mixed = scene.composites[:10] + photos[12:15]
    found = estimate_overlay(mixed.__getitem__, len(mixed))
    assert found.estimate is not None
    assert found.pictures == 10
    _, background = background_of(mixed[0], found)
    unchanged = np.abs(mixed[0].astype(np.float32) - scene.photos[0])[scene.inside].mean()
    assert np.abs(background - scene.photos[0])[scene.inside].mean() < 0.25 * unchanged


def test_the_same_picture_twice_is_one_witness(scene):
    doubled = [*scene.composites[:2], *scene.composites[:2], scene.composites[0]]
    found = estimate_overlay(doubled.__getitem__, len(doubled))
    assert found.pictures == 2
    assert found.estimate is None
