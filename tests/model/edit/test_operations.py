"""What an artist expects of each brush, on pictures whose true layers are known."""

import cv2
import numpy as np
import pytest

from model.blending import composite, stack
from model.edit import Background, ChangeBlendType, EditConfig, Foreground, Match, Recolour, Scale
from model.edit.edge_aware_brush import edge_aware_weight
from model.edit.ghost_gain import gain_sums, global_gain
from model.edit.layer_stats import layer_stats
from model.edit.operations import apply_edit, foreground_appearance
from model.edit.patch import Patch, solve_patch
from model.types import BlendType

HEIGHT, WIDTH = 140, 180


def scene(depth=np.uint8, seed=0):
    """3 x h x w, 0..1: smooth, with texture and one hard edge; away from both ends."""
    rng = np.random.default_rng(seed)
    soft = cv2.resize(rng.random((5, 7, 3), np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    fine = cv2.resize(rng.random((70, 90, 3), np.float32), (WIDTH, HEIGHT))
    soft[:, WIDTH // 2 :] += 0.15
    return np.moveaxis(0.2 + 0.35 * soft + 0.05 * fine, -1, 0).clip(0.1, 0.8)


def text():
    """h x w, 0..1: strokes six pixels wide, soft edges."""
    drawn = np.zeros((HEIGHT * 4, WIDTH * 4), np.uint8)
    cv2.putText(drawn, "MARK", (60, 380), cv2.FONT_HERSHEY_SIMPLEX, 8, (255,), 24)
    return cv2.resize(drawn, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def patch_of(believed, colour, truth, blend=BlendType.NORMAL, depth=np.uint8):
    """The exact patch when a layer of `truth` lies over the scene and `believed` alpha is taken off; and the scene."""
    y = scene()
    top = int(np.iinfo(depth).max)
    tint = np.array(colour, np.float32)[:, None, None]
    z = np.rint(composite(truth[None], tint, y, blend).clip(0, 1) * top).astype(depth)
    empty = Patch(z, np.zeros((HEIGHT, WIDTH), depth), np.zeros_like(z), z, blend)
    return solve_patch(empty, believed, np.broadcast_to(tint, z.shape), believed > 0), y


def stats_of(patch):
    alpha, colour = patch.alpha_and_colour
    return layer_stats(alpha.ravel(), colour.reshape(3, -1))


def everywhere(patch):
    return np.ones(patch.alpha.shape, np.float32)


def error(patch, y, where):
    """Root mean square of the background's error in levels of 255."""
    return 255 * float(np.sqrt(((patch.below - y)[:, where] ** 2).mean()))


def assert_exact(patch):
    pixels = np.dstack([*patch.colour, patch.alpha])
    stacked = stack(pixels, np.moveaxis(patch.backdrop, 0, -1), patch.blend)
    np.testing.assert_array_equal(np.moveaxis(stacked, -1, 0), patch.target)


@pytest.mark.parametrize("blend", list(BlendType))
@pytest.mark.parametrize("share", [0.7, 1.25])
def test_the_gain_of_a_layer_that_is_too_faint_or_too_strong_is_found(blend, share):
    truth = text() * 0.4
    patch, _ = patch_of(truth * share, (0.3, 0.3, 0.3) if blend != BlendType.NORMAL else (1, 1, 1), truth, blend)
    assert global_gain([gain_sums(patch)], EditConfig()) == pytest.approx(1 / share, rel=0.12)


@pytest.mark.parametrize("share", [0.7, 1.25])
def test_painting_match_over_a_ghost_takes_it_away(share):
    truth = text() * 0.45
    blurred = cv2.GaussianBlur(truth, (0, 0), 0.8) * share
    patch, y = patch_of(blurred, (1, 1, 1), truth)
    after = apply_edit(patch, everywhere(patch), Match(), stats_of(patch))
    where = cv2.dilate(truth, np.ones((5, 5))) > 0
    assert error(after, y, where) < 0.5 * error(patch, y, where)
    assert_exact(after)


def test_more_takes_more_off_and_less_takes_less_and_neither_comes_where_nothing_is():
    truth = text() * 0.5
    patch, y = patch_of(truth * 0.8, (1, 1, 1), truth)
    more, less = (apply_edit(patch, everywhere(patch), Scale(f), stats_of(patch)) for f in (1.25, 0.8))
    core = truth > 0.49
    assert error(more, y, core) < 0.2 * error(patch, y, core)
    assert error(less, y, core) > 1.5 * error(patch, y, core)
    for after in (more, less):
        assert not after.alpha[truth == 0].any()
        assert_exact(after)


def test_foreground_finds_the_letters_under_a_broad_brush_and_not_the_picture_between():
    truth = text() * 0.5
    known = truth.copy()
    known[:, WIDTH // 2 :] = 0  # the right half was missed
    patch, y = patch_of(known, (1, 1, 1), truth)
    brush = np.zeros((HEIGHT, WIDTH), np.float32)
    brush[30:110, WIDTH // 2 :] = 1
    edit, whole = Foreground(), stats_of(patch)
    weight = edge_aware_weight(patch, brush, 24.0, foreground_appearance(patch, edit, whole))
    after = apply_edit(patch, weight, edit, whole)
    letters, between = (truth > 0.45) & (brush > 0), (truth == 0) & (brush > 0)
    alpha = after.alpha / 255
    assert np.mean(alpha[letters]) == pytest.approx(0.5, abs=0.08)
    assert np.mean(alpha[between]) < 0.04
    assert error(after, y, letters) < 0.35 * error(patch, y, letters)
    assert_exact(after)


def test_foreground_without_edges_to_follow_takes_the_brush_as_it_is():
    patch, _ = patch_of(0 * text(), (1, 1, 1), 0 * text())
    brush = np.zeros((HEIGHT, WIDTH), np.float32)
    brush[20:60, 20:60] = 1
    after = apply_edit(patch, brush, Foreground((1.0, 1.0, 1.0), 0.2), stats_of(patch))
    assert np.all(after.alpha[25:55, 25:55] == 51)
    assert not after.alpha[brush == 0].any()
    assert_exact(after)


def test_background_gives_the_picture_back_and_follows_an_edge():
    alpha = np.full((HEIGHT, WIDTH), 0.4, np.float32)
    patch, _ = patch_of(alpha, (1, 1, 1), alpha)
    z = patch.target.copy()
    z[:, :, 90:] = z[:, :, 90:] // 4  # another thing of the scene
    patch = solve_patch(
        Patch(z, patch.alpha, patch.colour, z, patch.blend), alpha, patch.alpha_and_colour[1], alpha > 0
    )
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    brush = (np.hypot(rows - 70, columns - 70) < 30).astype(np.float32)
    after = apply_edit(patch, edge_aware_weight(patch, brush, 30.0), Background(), stats_of(patch))
    assert after.alpha[70, 70] == 0
    np.testing.assert_array_equal(after.backdrop[:, 70, 70], z[:, 70, 70])
    assert after.alpha[70, 95] == patch.alpha[70, 95]


def test_the_right_colour_brings_the_right_opacity_with_it():
    truth, colour = text() * 0.6, (0.1, 0.2, 0.9)
    patch, y = patch_of(truth * 0.5, (0.5, 0.5, 0.6), truth)
    wrong = solve_patch(patch, truth * 0.3, np.broadcast_to(np.float32(0.9), patch.target.shape), truth > 0)
    right, _ = patch_of(truth, colour, truth)
    wrong = Patch(right.target, wrong.alpha, wrong.colour, wrong.backdrop, wrong.blend)
    wrong = solve_patch(wrong, *wrong.alpha_and_colour, truth > 0)
    after = apply_edit(wrong, everywhere(wrong), Recolour(colour), stats_of(wrong))
    core = truth > 0.55
    assert np.median(after.alpha[core]) / 255 == pytest.approx(0.6, abs=0.1)
    assert error(after, y, core) < 0.4 * error(wrong, y, core)
    assert_exact(after)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("new", [BlendType.SCREEN, BlendType.ADD, BlendType.NORMAL])
def test_another_blend_type_that_can_brighten_too_keeps_the_background(new, depth):
    truth = text() * 0.3
    patch, _ = patch_of(truth, (1, 1, 1), truth, depth=depth)
    after = apply_edit(patch, everywhere(patch), ChangeBlendType(new), stats_of(patch))
    assert after.blend == new
    assert np.abs(after.below - patch.below).max() < 3 / 255
    assert_exact(after)


def test_a_layer_that_grows_opaque_leaves_what_is_around_not_itself():
    truth = np.zeros((HEIGHT, WIDTH), np.float32)
    truth[50:80, 60:100] = 1
    patch, y = patch_of(0 * truth, (1, 0, 0), truth)
    after = apply_edit(patch, (truth > 0).astype(np.float32), Foreground((1.0, 0.0, 0.0), 1.0), stats_of(patch))
    assert error(after, y, truth > 0) < 25
    assert_exact(after)
