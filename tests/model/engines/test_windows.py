"""Tall and wide pictures: the answer for a strip is that of its windows."""

import itertools

import numpy as np
import pytest

from model.decompose import silent
from model.engines.windows import estimate_in_windows, window_boxes
from model.nano.config import WindowConfig
from model.types import BlendType, Candidate, Composite, Estimate, Kind, Request

CONFIG = WindowConfig(min_side=200)
NORMAL, MULTIPLY = BlendType.NORMAL, BlendType.MULTIPLY


def strip(height=1000, width=100):
    """Rows carry their own number, so that a look can tell where its window is."""
    rows = np.arange(height)
    coded = np.stack([rows // 256, rows % 256, 0 * rows], axis=1).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(coded[:, None], (height, width, 3)))


def looks(marked, kinds=(), grid=1):
    """An `estimate` that finds the rows of `marked` (native, of the whole strip) in every window that shows them."""
    seen = []

    def look(request, tick):
        pixels = request.composite.pixels
        along = pixels[:, 0] if pixels.shape[0] > pixels.shape[1] else pixels[0]
        start = int(along[0, 0]) * 256 + int(along[0, 1])
        seen.append((start, request.options.kind, request.options.blend))
        tick("network", 1, 2)
        box = 0, 0, pixels.shape[1], pixels.shape[0]
        alpha = np.zeros((pixels.shape[0] // grid, pixels.shape[1] // grid), np.float16)
        for low, high in marked:
            alpha[max(0, (low - start) // grid) : max(0, (high - start) // grid)] = 0.5
        if not alpha.any():
            return [Candidate((), None, 0, 0.8, "nano")]
        kind, blend = request.options.kind, request.options.blend
        if kind is None:
            kind, blend = next((kb for at, kb in kinds if start <= at < start + len(along)), (Kind.WATERMARK, NORMAL))
        emission = np.repeat(alpha[..., None] * 0.8, 3, axis=2).astype(np.float16)
        opacity = np.repeat(alpha[..., None], 3, axis=2)
        layer = Estimate(emission, 1 - opacity, alpha, blend, 0.9, box)
        return [Candidate((layer,), None, 0, 0.9, "nano", kind)]

    return look, seen


def alpha_of(candidate, shape):
    (layer,) = candidate.layers
    full = np.zeros(shape)
    x, y, w, h = layer.box
    assert layer.alpha.shape == (h, w)
    full[y : y + h, x : x + w] = layer.alpha
    return full


def test_windows_cover_the_longer_side_and_overlap():
    for size in ((100, 1000), (1000, 100)):
        windows = window_boxes(size, CONFIG)
        assert len(windows) > 3
        axis = 1 if size[1] > size[0] else 0
        starts = [(box[axis], box[axis] + box[axis + 2]) for box, _ in windows]
        assert starts[0][0] == 0
        assert starts[-1][1] == 1000
        assert all(a[1] > b[0] for a, b in itertools.pairwise(starts))
        assert all(box[2 + axis] <= 250 and box[3 - axis] == 100 for box, _ in windows)


def test_a_picture_of_an_ordinary_shape_is_looked_at_as_a_whole():
    look, seen = looks([])
    for size in ((1920, 1080), (1080, 2340), (300, 100)):
        assert window_boxes(size, WindowConfig()) == []
    assert estimate_in_windows(look, Request(Composite(strip(240, 100))), silent, CONFIG) is None
    assert not seen


def test_a_clean_strip_has_no_layer():
    found = estimate_in_windows(looks([])[0], Request(Composite(strip())), silent, CONFIG)
    assert found is not None
    assert found.layers == ()


@pytest.mark.parametrize("turned", [False, True])
def test_a_mark_found_in_a_window_is_found_in_the_whole_with_its_full_alpha(turned):
    pixels = strip()
    pixels = np.ascontiguousarray(pixels.transpose(1, 0, 2)) if turned else pixels

    def look(request, tick):
        if not turned:
            return upright(request, tick)
        (one,) = upright(Request(Composite(np.ascontiguousarray(request.composite.pixels.transpose(1, 0, 2)))), tick)
        layers = tuple(
            Estimate(
                e.emission.transpose(1, 0, 2), e.transmission.transpose(1, 0, 2), e.alpha.T, e.blend, e.confidence,
                (0, 0, e.box[3], e.box[2]),
            )
            for e in one.layers
        )  # fmt: skip
        return [Candidate(layers, None, 0, one.confidence, "nano", one.kind)]

    upright, _ = looks([(100, 300), (700, 760)])
    found = estimate_in_windows(look, Request(Composite(pixels)), silent, CONFIG)
    assert found is not None
    alpha = alpha_of(found, pixels.shape[:2])
    alpha = alpha.T if turned else alpha
    expected = np.zeros((1000, 100))
    expected[100:300] = expected[700:760] = 0.5
    assert np.abs(alpha - expected).max() < 0.01


def test_a_reduced_look_lands_where_it_belongs():
    found = estimate_in_windows(looks([(700, 760)], grid=5)[0], Request(Composite(strip())), silent, CONFIG)
    assert found is not None
    (layer,) = found.layers
    rows = np.flatnonzero(layer.alpha[:, 10] > 0.25)
    cell = layer.box[3] / layer.alpha.shape[0]
    assert abs(layer.box[1] + rows[0] * cell - 700) <= 5
    assert abs(layer.box[1] + (rows[-1] + 1) * cell - 760) <= 5


def test_windows_that_saw_another_blend_type_are_looked_at_again_with_the_common_one():
    kinds = [(990, (Kind.WATERMARK, MULTIPLY))]
    look, seen = looks([(0, 1000)], kinds)
    found = estimate_in_windows(look, Request(Composite(strip())), silent, CONFIG)
    assert found is not None
    assert found.layers[0].blend is NORMAL
    assert [s for s in seen if s[1] is not None] == [(seen[-1][0], Kind.WATERMARK, NORMAL)]


def test_a_veil_in_a_few_windows_alone_is_not_believed():
    kinds = [(500, (Kind.FOG, NORMAL))]
    found = estimate_in_windows(looks([(480, 520)], kinds)[0], Request(Composite(strip())), silent, CONFIG)
    assert found is not None
    assert found.layers == ()


def test_only_windows_under_the_hint_are_looked_at():
    hint = np.zeros((1000, 100), np.uint8)
    hint[20:60, 20:60] = 255
    look, seen = looks([(0, 1000)])
    found = estimate_in_windows(look, Request(Composite(strip()), hint=hint), silent, CONFIG)
    assert found is not None
    assert len(seen) == 1
    assert found.layers[0].box[3] <= 250


def test_progress_never_goes_back():
    told = []
    tick = lambda stage, step, steps, preview=None: told.append(step / steps)  # noqa: E731
    kinds = [(200, (Kind.WATERMARK, MULTIPLY))]
    estimate_in_windows(looks([(0, 1000)], kinds)[0], Request(Composite(strip())), tick, CONFIG)
    assert told == sorted(told)
    assert told[-1] <= 1
