"""Plain bars, whose middle shows no edge: what "Match" finds there; and "Foreground" over a mark that is taken off."""

import cv2
import numpy as np
import pytest

from model.edit import Brush, EditSession, Foreground, Match
from model.edit.patch import Patch, solve_patch
from model.errors import InvalidRequest
from model.types import BlendType, Composite, Layer

HEIGHT, WIDTH = 300, 420


def scene():
    """H x W x 3, 0..1: soft shapes with fine texture."""
    rng = np.random.default_rng(0)
    soft = cv2.resize(rng.random((5, 7, 3), np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    fine = cv2.resize(rng.random((HEIGHT // 2, WIDTH // 2, 3), np.float32), (WIDTH, HEIGHT))
    return (0.2 + 0.35 * soft + 0.05 * fine).clip(0.1, 0.8)


def session(top, height, share, opacity=0.5):
    """A white bar of `height` rows; the layer holds `share` of its alpha. With the scene and the true alpha."""
    below, alpha = scene(), np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[top : top + height, 60:360] = opacity
    alpha = cv2.GaussianBlur(alpha, (0, 0), 0.7)
    picture = np.rint((below * (1 - alpha[..., None]) + alpha[..., None]) * 255).astype(np.uint8)
    planes = np.ascontiguousarray(np.moveaxis(picture, -1, 0))
    patch = Patch(planes, np.zeros_like(planes[0]), np.zeros_like(planes), planes, BlendType.NORMAL)
    patch = solve_patch(patch, alpha * share, np.ones(planes.shape, np.float32), alpha > 0)
    background = Layer("Background", np.moveaxis(patch.backdrop, 0, -1).copy())
    foreground = Layer("Foreground", np.dstack([np.moveaxis(patch.colour, 0, -1), patch.alpha]))
    return EditSession(Composite(picture), [background, foreground]), below, alpha


def error(session, below, where):
    """Root mean square of the background's error in levels."""
    return 255 * float(np.sqrt(((session.layers[0].pixels / 255 - below)[where] ** 2).mean()))


def paint(session, edit, points, radius):
    stroke = session.stroke(edit, Brush(radius))
    for point in points:
        stroke.to(*point)
    return stroke.finish()


@pytest.mark.parametrize("share", [0.6, 1.3])
@pytest.mark.parametrize(("top", "height", "most"), [(140, 16, 4), (110, 80, 9), (60, 180, 9)])
def test_match_removes_the_ghost_of_a_plain_bar_its_middle_too(top, height, most, share):
    layers, below, alpha = session(top, height, share)
    bar = alpha > 0.49
    before = error(layers, below, bar)
    lines = range(top, top + height + 1, min(30, height))
    points = [(x, y) for n, y in enumerate(lines) for x in ((40, 380) if n % 2 else (380, 40))]
    paint(layers, Match(), points, 40)
    assert before > 40
    assert error(layers, below, bar) < most


@pytest.mark.parametrize(("top", "height"), [(140, 16), (110, 80)])
def test_foreground_as_it_stands_at_first_does_not_bring_back_a_mark_that_is_taken_off(top, height):
    layers, below, alpha = session(top, height, 1.0)
    before = error(layers, below, alpha > 0)
    paint(layers, Foreground(), [(40, top + height // 2), (380, top + height // 2)], 40)
    assert error(layers, below, alpha > 0) < before + 0.5
    assert error(layers, below, alpha == 0) < 0.6


def test_foreground_still_finds_what_was_missed():
    layers, below, alpha = session(140, 16, 0.0)
    before = error(layers, below, alpha > 0.49)
    paint(layers, Foreground((1.0, 1.0, 1.0)), [(40, 148), (380, 148)], 40)
    assert error(layers, below, alpha > 0.49) < 0.1 * before


def test_an_area_of_another_size_is_refused():
    layers, _, _ = session(140, 16, 1.0)
    with pytest.raises(InvalidRequest, match="marked area"):
        layers.stroke(Match(), Brush(4), np.zeros((2, 2), np.uint8))
