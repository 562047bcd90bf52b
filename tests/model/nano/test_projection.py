"""What comes out of projection is a layer of its blend type, with the one canonical alpha."""

import numpy as np
import pytest

from model.blending import canonical, emission_transmission
from model.nano.passes import gate, project
from model.types import BlendType


@pytest.mark.parametrize("blend", BlendType)
def test_a_true_layer_survives_projection(blend: BlendType) -> None:
    rng = np.random.default_rng(0)
    alpha = rng.uniform(0.1, 0.9, (1, 6, 7)).astype(np.float32)
    colour = rng.uniform(0, 1, (3, 6, 7)).astype(np.float32)
    emission, transmission = emission_transmission(alpha, colour, blend)
    f, t, _ = project(np.broadcast_to(emission, (3, 6, 7)), 1 - np.broadcast_to(transmission, (3, 6, 7)), blend)
    np.testing.assert_allclose(f, np.broadcast_to(emission, f.shape), atol=1e-6)
    np.testing.assert_allclose(t, np.broadcast_to(transmission, t.shape), atol=1e-6)


@pytest.mark.parametrize("blend", BlendType)
def test_any_numbers_become_a_layer_with_a_colour_between_0_and_1(blend: BlendType) -> None:
    rng = np.random.default_rng(1)
    emission, opacity = rng.uniform(0, 1, (2, 3, 8, 8)).astype(np.float32)
    f, t, a = project(emission, opacity, blend)
    alpha, colour = canonical(np.ascontiguousarray(f), np.ascontiguousarray(t), blend, axis=0)
    assert float(np.min(colour)) >= -1e-6
    assert float(np.max(colour)) <= 1 + 1e-6
    again_f, again_t = emission_transmission(alpha, colour, blend)
    np.testing.assert_allclose(np.broadcast_to(again_f, f.shape), f, atol=1e-5)
    np.testing.assert_allclose(np.broadcast_to(again_t, t.shape), t, atol=1e-5)
    np.testing.assert_allclose(np.squeeze(alpha), a, atol=1e-5)


def test_the_gate_is_exactly_closed_where_nothing_is_present() -> None:
    assert gate(np.array([0.0, 0.1]), 0.3, 0.6)[0] == 0
    assert gate(np.array([0.0, 0.1]), 0.3, 0.6)[1] == 0
    assert gate(np.array([0.6, 1.0]), 0.3, 0.6).tolist() == [1, 1]
