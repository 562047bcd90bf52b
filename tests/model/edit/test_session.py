"""Strokes, sweeps and history over real decompositions: after every step the layers stack to the picture."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.formats import read_layers, write
from model.blending import recompose
from model.decompose import silent
from model.edit import Background, Brush, ChangeBlendType, EditSession, Foreground, Match, Recolour, Scale
from model.errors import InvalidRequest
from model.finish import finish
from model.types import BlendType, Candidate, Composite, Decomposition, Estimate, Options, Provenance, Request

TOLD = Provenance("truth", Options(), 0, BlendType.NORMAL, None, 1.0, 0.0, 0)
EDITS = [Foreground(), Foreground((0.9, 0.2, 0.1), 0.7), Background(), Scale(1.5), Scale(0.5), Match()]
EDITS += [Recolour((0.1, 0.8, 0.9)), Recolour((0.5, 0.5, 0.5), 1.2)]


def decomposition(seed=0, depth=np.uint8, blends=(BlendType.NORMAL,), channels=3, size=(150, 190), faint=1.0):
    """(Composite, Decomposition): soft discs over soft shapes, the estimate `faint` times as strong as the truth."""
    rng = np.random.default_rng(seed)
    top = int(np.iinfo(depth).max)
    coarse = rng.integers(0, top + 1, (7, 9, channels)).astype(np.float32)
    z = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC).clip(0, top).astype(depth)
    if channels == 4:
        z[..., 3] = np.where(rng.random(size) < 0.8, top, z[..., 3])
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    estimates = []
    for blend in blends:
        far = np.hypot(rows - rng.uniform(0, size[0]), columns - rng.uniform(0, size[1]))
        alpha = np.clip((55 - far) / 6, 0, 1) * np.float32(rng.uniform(0.3, 0.95) * faint)
        colour = rng.random(3, np.float32)
        emission = alpha[..., None] * colour
        transmission = {
            BlendType.NORMAL: 1 - alpha[..., None] + 0 * emission,
            BlendType.MULTIPLY: 1 - alpha[..., None] + emission,
        }
        transmission = transmission.get(blend, 1 - emission if blend == BlendType.SCREEN else 1 + 0 * emission)
        whole = (0, 0, size[1], size[0])
        emission = 0 * emission if blend == BlendType.MULTIPLY else emission
        estimates.append(Estimate(emission, transmission, alpha, blend, 1.0, whole))
    composite = Composite(z)
    return composite, finish(Request(composite), Candidate(tuple(estimates), None, 0, 1.0, "truth"), silent)


def assert_exact(session):
    composite = session.composite
    stack = Decomposition(composite.size, session.layers, TOLD)
    np.testing.assert_array_equal(recompose(stack), composite.pixels)


def pixels_of(session):
    return [layer.pixels.copy() for layer in session.layers]


def draw(session, edit, points, brush):
    stroke = session.stroke(edit, brush)
    for point in points:
        stroke.to(*point)
    return stroke.finish()


@given(
    seed=st.integers(0, 2**32 - 1),
    depth=st.sampled_from([np.uint8, np.uint16]),
    blends=st.lists(st.sampled_from(list(BlendType)), min_size=1, max_size=3),
    channels=st.sampled_from([3, 4]),
    edits=st.lists(st.sampled_from(EDITS), min_size=1, max_size=4),
    whole=st.sampled_from([None, Scale(1.3), Scale(0.4), Recolour((0.2, 0.3, 0.9)), *map(ChangeBlendType, BlendType)]),
)
@settings(max_examples=30, deadline=None)
def test_after_every_dab_slider_undo_and_redo_the_layers_stack_to_the_picture(
    seed, depth, blends, channels, edits, whole
):
    composite, found = decomposition(seed, depth, blends, channels, (90, 120))
    session = EditSession(composite, found.layers)
    rng = np.random.default_rng(seed)
    if len(session.layers) > 2:
        session.active = int(rng.integers(1, len(session.layers)))
    states, changes = [pixels_of(session)], []
    for edit in edits:
        brush = Brush(float(rng.uniform(1, 40)), float(rng.random()), bool(rng.random() < 0.5))
        stroke = session.stroke(edit, brush)
        for _ in range(int(rng.integers(1, 4))):
            stroke.to(float(rng.uniform(-20, 130)), float(rng.uniform(-20, 130)), float(rng.random()))
            assert_exact(session)
        if change := stroke.finish():
            changes.append(change)
            states.append(pixels_of(session))
    if whole is not None and (change := session.global_edit(whole).finish()):
        changes.append(change)
        states.append(pixels_of(session))
    assert_exact(session)
    after = session.blend
    for change, state in zip(reversed(changes), reversed(states[:-1]), strict=True):
        session.undo(change)
        assert_exact(session)
        for now, before in zip(pixels_of(session), state, strict=True):
            np.testing.assert_array_equal(now, before)
    for change in changes:
        session.redo(change)
    assert session.blend == after
    for now, last in zip(pixels_of(session), states[-1], strict=True):
        np.testing.assert_array_equal(now, last)


@pytest.mark.parametrize("edit", EDITS)
def test_what_the_brush_did_not_touch_keeps_its_levels(edit):
    composite, found = decomposition()
    session = EditSession(composite, found.layers)
    before = pixels_of(session)
    draw(session, edit, [(60, 70), (80, 70)], Brush(20))
    far = np.ones(composite.pixels.shape[:2], bool)
    far[48:92, 38:102] = False
    for now, was in zip(pixels_of(session), before, strict=True):
        np.testing.assert_array_equal(now[far], was[far])


def test_a_stroke_that_goes_over_a_place_twice_changes_no_more_than_once():
    composite, found = decomposition()
    once, twice = (EditSession(composite, found.layers) for _ in range(2))
    draw(once, Scale(1.2), [(60, 70), (90, 70)], Brush(25))
    draw(twice, Scale(1.2), [(60, 70), (90, 70), (60, 70), (90, 70)], Brush(25))
    for one, other in zip(pixels_of(once), pixels_of(twice), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_cancelled_stroke_and_a_cancelled_sweep_leave_no_trace():
    composite, found = decomposition(blends=(BlendType.SCREEN,))
    session = EditSession(composite, found.layers)
    before = pixels_of(session)
    stroke = session.stroke(Background(), Brush(60, follow=False))
    stroke.to(90, 70)
    assert any((now != was).any() for now, was in zip(pixels_of(session), before, strict=True))
    stroke.cancel()
    global_edit = session.global_edit(Scale(0.5))
    assert global_edit.step() is not None
    global_edit.cancel()
    for now, was in zip(pixels_of(session), before, strict=True):
        np.testing.assert_array_equal(now, was)
    assert global_edit.finish() is None


def test_a_slider_dragged_to_and_fro_ends_where_it_would_have_gone_at_once():
    composite, found = decomposition()
    dragged, direct = (EditSession(composite, found.layers) for _ in range(2))
    global_edit = dragged.global_edit(Scale(3.0), (0, 0, 40, 40))
    global_edit.step()
    for factor in (0.2, 0.7):
        global_edit.set(Scale(factor), (100, 100, 20, 20))
        global_edit.step()
    global_edit.finish()
    direct.global_edit(Scale(0.7)).finish()
    for one, other in zip(pixels_of(dragged), pixels_of(direct), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_seen_comes_first():
    composite, found = decomposition(size=(1100, 1100))
    plane = np.full((1100, 1100, 4), 80, np.uint8)
    session = EditSession(composite, found.layers)
    session.layers[1].pixels[:] = plane
    first = session.global_edit(Scale(1.5), (700, 900, 50, 50)).step()
    assert first == (512, 512, 512, 512)


def test_a_preview_shows_the_very_levels_that_come():
    composite, found = decomposition(blends=(BlendType.MULTIPLY,))
    session = EditSession(composite, found.layers)
    global_edit = session.global_edit(Scale(1.7))
    global_edit.step()
    global_edit.set(Scale(0.6))  # what was done already does not count
    shown = global_edit.preview((5, 3, 180, 140), 7)
    global_edit.finish()
    background = session.layers[0].pixels[3:143:7, 5:185:7, :3]
    np.testing.assert_array_equal(shown.backdrop, np.moveaxis(background, -1, 0))


def test_a_picture_with_nothing_found_gets_a_foreground_to_paint_on():
    composite, _ = decomposition()
    session = EditSession(composite, [finish(Request(composite), Candidate((), None, 0, 1.0, "x"), silent).background])
    draw(session, Foreground((1, 1, 1), 0.3), [(60, 60)], Brush(20, 0.9, follow=False))
    assert session.layers[1].pixels[60, 60, 3] > 0
    assert_exact(session)


def test_pixels_that_are_not_opaque_stay_as_they_are():
    composite, found = decomposition(channels=4)
    session = EditSession(composite, found.layers)
    draw(session, Foreground((1, 0, 0), 0.5), [(40, 40), (150, 110)], Brush(50, follow=False))
    glassy = composite.pixels[..., 3] < 255
    assert glassy.any()
    assert not session.layers[-1].pixels[glassy, 3].any()
    np.testing.assert_array_equal(session.layers[0].pixels[glassy], composite.pixels[glassy])


@pytest.mark.parametrize("ending", ["psd", "ora"])
def test_a_corrected_decomposition_is_saved_with_its_layers_cropped_and_says_so(tmp_path, ending):
    composite, found = decomposition(seed=3)
    session = EditSession(composite, found.layers)
    assert not session.result(found.provenance).provenance.corrected
    draw(session, Background(), [(95, 0), (95, 150)], Brush(60, follow=False))
    result = session.result(found.provenance)
    assert result.provenance.corrected
    assert result.provenance.recomposition_error == 0
    assert result.layers[1].pixels.shape[1] < 190
    path = tmp_path / f"corrected.{ending}"
    write(result, path)
    np.testing.assert_array_equal(read_layers(path).merged[..., :3], composite.pixels)


def test_everything_erased_is_a_decomposition_without_foreground():
    composite, found = decomposition()
    session = EditSession(composite, found.layers)
    draw(session, Background(), [(95, 75)], Brush(300, 1.0, follow=False))
    result = session.result(found.provenance)
    assert len(result.layers) == 1
    assert result.provenance.blend is None
    np.testing.assert_array_equal(result.background.pixels, composite.pixels)


@pytest.mark.parametrize("edit", [Scale(0.5), ChangeBlendType(BlendType.ADD)])
def test_where_no_disk_is_left_for_history_nothing_changes(edit, monkeypatch):
    composite, found = decomposition()
    session = EditSession(composite, found.layers)
    before = pixels_of(session)

    def full(self, data):
        raise OSError(28, "no space left on device")

    monkeypatch.setattr("model.edit.journal.BlobStore.put", full)
    with pytest.raises(OSError, match="no space"):
        session.global_edit(edit).finish()
    assert session.blend == BlendType.NORMAL
    for now, was in zip(pixels_of(session), before, strict=True):
        np.testing.assert_array_equal(now, was)


def test_history_stays_small():
    composite, found = decomposition(size=(600, 800))
    session = EditSession(composite, found.layers)
    change = draw(session, Scale(1.1), [(400, 300)], Brush(10))
    assert change is None or change.size < 4000


def test_layers_of_another_size_are_refused_with_a_word_of_what_to_do():
    composite, _ = decomposition()
    _, other = decomposition(size=(50, 50))
    with pytest.raises(InvalidRequest, match="decompose it again"):
        EditSession(composite, other.layers)
    _, found = decomposition()
    with pytest.raises(InvalidRequest, match="choose a foreground"):
        EditSession(composite, found.layers).active = 0
