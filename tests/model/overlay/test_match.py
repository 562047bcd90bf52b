"""A known overlay is found in a photograph at any place, taken off nearly exactly, and not claimed where it is not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.overlay_pictures import Case, draw, logo_overlay, text_overlay
from model.decompose import decompose, silent
from model.errors import InvalidRequest
from model.overlay import locate
from model.overlay.template import Pose, template_of
from model.types import BlendType, Composite, Request

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def photograph(name: str, size: tuple[int, int]) -> np.ndarray:
    read = np.asarray(cv2.imread(str(EXAMPLES / name)))[..., ::-1]
    return cv2.resize(np.ascontiguousarray(read), size, interpolation=cv2.INTER_AREA)


def matrix(overlay: np.ndarray, scale: float, angle: float, x: float, y: float) -> np.ndarray:
    a, b = scale * np.cos(angle), scale * np.sin(angle)
    cx, cy = overlay.shape[1] / 2, overlay.shape[0] / 2
    return np.array([[a, -b, x - a * cx + b * cy], [b, a, y - b * cx - a * cy]])


@pytest.fixture(scope="module")
def logo() -> np.ndarray:
    return logo_overlay(np.random.default_rng(3), 200)


def error(background: np.ndarray, drawn, where: np.ndarray) -> float:
    return float(np.abs(background[..., :3] / 255 - drawn.background)[where].mean() * 255)


@pytest.mark.parametrize("blend", list(BlendType))
def test_a_turned_and_scaled_logo_of_each_blend_type_is_taken_off(logo, blend):
    photo = photograph("glass.jpg", (320, 240))
    drawn = draw(Case(0, "logo", logo, (matrix(logo, 0.6, 0.4, 150.3, 120.8),), 0.45, blend), photo)
    (answer,) = decompose(Request(Composite(drawn.composite), overlay=logo))
    layer = np.asarray((drawn.transmission < 0.99).any(-1) | (drawn.emission > 0.01).any(-1))
    assert answer.provenance.engine == "overlay"
    assert answer.provenance.recomposition_error == 0
    assert answer.foregrounds[0].blend == blend
    left = error(answer.background.pixels, drawn, layer)
    best = float(np.abs(drawn.by_true_layers() - drawn.background)[layer].mean() * 255)
    assert left < 1.3 * best


@pytest.mark.parametrize("resize", [0.83, 1.37])
def test_a_logo_in_a_picture_that_was_resized_afterwards_is_taken_off(logo, resize):
    photo = photograph("glass.jpg", (640, 480))
    place = matrix(logo, 0.6, 0.4, 300.3, 240.8)
    drawn = draw(Case(0, "logo", logo, (place,), 0.6, BlendType.NORMAL, resize=resize), photo)
    (answer,) = decompose(Request(Composite(drawn.composite), overlay=logo))
    layer = np.asarray((drawn.transmission < 0.99).any(-1))
    left = error(answer.background.pixels, drawn, layer)
    best = float(np.abs(drawn.by_true_layers() - drawn.background)[layer].mean() * 255)
    assert left < 1.3 * best


# Screen and add look alike over a backdrop that varies little, more so in a JPEG.
@pytest.mark.parametrize("blend", [BlendType.NORMAL, BlendType.MULTIPLY, BlendType.SCREEN])
def test_opacity_and_blend_type_are_told_from_a_jpeg(logo, blend):
    photo = photograph("glass.jpg", (640, 480))
    drawn = draw(Case(0, "logo", logo, (matrix(logo, 0.5, -0.7, 300.3, 240.8),), 0.6, blend, quality=80), photo)
    found = locate(template_of(logo), drawn.composite, silent)
    assert found.solution is not None
    assert found.solution.appearance.blend == blend
    assert found.solution.appearance.opacity == pytest.approx(0.6, abs=0.02)


def test_an_overlay_that_is_not_in_the_picture_is_not_claimed(logo):
    (answer,) = decompose(Request(Composite(photograph("stain.jpg", (320, 240))), overlay=logo))
    assert answer.foregrounds == ()
    assert answer.provenance.confidence > 0.5


def test_an_overlay_without_a_shape_is_refused_in_one_line():
    picture = Composite(np.zeros((40, 40, 3), np.uint8))
    for overlay, reason in (
        (np.zeros((20, 20, 4), np.uint8), "visible"),
        (np.full((20, 20, 4), 255, np.uint8), "plain"),
    ):
        with pytest.raises(InvalidRequest, match=reason):
            decompose(Request(picture, overlay=overlay))
    with pytest.raises(InvalidRequest, match="alpha"):
        Request(picture, overlay=np.zeros((20, 20, 3), np.uint8))


def test_text_in_another_ink_is_found_and_its_ink_told():
    words = text_overlay("SAMPLE", np.random.default_rng(1))
    photo = photograph("glass.jpg", (320, 240))
    case = Case(0, "text", words, (matrix(words, 0.5, 0.0, 160.2, 120.6),), 0.6, BlendType.NORMAL, ink=(0.9, 0.8, 0.1))
    drawn = draw(case, photo)
    (answer,) = decompose(Request(Composite(drawn.composite), overlay=words))
    pixels = answer.foregrounds[0].pixels
    inside = pixels[..., 3] > 0.5 * pixels[..., 3].max()
    assert np.allclose(np.median(pixels[inside][:, :3], axis=0) / 255, (0.9, 0.8, 0.1), atol=0.08)


def test_a_tiling_is_found_whole_also_where_it_is_cut_by_the_border(logo):
    photo = photograph("glass.jpg", (320, 240))
    poses = tuple(
        matrix(logo, 0.25, 0.3, 20 + 62 * i + 20 * (j % 2), 16 + 60 * j) for i in range(-1, 6) for j in range(-1, 6)
    )
    drawn = draw(Case(0, "logos", logo, poses, 0.5, BlendType.NORMAL), photo)
    (answer,) = decompose(Request(Composite(drawn.composite), overlay=logo))
    layer = np.asarray((drawn.transmission < 0.99).any(-1))
    off = np.abs(answer.background.pixels / 255 - drawn.background).mean(axis=-1)[layer] * 255
    assert (off > 30).mean() < 0.01  # slivers at the border
    assert answer.provenance.coverage > 0.8 * layer.mean()


def test_an_overlay_in_a_large_picture_is_found_to_a_fraction_of_a_pixel(logo):
    photo = photograph("glass.jpg", (1801, 1203))
    place = matrix(logo, 2.1, -0.7, 1100.4, 555.9)
    drawn = draw(Case(0, "logo", logo, (place,), 0.5, BlendType.NORMAL), photo)
    template = template_of(logo)
    found = locate(template, drawn.composite, silent)
    assert found.solution is not None
    assert found.certainty > 11
    shift = np.array([[1, 0, template.offset[0]], [0, 1, template.offset[1]], [0, 0, 1]])
    true = Pose.of_matrix(place @ shift, template.size).corners(template.size)
    assert np.abs(found.poses[0].corners(template.size) - true).max() < 0.3
    assert found.solution.appearance.opacity == pytest.approx(0.5, abs=0.02)
