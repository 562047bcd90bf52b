import numpy as np
import pytest

from model.blending import composite
from model.diffdecompose.answers import Answer, blend_errors, recompose, to_candidate
from model.types import BlendType, Kind

BOX = (0, 0, 240, 160)


def layers(alpha: float = 0.6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    foreground = rng.uniform(0.1, 0.9, (16, 24, 4)).astype(np.float32)
    foreground[..., 3] *= alpha
    return foreground, rng.uniform(0.2, 0.8, (16, 24, 3)).astype(np.float32)


@pytest.mark.parametrize("blend", list(BlendType))
def test_the_blend_type_is_inferred_from_what_explains_the_picture(blend):
    foreground, background = layers()
    answer = Answer((foreground,), background, seed=7)
    picture = recompose(answer, blend)
    candidate = to_candidate(answer, picture, BOX, "flux", kind=Kind.FOG)
    (estimate,) = candidate.layers
    assert estimate.blend is blend
    assert candidate.confidence > 0.99
    assert (candidate.seed, candidate.engine, candidate.kind) == (7, "flux", Kind.FOG)
    assert estimate.box == BOX


@pytest.mark.parametrize("blend", [BlendType.NORMAL, BlendType.MULTIPLY, BlendType.SCREEN])
def test_emission_and_transmission_recompose_the_picture(blend):
    foreground, background = layers()
    answer = Answer((foreground,), background, 0)
    picture = recompose(answer, blend)
    (estimate,) = to_candidate(answer, picture, BOX, "flux", blend).layers
    assert np.allclose(estimate.emission + estimate.transmission * background, picture, atol=2e-3)
    assert estimate.alpha.shape == (16, 24)
    assert estimate.emission.dtype == np.float16


def test_a_given_blend_type_is_kept_even_if_another_explains_more():
    foreground, background = layers()
    answer = Answer((foreground,), background, 0)
    candidate = to_candidate(answer, recompose(answer, BlendType.MULTIPLY), BOX, "flux", BlendType.SCREEN)
    assert candidate.layers[0].blend is BlendType.SCREEN
    assert candidate.confidence < 0.5


def test_several_foregrounds_stack_top_first():
    top, background = layers(1.0)
    top[..., 3] = 1.0
    below, _ = layers()
    answer = Answer((top, below), background, 0)
    assert np.allclose(recompose(answer, BlendType.NORMAL), top[..., :3])
    under = composite(below[..., 3:], below[..., :3], background, BlendType.NORMAL)
    assert not np.allclose(recompose(answer, BlendType.NORMAL), under)
    assert blend_errors(answer, top[..., :3])[BlendType.NORMAL] < 1e-6


def test_a_layer_that_is_transparent_everywhere_is_no_layer():
    foreground, background = layers(0.01)
    candidate = to_candidate(Answer((foreground,), background, 0), background, BOX, "flux")
    assert candidate.layers == ()
    assert candidate.paint is None


def test_a_hint_takes_the_layer_away_where_the_user_saw_none():
    foreground, background = layers()
    presence = np.zeros((16, 24), np.float32)
    presence[:, :12] = 1
    answer = Answer((foreground,), background, 0)
    (estimate,) = to_candidate(answer, background, BOX, "flux", BlendType.NORMAL, presence=presence).layers
    assert not estimate.alpha[:, 12:].any()
    assert not estimate.emission[:, 12:].any()
    assert (estimate.transmission[:, 12:] == 1).all()
    assert estimate.alpha[:, :12].any()
