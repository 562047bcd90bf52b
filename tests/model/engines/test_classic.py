"""The training-free engine: chooses rightly, and leaves clean pictures alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from model.blending import recompose
from model.classic.config import ClassicConfig
from model.decompose import decompose, silent
from model.engines.classic import ClassicEngine
from model.types import BlendType, Composite, Kind, Options, Request


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    dice = np.random.default_rng(5)
    picture = np.zeros((180, 240, 3), np.float32)
    for sigma, weight in ((30, 1.0), (9, 0.5), (2, 0.2)):
        noise = cv2.GaussianBlur(dice.standard_normal(picture.shape).astype(np.float32), (0, 0), sigma)
        picture += weight * noise / noise.std()
    picture = np.clip(0.4 + 0.18 * picture, 0, 1)
    picture[::19, ::3] *= 0.1
    return (picture * 255).astype(np.uint8)


@pytest.fixture(scope="module")
def hint(photo) -> np.ndarray:
    mask = np.zeros(photo.shape[:2], np.uint8)
    cv2.putText(mask, "Ab", (60, 120), cv2.FONT_HERSHEY_SIMPLEX, 3, 255, 14)
    return mask


def marked(photo, hint, opacity=0.4):
    return np.where(hint[..., None] > 0, (1 - opacity) * photo + opacity * 255, photo).astype(np.uint8)


def foggy(photo):
    return (0.45 * photo + 0.55 * 215).astype(np.uint8)


def estimate(pixels, hint=None, **options):
    request = Request(Composite(pixels), Options(engine="classic", **options), hint=hint)
    return ClassicEngine().estimate(request, silent)[0]


def test_a_clean_picture_is_left_alone(photo):
    assert estimate(photo).layers == ()


def test_thick_fog_is_recognised_without_being_told(photo):
    candidate = estimate(foggy(photo))
    assert candidate.kind is Kind.FOG
    assert len(candidate.layers) == 1


def test_an_engine_uses_the_thresholds_it_was_given(photo):
    request = Request(Composite(foggy(photo)), Options(engine="classic"))
    strict = ClassicEngine(ClassicConfig(haze_threshold=1.0, rain_threshold=1e9))
    assert strict.estimate(request, silent)[0].layers == ()


@pytest.mark.parametrize("kind", [Kind.SNOW, Kind.FLARE, Kind.CELL, Kind.GLASS, Kind.WATERMARK])
def test_kinds_that_no_method_serves_are_left_alone_without_a_hint(photo, kind):
    assert estimate(photo, kind=kind).layers == ()


def test_a_hinted_mark_comes_off_at_native_size_and_recomposes(photo, hint):
    z = marked(photo, hint)
    answer = decompose(Request(Composite(z), Options(engine="classic"), hint=hint))[0]
    assert np.array_equal(recompose(answer), z)
    after = np.abs(answer.background.pixels.astype(int) - photo).mean()
    assert after < 0.5 * np.abs(z.astype(int) - photo).mean()
    assert answer.provenance.engine == "classic"


def test_sixteen_bit_pictures_are_taken_apart_as_well(photo, hint):
    z = marked(photo, hint).astype(np.uint16) * 257
    answer = decompose(Request(Composite(z), Options(engine="classic"), hint=hint))[0]
    assert answer.foregrounds
    assert np.array_equal(recompose(answer), z)


@pytest.mark.parametrize("blend", list(BlendType))
def test_the_blend_type_asked_for_is_the_one_given(photo, hint, blend):
    z = np.where(hint[..., None] > 0, photo // 2, photo) if blend is BlendType.MULTIPLY else marked(photo, hint)
    candidate = estimate(z, hint, blend=blend)
    assert [layer.blend for layer in candidate.layers] == [blend]


def test_a_hinted_shadow_is_a_multiply_layer(photo, hint):
    z = np.where(hint[..., None] > 0, photo // 2, photo)
    assert estimate(z, hint, kind=Kind.XRAY).layers[0].blend is BlendType.MULTIPLY


def test_weather_stays_where_the_hint_says_it_is(photo):
    left = np.zeros(photo.shape[:2], np.uint8)
    left[:, :120] = 255
    layer = estimate(foggy(photo), left, kind=Kind.FOG).layers[0]
    assert layer.alpha[:, 130:].max() == 0
    assert layer.alpha[:, :110].mean() > 0.3


def test_an_empty_hint_is_no_hint(photo):
    assert estimate(photo, np.zeros(photo.shape[:2], np.uint8)).layers == ()


def test_the_same_request_gives_the_same_bytes(photo, hint):
    one, other = (estimate(marked(photo, hint), hint, seed=seed).layers[0] for seed in (1, 2))
    assert np.array_equal(one.emission, other.emission)
    assert np.array_equal(one.alpha, other.alpha)
