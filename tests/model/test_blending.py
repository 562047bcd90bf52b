"""The formulas agree with each other, with their inverse, and between numpy and torch; the integer stack is right."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.blending import (
    canonical,
    composite,
    emission_transmission,
    invert,
    recompose,
    recomposition_error,
    stack,
)
from model.types import BlendType, Decomposition, Layer, Options, Provenance

EVERY = list(BlendType)
NOWHERE = Provenance("none", Options(), 0, None, None, 0.0, 0.0, 0)


def layer_at_random(seed: int, blend: BlendType):
    rng = np.random.default_rng(seed)
    alpha, colour, backdrop = rng.random((9, 1)), rng.random((9, 3)), rng.random((9, 3))
    if blend == BlendType.ADD:  # where it does not clip
        colour = np.minimum(colour, 1 - backdrop)
    return alpha, colour, backdrop


@pytest.mark.parametrize("blend", EVERY)
def test_every_blend_type_is_emission_plus_transmission_times_backdrop(blend):
    alpha, colour, backdrop = layer_at_random(0, blend)
    light, let = emission_transmission(alpha, colour, blend)
    np.testing.assert_allclose(light + let * backdrop, composite(alpha, colour, backdrop, blend), atol=1e-12)


@pytest.mark.parametrize("blend", EVERY)
def test_the_canonical_layer_has_the_emission_and_transmission_it_was_made_from(blend):
    alpha, colour, _ = layer_at_random(1, blend)
    light, let = emission_transmission(alpha, colour, blend)
    again = emission_transmission(*canonical(light, let, blend), blend)
    np.testing.assert_allclose(again[0], light, atol=1e-12)
    np.testing.assert_allclose(again[1], let, atol=1e-12)


@pytest.mark.parametrize("blend", EVERY)
def test_canonical_is_a_fixed_point_and_the_smallest_alpha_that_will_do(blend):
    alpha, colour, _ = layer_at_random(2, blend)
    first = canonical(*emission_transmission(alpha, colour, blend), blend)
    second = canonical(*emission_transmission(*first, blend), blend)
    np.testing.assert_allclose(second[0], first[0], atol=1e-12)
    assert (first[0] <= alpha + 1e-12).all()


@pytest.mark.parametrize("blend", EVERY)
def test_inversion_gives_the_backdrop_where_the_layer_transmits_and_the_prior_where_it_does_not(blend):
    alpha, colour, backdrop = layer_at_random(4, blend)
    alpha[0] = 1  # opaque in normal mode
    f, t = emission_transmission(alpha, colour, blend)
    z, prior = composite(alpha, colour, backdrop, blend), 1 - backdrop
    exact = invert(z, f, t, prior, 1e-9)
    np.testing.assert_allclose(exact[t > 0.1], backdrop[t > 0.1], atol=1e-6)
    np.testing.assert_allclose(invert(z, f, t, prior, 0.01)[t == 0], prior[t == 0])


def test_inversion_minimises_the_weighted_squares_and_is_the_same_in_torch():
    torch = pytest.importorskip("torch")
    z, f, t, prior = np.random.default_rng(5).random((4, 50))
    y = invert(z, f, t, prior, 0.3)
    cost = [(f + t * v - z) ** 2 + 0.3 * (v - prior) ** 2 for v in (y - 1e-3, y, y + 1e-3)]
    assert (cost[1] <= np.minimum(cost[0], cost[2])).all()
    tz, tf, tt, tprior = map(torch.from_numpy, (z, f, t, prior))
    np.testing.assert_array_equal(invert(tz, tf, tt, tprior, 0.3).numpy(), y)


@pytest.mark.parametrize("blend", EVERY)
def test_a_layer_that_does_nothing_has_no_alpha_and_a_neutral_colour(blend):
    alpha, colour = canonical(np.zeros((2, 3)), np.ones((2, 3)), blend)
    assert not alpha.any()
    assert (colour == (1 if blend == BlendType.MULTIPLY else 0)).all()


@pytest.mark.parametrize("blend", EVERY)
def test_torch_tensors_give_the_same_numbers_with_channels_first(blend):
    torch = pytest.importorskip("torch")
    alpha, colour, backdrop = layer_at_random(3, blend)
    a, c, y = (torch.from_numpy(x.T.copy()) for x in (alpha, colour, backdrop))
    np.testing.assert_array_equal(composite(a, c, y, blend).numpy().T, composite(alpha, colour, backdrop, blend))
    ours = canonical(*emission_transmission(alpha, colour, blend), blend)
    theirs = canonical(*emission_transmission(a, c, blend), blend, axis=0)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(other.numpy().T, mine, atol=1e-15)


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.sampled_from(EVERY))
@settings(max_examples=300, deadline=None)
def test_the_stack_rounds_once_to_the_nearest_level(a, c, y, blend):
    """Against whole-number arithmetic, over the common denominator 255^2; no ties exist, 255 being odd."""
    inner = {"normal": 255 * c, "multiply": c * y, "screen": 255 * (c + y) - c * y, "add": 255 * min(255, c + y)}[blend]
    expected = (2 * ((255 - a) * y * 255 + a * inner) + 255**2) // (2 * 255**2)
    pixel = np.array([[[c, c, c, a]]], np.uint8)
    assert stack(pixel, np.full((1, 1, 3), y, np.uint8), blend)[0, 0, 0] == expected


def test_layers_are_stacked_at_their_offset_and_cut_at_the_canvas():
    ground = np.full((4, 5, 3), 10, np.uint8)
    patch = np.full((3, 3, 4), 255, np.uint8)
    layers = (
        Layer("Background", ground),
        Layer("a", patch, offset=(-2, -1)),
        Layer("b", patch, offset=(3, 3)),
        Layer("hidden", patch, visible=False),
        Layer("elsewhere", patch, offset=(9, 9)),
    )
    expected = ground.copy()
    expected[:2, :1] = 255
    expected[3:, 3:] = 255
    stacked = Decomposition((5, 4), layers, NOWHERE)
    np.testing.assert_array_equal(recompose(stacked), expected)
    assert recomposition_error(stacked, ground) == 245


def test_a_backdrop_that_is_not_opaque_keeps_its_hidden_colours_and_joins_alphas():
    ground = np.array([[[10, 20, 30, 0], [10, 20, 30, 0], [100, 100, 100, 128]]], np.uint8)
    above = np.array([[[9, 9, 9, 0], [50, 60, 70, 255], [200, 200, 200, 128]]], np.uint8)
    out = recompose(Decomposition((3, 1), (Layer("Background", ground), Layer("f", above)), NOWHERE))
    np.testing.assert_array_equal(out[0, 0], [10, 20, 30, 0])
    np.testing.assert_array_equal(out[0, 1], [50, 60, 70, 255])
    np.testing.assert_array_equal(out[0, 2], [167, 167, 167, 192])


def test_opacity_scales_alpha():
    ground, above = np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 4), 255, np.uint8)
    out = recompose(Decomposition((1, 1), (Layer("Background", ground), Layer("f", above, opacity=0.5)), NOWHERE))
    assert out[0, 0, 0] in (127, 128)
