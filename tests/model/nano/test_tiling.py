"""Repeats of a mark: which shifts are found, and what many repeats tell of one mark."""

import cv2
import numpy as np
import pytest

from model.finish import finish
from model.nano.config import NanoConfig, TilingConfig
from model.nano.fit import closed_form
from model.nano.tiling import (
    SelfCorrelation,
    count_over_shifts,
    find_shifts,
    find_tiling,
    fit_instances,
    pool_instances,
    sum_over_shifts,
    vote,
)
from model.types import BlendType, Candidate, Composite, Estimate, Kind, Options, Request

CONFIG = TilingConfig()
HEIGHT, WIDTH = 260, 380
STEP = (90, 60)
OPACITY, INK = 0.5, np.array([0.9, 0.8, 0.2], np.float32)


def word():
    mask = np.zeros((40, 70), np.uint8)
    cv2.putText(mask, "Ab7", (4, 30), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 3, cv2.LINE_AA)
    return mask.astype(np.float32) / 255


def tiling(rows=4, columns=4, slip=20):
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    for row in range(rows):
        for column in range(columns):
            x, y = column * STEP[0] + row * slip, row * STEP[1]
            part = mask[y : y + 40, x : x + 70]
            part[:] = np.maximum(part, word()[: part.shape[0], : part.shape[1]])
    return mask


def scene(seed=0):
    """Smooth shapes with a little noise: what is filled in below a thin mark is nearly right."""
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(rng.random((6, 9, 3), np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return (0.1 + 0.8 * coarse.clip(0, 1) + rng.normal(0, 0.01, (HEIGHT, WIDTH, 3))).clip(0, 1).astype(np.float32)


def layer(mask, blend):
    """The true emission and transmission of an ink of OPACITY in `mask`."""
    share = OPACITY * mask[..., None]
    match blend:
        case BlendType.NORMAL:
            return share * INK, np.repeat(1 - share, 3, -1)
        case BlendType.SCREEN:
            return share * INK, 1 - share * INK
        case BlendType.ADD:
            return share * INK * 0.3, np.ones((*mask.shape, 3), np.float32)
    return np.zeros((*mask.shape, 3), np.float32), 1 - share * (1 - INK)


def test_the_correlation_is_pearsons_over_the_overlap():
    rng = np.random.default_rng(3)
    mask = rng.random((12, 17)).astype(np.float32)
    shifts = np.array([[0, 0], [3, 5], [4, -6], [1, 0]])
    alike, overlap = SelfCorrelation(mask, CONFIG.min_variance).at(shifts[:, 1], shifts[:, 0])
    for number, (dy, dx) in enumerate(shifts):
        here = mask[: 12 - dy, max(0, -dx) : 17 - max(0, dx)]
        there = mask[dy:, max(0, dx) : 17 - max(0, -dx)]
        assert overlap[number] == here.size
        assert alike[number] == pytest.approx(np.corrcoef(here.ravel(), there.ravel())[0, 1], abs=2e-3)


def test_every_repeat_of_a_tiled_mark_is_found_and_nothing_else():
    found = find_shifts(tiling(), CONFIG)
    assert {(STEP[0], 0), (20, STEP[1]), (20 - STEP[0], STEP[1])} <= set(found)
    for dx, dy in found:
        rows = dy // STEP[1]
        assert (dy % STEP[1], (dx - 20 * rows) % STEP[0]) == (0, 0)


def test_a_tiled_mark_seen_in_part_still_repeats():
    """Of each thirteenth of its height and width, one in ten is lost."""
    kept = (np.random.default_rng(1).random((13, 13)) > 0.1).astype(np.float32)
    mask = tiling() * cv2.resize(kept, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    assert (STEP[0], 0) in find_shifts(mask, CONFIG)


@pytest.mark.parametrize("mask", [np.zeros((HEIGHT, WIDTH)), np.ones((HEIGHT, WIDTH)), np.eye(200), np.zeros((1, 1))])
def test_what_does_not_repeat_has_no_repeats(mask):
    assert find_shifts(mask.astype(np.float32), CONFIG) == []


def test_one_word_does_not_repeat():
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[100:140, 150:220] = word()
    assert find_shifts(mask, CONFIG) == []


def test_a_plane_is_summed_over_both_ends_of_every_shift():
    plane = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert sum_over_shifts(plane, [(1, 1)]).tolist() == [[5, 7, 9, 3], [13, 15, 18, 9], [8, 13, 15, 17]]
    assert sum_over_shifts(plane, [(2, 0)]).tolist() == [[2, 4, 2, 4], [10, 12, 10, 12], [18, 20, 18, 20]]
    assert sum_over_shifts(plane, [(9, 0), (0, 3)]).tolist() == plane.tolist()


def estimate(emission, transmission, alpha, blend=BlendType.NORMAL):
    return Estimate(emission, transmission, alpha, blend, 1.0, (0, 0, WIDTH, HEIGHT))


def test_repeats_fill_each_others_gaps_and_outvote_what_one_alone_shows():
    mask = tiling()
    emission, transmission = layer(mask, BlendType.NORMAL)
    lost, false = np.s_[0:40, 90:130], np.s_[154:160, 300:310]  # half a word, and a speck of the scene
    seen, speck = np.ones_like(mask), np.zeros_like(mask)
    seen[lost], speck[false] = 0, OPACITY
    assert not mask[false].any()
    alpha = OPACITY * mask * seen + speck
    seen, speck = seen[..., None], speck[..., None]
    mark = vote(
        estimate(emission * seen + speck, 1 - (1 - transmission) * seen - speck, alpha),
        find_shifts(alpha, CONFIG),
        CONFIG,
    )
    assert np.abs(mark.transmission[lost] - transmission[lost]).mean() < 0.02
    assert mark.alpha[false].max() < 0.02


@pytest.mark.parametrize("blend", list(BlendType))
def test_a_mark_is_measured_through_its_repeats(blend):
    """From half the true opacity: at least three tenths of the error are gone."""
    mask = tiling()
    emission, transmission = layer(mask, blend)
    picture = emission + transmission * scene()
    believed = estimate(emission * 0.5, 1 - (1 - transmission) * 0.5, OPACITY * 0.5 * mask, blend)
    of = pool_instances(picture, blend, mask > 0.1, find_shifts(mask, CONFIG), CONFIG)
    mark, beneath = fit_instances(of, believed, CONFIG), of.filled
    core = mask > 0.9

    def error(found):
        off = np.abs(found.emission - emission) + np.abs(found.transmission - transmission)
        return off[core].mean()

    assert error(mark) < 0.7 * error(believed)
    assert np.abs(beneath - scene())[core].mean() < 0.05
    assert not mark.alpha[cv2.dilate((mask > 0.1).astype(np.uint8), np.ones((9, 9))) == 0].any()


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("scale", [1, 3])
def test_a_tiled_watermark_comes_off_better_by_all_its_repeats(depth, scale):
    """At once on the estimate's own grid and, where that is too large, on a reduced one."""
    config = NanoConfig(tiling=TilingConfig(max_pixels=HEIGHT * WIDTH))
    mask = tiling()
    emission, transmission = layer(mask, BlendType.NORMAL)
    half = np.float16
    faint = 0.6 * (np.arange(WIDTH) > WIDTH / 3) + 0.2
    size = (WIDTH * scale, HEIGHT * scale)

    def grown(plane):
        return cv2.resize(np.asarray(plane, np.float32), size, interpolation=cv2.INTER_LINEAR)

    top = int(np.iinfo(depth).max)
    true = grown(scene())
    pixels = np.rint((grown(emission) + grown(transmission) * true) * top).astype(depth)
    believed = Estimate(
        grown(emission * faint[:, None]).astype(half), grown(1 - (1 - transmission) * faint[:, None]).astype(half),
        grown(OPACITY * mask * faint).astype(half), BlendType.NORMAL, 1.0, (0, 0, *size),
    )  # fmt: skip
    request = Request(Composite(pixels), Options(kind=Kind.WATERMARK))
    assert find_tiling(request, believed, config.tiling) is not None

    def error(layer, paint):
        result = finish(request, Candidate((layer,), paint, 0, 1.0, "test"), lambda *_, **__: None)
        assert result.provenance.recomposition_error == 0
        return np.sqrt(((result.background.pixels[..., :3] / top - true) ** 2).mean())

    assert error(*closed_form(request, believed, None, config)) < 0.7 * error(believed, None)


def test_a_single_mark_is_left_to_the_fit_alone():
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    mask[100:140, 150:220] = word()
    emission, transmission = layer(mask, BlendType.NORMAL)
    pixels = np.rint((emission + transmission * scene()) * 255).astype(np.uint8)
    assert find_tiling(Request(Composite(pixels)), estimate(emission, transmission, OPACITY * mask), CONFIG) is None


def test_counting_repeats_is_summing_ones():
    shifts = [(3, 1), (-7, 40), (300, 2), (0, 80), (12, 0)]
    assert np.array_equal(count_over_shifts((75, 90), shifts), sum_over_shifts(np.ones((75, 90), np.float32), shifts))
