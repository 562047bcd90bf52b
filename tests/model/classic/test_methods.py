"""Each training-free method against layers it was made for, and against pictures that have none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from model.classic.fog import fog, haze
from model.classic.mark import fit_mark, mark, segmented
from model.classic.shadow import shadow
from model.classic.streaks import fall, streaks
from model.engines.classic import retyped
from model.types import BlendType


def background(estimate, z):
    let = estimate.transmission.astype(np.float32)
    return (z - estimate.emission.astype(np.float32)) / np.maximum(let, 0.02)


def error(a, b):
    return 255 * float(np.sqrt(np.mean((np.clip(a, 0, 1) - b) ** 2)))


def rained_on(scene):
    dice = np.random.default_rng(1)
    drops = np.zeros(scene.shape[:2], np.float32)
    for x, y in dice.integers(0, (220, 160), (60, 2)):
        cv2.line(drops, (int(x), int(y)), (int(x) + 6, int(y) + 26), 0.5, 2)
    return drops[..., None] * 0.95 + (1 - drops[..., None]) * scene


def test_fog_is_taken_off_and_its_airlight_is_found(scene, seen):
    airlight = np.array([0.8, 0.82, 0.86], np.float32)
    z = 0.5 * airlight + 0.5 * scene
    layer = fog(seen(z))
    assert error(background(layer, z), scene) < 0.5 * error(z, scene)
    assert haze(seen(z)) > 2 * haze(seen(scene)) + 0.1


def test_a_bright_wall_in_a_clear_picture_is_not_all_taken_for_fog(scene, seen):
    z = scene.copy()
    z[:, 140:] = 0.75 + 0.1 * z[:, 140:]  # nothing dark there, as far as the eye of a dark channel reaches
    layer = fog(seen(z))
    assert layer.alpha[:, 170:].mean() < 0.5
    assert layer.alpha[:, :100].mean() < 0.15
    assert haze(seen(z)) < 0.1


def test_rain_is_taken_off_along_the_way_it_falls(scene, seen):
    z = rained_on(scene)
    angle, distinct = fall(seen(z))
    assert np.degrees(angle) == pytest.approx(np.degrees(np.arctan2(6, 26)), abs=6)
    assert distinct > 1.5 * fall(seen(scene))[1]
    layer = streaks(seen(z))
    assert error(background(layer, z), scene) < 0.8 * error(z, scene)


@pytest.mark.parametrize(
    ("opacity", "colour"), [(0.3, (1.0, 1.0, 1.0)), (0.5, (0.1, 0.3, 0.9)), (0.4, (0.0, 0.0, 0.0))]
)
def test_opacity_and_colour_of_a_mark_follow_from_its_edge(scene, lettering, opacity, colour):
    z = np.where(lettering[..., None], (1 - opacity) * scene + opacity * np.array(colour, np.float32), scene)
    fit = fit_mark(z, lettering)
    assert fit is not None
    assert fit.opacity == pytest.approx(opacity, abs=0.06)
    assert np.allclose(fit.colour, colour, atol=0.12)


def test_a_known_colour_makes_the_opacity_exact(scene, lettering):
    z = np.where(lettering[..., None], 0.75 * scene + 0.25 * np.array((1, 0.5, 0), np.float32), scene)
    fit = fit_mark(z, lettering, (1, 0.5, 0))
    assert fit is not None
    assert fit.opacity == pytest.approx(0.25, abs=0.03)


def test_a_marks_background_comes_back_from_its_outline(scene, lettering, seen):
    z = np.where(lettering[..., None], 0.6 * scene + 0.4, scene).astype(np.float32)
    answer = mark(seen(z, lettering), None)
    assert answer is not None
    layer, _ = answer
    assert layer.blend is BlendType.NORMAL
    assert error(background(layer, z), scene) < 0.35 * error(z, scene)
    assert layer.alpha[~cv2.dilate(lettering.astype(np.uint8), np.ones((9, 9))).astype(bool)].max() == 0


def test_a_rough_hint_is_narrowed_to_the_mark_in_it(lettering):
    smooth = np.linspace(0.2, 0.5, 220, dtype=np.float32)[None, :, None].repeat(160, 0).repeat(3, 2)
    z = np.where(lettering[..., None], 0.5 * smooth + 0.5, smooth)
    region = cv2.dilate(lettering.astype(np.uint8), np.ones((31, 31))) > 0
    found = segmented(z, region)
    assert (found & lettering).sum() / (found | lettering).sum() > 0.85


def test_an_opaque_mark_is_painted_over_from_around(scene, lettering, seen):
    z = np.where(lettering[..., None], np.array((0.9, 0.1, 0.1), np.float32), scene)
    answer = mark(seen(z, lettering), None)
    assert answer is not None
    layer, paint = answer
    assert layer.alpha[lettering].min() > 0.99
    assert error(paint.astype(np.float32), scene) < 0.5 * error(z, scene)


def test_thin_dense_strokes_through_which_the_scene_shows_are_inverted_not_painted_over(scene, seen):
    """At 0.75 a quarter of the scene is left in the picture; painting over a comb of thin strokes would lose it."""
    strokes = np.zeros((160, 220), bool)
    strokes[20:140, 20:200] = (np.arange(180) % 9 < 4)[None]
    z = np.round(np.where(strokes[..., None], 0.25 * scene + 0.75, scene) * 255) / 255
    answer = mark(seen(z, strokes), None)
    assert answer is not None
    layer, paint = answer
    assert float(np.median(layer.alpha[strokes])) == pytest.approx(0.75, abs=0.05)
    assert error(paint.astype(np.float32), scene) < 0.3 * error(z, scene)


def test_the_middle_of_a_broad_mark_keeps_what_is_seen_through_it(scene, seen):
    """A bright thing of the scene lies under the mark alone: nothing around the mark is like it."""
    under, plate = scene.copy(), np.zeros((160, 220), bool)
    plate[30:130, 40:180] = True
    under[70:90, 100:120] = (0.95, 0.9, 0.1)
    z = np.where(plate[..., None], 0.6 * under + 0.4 * 0.1, under).astype(np.float32)
    answer = mark(seen(z, plate), None)
    assert answer is not None
    assert error(answer[1][70:90, 100:120].astype(np.float32), under[70:90, 100:120]) < 10


def test_a_hint_over_nothing_finds_no_mark(seen):
    flat = np.full((80, 90, 3), 0.4, np.float32)
    hint = np.zeros((80, 90), bool)
    hint[30:50, 20:70] = True
    assert mark(seen(flat, hint), None) is None


def test_a_hinted_shadow_becomes_a_multiply_layer(scene, seen):
    hint = np.zeros(scene.shape[:2], np.uint8)
    cv2.circle(hint, (110, 80), 45, 1, -1)
    z = np.where(hint[..., None] > 0, 0.5 * scene, scene)
    layer = shadow(seen(z, hint))
    assert layer is not None
    assert layer.blend is BlendType.MULTIPLY
    assert error(background(layer, z), scene) < 0.5 * error(z, scene)


def test_a_hint_over_light_finds_no_shadow(seen):
    z = np.full((60, 60, 3), 0.3, np.float32)
    hint = np.zeros((60, 60), bool)
    hint[20:40, 20:40] = True
    z[hint] = 0.8
    assert shadow(seen(z, hint)) is None


@pytest.mark.parametrize("blend", list(BlendType))
def test_another_blend_type_leaves_the_same_background_where_it_can(scene, lettering, seen, blend):
    darker = blend is BlendType.MULTIPLY
    ink = 0.0 if darker else 1.0
    z = np.where(lettering[..., None], 0.7 * scene + 0.3 * ink, scene).astype(np.float32)
    view = seen(z, lettering)
    answer = mark(view, (ink, ink, ink))
    assert answer is not None
    other = retyped(view, answer[0], blend)
    assert other.blend is blend
    assert error(background(other, z), background(answer[0], z)) < 2
