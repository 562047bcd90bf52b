"""Marks under a hint: a box drawn loosely is as good as a stroke along the mark, and the scene stays as it is."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from benchmarks.hint_pictures import HINTS, HintedPicture, hint_of
from benchmarks.hints import background_of, ratio
from model.blending import recompose
from model.classic.config import DEFAULT
from model.classic.frame import Frame, contours, coverage
from model.classic.hinted import solve_hinted
from model.decompose import decompose
from model.evaluate.foreign.drawing import lettering, printed, seven_segments, smooth_noise
from model.types import BlendType, Composite, Kind, Options, Request


def scene(seed=0, size=(300, 400)):
    """A soft scene with grain, float 0..1."""
    rng = np.random.default_rng(seed)
    planes = [0.15 + 0.5 * smooth_noise(rng, size, 4) for _ in range(3)]
    return np.clip(np.stack(planes, axis=-1) + rng.normal(0, 0.012, (*size, 1)), 0, 1)


def page(size=(300, 400)):
    sheet = np.full((*size, 3), 0.97)
    for top in range(15, 280, 24):
        line = printed("The undersigned confirms receipt of the goods", 15)[:, :370]
        here = sheet[top : top + line.shape[0], 15 : 15 + line.shape[1]]
        here *= 1 - 0.88 * line[..., None]
    return sheet


def picture(background, exact, alpha, kind):
    composite, truth = ((np.clip(p, 0, 1) * 255 + 0.5).astype(np.uint8) for p in (exact, background))
    return HintedPicture(kind, 0, composite, truth, alpha > 0.04)


def stamped():
    drawn = np.zeros((300, 400), np.uint8)
    cv2.circle(drawn, (220, 150), 75, 255, 6, cv2.LINE_AA)
    cv2.circle(drawn, (220, 150), 62, 255, 2, cv2.LINE_AA)
    cv2.putText(drawn, "PAID", (175, 163), cv2.FONT_HERSHEY_DUPLEX, 1.2, 255, 3, cv2.LINE_AA)
    alpha = drawn / 255.0
    ink = np.array([0.78, 0.12, 0.18])
    return picture(page(), page() * (1 - 0.95 * alpha[..., None] * (1 - ink)), alpha, "stamp")


def dated():
    digits = seven_segments("98 7 14", 14)
    alpha = np.zeros((300, 400))
    alpha[230 : 230 + digits.shape[0], 200 : 200 + digits.shape[1]] = digits
    alpha = cv2.GaussianBlur(alpha, (0, 0), 0.8)[..., None]
    exact = 0.6 * scene() + alpha * np.array([1, 0.5, 0.1])
    return picture(0.6 * scene(), exact, alpha[..., 0], "date")


@pytest.mark.parametrize("how", HINTS)
def test_a_stamp_comes_off_a_page_and_the_print_beneath_it_stays(how):
    made = stamped()
    hint = hint_of(made, how)
    (found,) = decompose(Request(Composite(made.composite), hint=hint))
    np.testing.assert_array_equal(recompose(found), made.composite)
    assert found.provenance.kind is Kind.WATERMARK
    assert found.provenance.blend is BlendType.MULTIPLY
    assert ratio(made, found.background.pixels) < 0.25


@pytest.mark.parametrize("how", ["brush", "box"])
def test_of_a_burnt_in_date_clearly_less_is_left_than_was_there(how):
    made = dated()
    request = Request(Composite(made.composite), hint=hint_of(made, how))
    assert ratio(made, background_of(request, True)) < 0.6


@pytest.mark.parametrize("how", HINTS)
def test_a_plain_plate_is_solved(how):
    alpha = np.zeros((300, 400))
    alpha[90:150, 80:330] = 0.5
    made = picture(scene(1), scene(1) * (1 - alpha[..., None]) + alpha[..., None], alpha, "plate")
    request = Request(Composite(made.composite), hint=hint_of(made, how))
    assert ratio(made, background_of(request, True)) < 0.25


@pytest.mark.parametrize("how", ["box", "loose box"])
@pytest.mark.parametrize(("transmission", "emission"), [(0.7, 0.0), (0.4, (0.1, 0.3, 0.2)), (0.6, 0.4)])
def test_the_layer_of_a_plate_with_round_ends_is_measured(how, transmission, emission):
    alpha = coverage(Frame(90.3, 80.6, 320.1, 140.2, 29.8), (300, 400))
    layered = scene(2) * transmission + np.broadcast_to(emission, 3)
    made = picture(scene(2), scene(2) + alpha[..., None] * (layered - scene(2)), alpha, "plate")
    found = solve_hinted(Request(Composite(made.composite), hint=hint_of(made, how)))
    assert found is not None
    (layer,), beneath = found
    x, y, w, h = layer.box
    background = made.composite.copy()
    background[y : y + h, x : x + w] = np.rint(beneath.astype(np.float32) * 255)
    assert ratio(made, background) < 0.25
    inside = layer.transmission[layer.alpha > 0.9 * layer.alpha.max()].astype(np.float32)
    np.testing.assert_allclose(np.median(inside), transmission, atol=0.05)


def test_the_contour_of_a_frame_lies_on_the_rim_of_what_it_covers():
    for radius in (0.0, 12.0, 30.0):
        frame = Frame(40.0, 50.0, 140.0, 110.0, radius)
        (at,), (normal,) = contours([frame], 400)
        covered = coverage(frame, (160, 200))
        inner, outer = (np.floor(at + way * normal).astype(int) for way in (-1.5, 1.5))
        assert (covered[inner[:, 1], inner[:, 0]] > 0.95).all()
        assert (covered[outer[:, 1], outer[:, 0]] < 0.05).all()


def test_a_plate_with_letters_is_one_layer_and_two_where_two_are_asked_for():
    alpha = np.zeros((300, 400))
    alpha[90:150, 80:330] = 0.5
    word = lettering("HARBOUR", 26, cv2.FONT_HERSHEY_DUPLEX, 0.12)
    letters = np.zeros((300, 400))
    letters[104 : 104 + word.shape[0], 110 : 110 + word.shape[1]] = word
    plated = scene(1) * (1 - alpha[..., None])
    exact = plated * (1 - letters[..., None]) + letters[..., None]
    made = picture(scene(1), exact, np.maximum(alpha, letters), "plate with letters")
    hint = hint_of(made, "box")
    (one,) = decompose(Request(Composite(made.composite), hint=hint))
    assert len(one.foregrounds) == 1
    assert ratio(made, one.background.pixels) < 0.25
    (two,) = decompose(Request(Composite(made.composite), Options(layers=2), hint=hint))
    np.testing.assert_array_equal(recompose(two), made.composite)
    assert len(two.foregrounds) == 2
    plate, top = two.foregrounds
    assert plate.pixels[..., 3].astype(bool).sum() > 2 * top.pixels[..., 3].astype(bool).sum()


def test_under_a_hint_over_a_clean_scene_no_model_holds():
    pixels = (scene(3) * 255).astype(np.uint8)
    for box in ((40, 40, 120, 60), (150, 100, 200, 80)):
        hint = np.zeros(pixels.shape[:2], np.uint8)
        hint[box[1] : box[1] + box[3], box[0] : box[0] + box[2]] = 255
        assert solve_hinted(Request(Composite(pixels), hint=hint)) is None


def test_one_stroke_across_a_plate_finds_it_only_where_its_contour_is_certain():
    """What a few strokes span is no frame: a doubtful plate there is left to the networks, which see the whole mark."""
    alpha = np.zeros((300, 400))
    alpha[90:150, 80:330] = 0.5
    made = picture(scene(1), scene(1) * (1 - alpha[..., None]) + alpha[..., None], alpha, "plate")
    stroke = np.zeros((300, 400), np.uint8)
    cv2.line(stroke, (80, 90), (329, 149), 255, 2)
    request = Request(Composite(made.composite), hint=stroke)
    assert ratio(made, background_of(request, True)) < 0.25
    doubtful = replace(DEFAULT, plate_certain_gain=1e9)
    assert solve_hinted(request, doubtful) is None
    assert solve_hinted(replace(request, hint=hint_of(made, "box")), doubtful) is not None
