"""Metrics give what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from model.blending import emission_transmission
from model.evaluate.identifiability import VISIBLE, best_refit, distinguishable
from model.evaluate.metrics import calibration_error, layer_error, psnr, rmse, ssim
from model.types import BlendType

GREY = np.full((40, 50, 3), 100, np.uint8)


def test_rmse_is_in_levels_and_can_be_held_to_a_mask():
    other = GREY.copy()
    other[:20] = 110
    assert rmse(GREY, GREY) == 0
    assert rmse(GREY, other) == pytest.approx(10 / 2**0.5)
    where = np.zeros((40, 50), bool)
    where[:20] = True
    assert rmse(GREY, other, where) == pytest.approx(10)


def test_psnr_follows_from_rmse():
    assert psnr(25.5) == pytest.approx(20)
    assert psnr(0) == 99


def test_ssim_is_one_for_equal_pictures_and_falls_with_noise():
    noise = np.random.default_rng(0).integers(0, 255, GREY.shape).astype(np.uint8)
    assert ssim(noise, noise) == pytest.approx(1)
    assert ssim(noise, np.roll(noise, 7, axis=1)) < 0.2


def test_layers_that_look_alike_have_no_error_whatever_their_alpha():
    colour = np.full((4, 4, 3), 0.8, np.float32)
    truth = emission_transmission(np.full((4, 4, 1), 0.5, np.float32), colour, BlendType.SCREEN)
    paler = emission_transmission(np.full((4, 4, 1), 1.0, np.float32), colour / 2, BlendType.SCREEN)
    alpha, tint = layer_error(truth, paler, BlendType.SCREEN)
    assert alpha == pytest.approx(0, abs=1e-6)
    assert tint == pytest.approx(0, abs=1e-4)


def test_alpha_and_colour_errors_are_told_apart():
    def layer(alpha, colour):
        return emission_transmission(np.full((4, 4, 1), alpha), np.full((4, 4, 3), colour), BlendType.NORMAL)

    assert layer_error(layer(0.5, 1.0), layer(0.3, 1.0), BlendType.NORMAL) == pytest.approx((0.2, 0))
    assert layer_error(layer(0.5, 1.0), layer(0.5, 0.8), BlendType.NORMAL) == pytest.approx((0, 51))
    assert layer_error(layer(0, 0), layer(0, 0), BlendType.NORMAL)[0] == 0


def test_confidence_that_keeps_its_word_has_no_calibration_error():
    confidence = np.full(10, 0.75)
    assert calibration_error(confidence, np.array([1, 1, 1, 0] * 2 + [1, 1])) == pytest.approx(0.05)
    assert calibration_error(np.full(4, 0.95), np.zeros(4)) == pytest.approx(0.95)


@pytest.mark.parametrize("blend", list(BlendType))
def test_a_type_refits_its_own_layers(triplet, blend):
    t = triplet(blend)
    z, y = t.composite.astype(np.float32) / 255, t.background.astype(np.float32) / 255
    assert best_refit(z, y, t.alpha, blend) < VISIBLE


def test_a_strong_coloured_mark_on_a_busy_picture_shows_its_type(triplet):
    t = triplet(BlendType.MULTIPLY, opacity=0.9)
    assert distinguishable(t.composite, t.background, t.alpha, BlendType.MULTIPLY)


def test_a_mark_that_is_not_there_shows_none(triplet):
    t = triplet(BlendType.SCREEN, opacity=0.0)
    assert not distinguishable(t.background, t.background, t.alpha, BlendType.SCREEN)
