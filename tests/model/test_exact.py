"""The exact solve, against arithmetic written independently in 64-bit whole numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.exact import solve
from model.types import BlendType

OTHERS = [BlendType.MULTIPLY, BlendType.SCREEN, BlendType.ADD]
DEPTHS = [np.uint8, np.uint16]


def nearest(n, d):
    return (2 * n + d) // (2 * d)


def three_ways(a, c, y, blend, top):
    """The composite under `once`, `twice` and `apart`, and in add once more without clipping; int64."""
    a, c, y = (np.asarray(x, np.int64) for x in (a, c, y))
    inner = {"normal": top * c, "multiply": c * y, "screen": top * (c + y) - c * y}.get(
        blend, top * np.minimum(top, c + y)
    )
    whole = nearest(inner, top)
    once = nearest((top - a) * y * top + a * inner, top**2)
    twice = nearest((top - a) * y + a * whole, top)
    ways = [once, twice]
    if blend != BlendType.NORMAL:
        ways.append(nearest((top - a) * y, top) + nearest(a * whole, top))
    if blend == BlendType.ADD:
        ways.append(nearest((top - a) * y + a * (c + y), top))
    return ways


def assert_exact(a, c, y, z, blend):
    top = int(np.iinfo(z.dtype).max)
    for way in three_ways(np.broadcast_to(a, z.shape), c, y, blend, top):
        wrong = np.flatnonzero(way != z)
        assert not wrong.size, f"{wrong.size} values wrong, first at {wrong[0]}"


@pytest.mark.parametrize("a", [0, 1, 2, 3, 50, 126, 127, 128, 129, 200, 252, 253, 254, 255])
def test_every_8_bit_normal_triple_is_solved_exactly(a):
    """All pairs (colour or backdrop guess, picture): with the other guess far off, on both sides of one half."""
    guess, z = (x.ravel().astype(np.uint8) for x in np.mgrid[:256, :256])
    alpha = np.full((1, z.size), a, np.uint8)
    for c, y in ((guess, 255 - guess), (guess, z), (255 - z, guess)):
        c2, y2, _ = solve(alpha, c[None, None], y[None, None], z[None, None], BlendType.NORMAL)
        assert_exact(alpha, c2[0], y2[0], z[None], BlendType.NORMAL)


@pytest.mark.parametrize("blend", OTHERS)
def test_a_lattice_of_8_bit_values_is_solved_exactly_in_every_rounding(blend):
    levels = np.array([0, 1, 2, 5, 17, 40, 64, 101, 127, 128, 160, 199, 230, 250, 253, 254, 255], np.uint8)
    a, c, y, z = (x.reshape(1, -1) for x in np.meshgrid(levels, levels, levels, levels))
    c2, y2, _ = solve(a, c[None], y[None], z[None], blend)
    seen = a > 0
    assert_exact(a[seen], c2[0][seen], y2[0][seen], z[seen], blend)
    assert (y2[0] == z)[~seen].all()


@given(st.integers(0, 2**32 - 1), st.sampled_from(DEPTHS), st.sampled_from(list(BlendType)))
@settings(max_examples=60, deadline=None)
def test_anything_is_solved_exactly_in_every_rounding(seed, depth, blend):
    """Guesses that have nothing to do with the picture; values at the ends as likely as all others together."""
    rng = np.random.default_rng(seed)
    top = int(np.iinfo(depth).max)

    def values(*shape):
        anywhere = rng.integers(0, top + 1, shape)
        ends = rng.choice([0, 1, top // 2, top // 2 + 1, top - 1, top], shape)
        return np.where(rng.random(shape) < 0.5, anywhere, ends).astype(depth)

    a = values(7, 41)
    c, y, z = values(3, 7, 41), values(3, 7, 41), values(3, 7, 41)
    c2, y2, _ = solve(a, c, y, z, blend)
    seen = np.broadcast_to(a > 0, z.shape)
    assert_exact(np.broadcast_to(a, z.shape)[seen], c2[seen], y2[seen], z[seen], blend)
    assert (y2 == z)[~seen].all()
    assert (c2 == c)[~seen].all()


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("blend", list(BlendType))
def test_a_good_guess_is_barely_moved(blend, depth):
    """From the true layers, with the picture rounded: the backdrop stays close, and hardly any value must resort."""
    rng = np.random.default_rng(5)
    top = int(np.iinfo(depth).max)
    a = rng.integers(top // 20, top * 3 // 5, (1, 20000)).astype(depth)
    c = rng.integers(top // 10, top * 9 // 10, (1, 1, 20000)).astype(depth)
    y = rng.integers(top // 10, top * 9 // 10, (1, 1, 20000)).astype(depth)
    if blend == BlendType.ADD:
        c = np.minimum(c, top - y)
    z = three_ways(a, c, y, blend, top)[0].astype(depth)
    c2, y2, resorts = solve(a, c, y, z, blend)
    assert resorts <= 2
    assert np.quantile(np.abs(y2.astype(int) - y), 0.999) <= 4
    assert np.abs(y2.astype(int) - y).mean() < 1
    assert np.median(np.abs(c2.astype(int) - c)) <= 1


def test_no_alpha_means_the_picture_and_full_alpha_means_the_colour():
    z = np.array([[[10, 200]]], np.uint8)
    c, y = np.array([[[77, 77]]], np.uint8), np.array([[[99, 99]]], np.uint8)
    c2, y2, _ = solve(np.array([[0, 255]], np.uint8), c, y, z, BlendType.NORMAL)
    assert (c2.tolist(), y2.tolist()) == ([[[77, 200]]], [[[10, 99]]])


def test_black_under_multiply_and_white_under_screen_are_reached():
    """Where the guess cannot give the picture at all, the colour gives way."""
    for blend, z, c in ((BlendType.MULTIPLY, 255, 0), (BlendType.SCREEN, 0, 255), (BlendType.ADD, 0, 255)):
        z = np.full((1, 1, 1), z, np.uint8)
        a = np.full((1, 1), 255, np.uint8)
        c2, y2, _ = solve(a, np.full_like(z, c), np.full_like(z, 128), z, blend)
        assert_exact(a, c2[0], y2[0], z[0], blend)


def test_at_16_bit_the_composite_keeps_clear_of_where_float32_would_round_the_other_way():
    """Normal mode; guesses and alphas anywhere, the ends of alpha as likely as the middle."""
    rng = np.random.default_rng(2)
    a = np.concatenate([rng.integers(1, 3000, 20000), rng.integers(1, 65535, 20000), rng.integers(62500, 65535, 20000)])
    c, y, z = (rng.integers(1000, 64000, a.size) for _ in range(3))
    a, c, y, z = (x.astype(np.uint16)[None, None] for x in (a, c, y, z))
    c2, y2, _ = solve(a[0], c, y, z, BlendType.NORMAL)
    a, c2, y2, z = (x.astype(np.float64) for x in (a, c2, y2, z))
    off = np.abs((a * c2 + (65535 - a) * y2) / 65535 - z)
    assert (off > 0.451).mean() < 1e-3
    assert off.max() < 0.5
