"""Whole answers are judged by what they make of the picture."""

import cv2
import numpy as np
import pytest

from model.nano.config import JudgeWeights
from model.nano.judge import (
    FEATURES,
    PresenceProbabilities,
    answer_features,
    answer_probability,
    nothing_probability,
    recovered,
)
from model.types import BlendType, Candidate, Estimate, Kind

BELIEFS = PresenceProbabilities(0.3, 0.95, 0.1)
WEIGHTS = {"new gradient": -2.0, "clipped": -4.0, "gradient": 1.0}
JUDGE = JudgeWeights(
    1.0, tuple(WEIGHTS.get(name, 0.0) for name in FEATURES), (-9.0,) * len(FEATURES), (9.0,) * len(FEATURES)
)
NOTHING = (2.0, 0.0, 0.0, 0.0, -1.0)


def scene(seed: int = 0, size: tuple[int, int] = (200, 300)) -> np.ndarray:
    """float32 h x w x 3: blocks of colour with fine texture, from black to white."""
    rng = np.random.default_rng(seed)
    blocks = cv2.resize(rng.random((6, 9, 3)).astype(np.float32), size[::-1], interpolation=cv2.INTER_NEAREST)
    return np.clip(blocks + rng.normal(0, 0.03, (*size, 3)), 0, 1).astype(np.float32)


def fog(alpha: np.ndarray, shade: float = 0.85) -> Candidate:
    colour = np.full((*alpha.shape, 3), shade, np.float32)
    height, width = alpha.shape
    transmission = np.repeat(1 - alpha[..., None], 3, axis=2)
    top = Estimate(alpha[..., None] * colour, transmission, alpha, BlendType.NORMAL, 0.9, (0, 0, width, height))
    return Candidate((top,), None, 0, 0.9, "nano", Kind.FOG)


def foggy(background: np.ndarray, answer: Candidate) -> np.ndarray:
    (layer,) = answer.layers
    return ((layer.emission + layer.transmission * background).clip(0, 1) * 255 + 0.5).astype(np.uint8)


def named(composite: np.ndarray, answer: Candidate) -> dict[str, float]:
    return dict(zip(FEATURES, answer_features(composite, answer, 0.9, BELIEFS).tolist(), strict=True))


@pytest.fixture
def ramp() -> np.ndarray:
    return np.repeat(np.linspace(0.7, 0.2, 200, dtype=np.float32)[:, None], 300, axis=1)


def test_the_true_layer_leaves_nothing_new_and_nothing_clipped(ramp: np.ndarray) -> None:
    background, truth = scene(), fog(ramp)
    composite = foggy(background, truth)
    right, wrong = named(composite, truth), named(composite, fog(np.ascontiguousarray(ramp[::-1])))
    assert right["clipped"] < 0.1 < wrong["clipped"]
    assert right["gradient"] > 0.3, "contrast returns"


def test_edges_that_a_layer_does_not_explain_are_seen_in_what_it_leaves() -> None:
    background, shape = scene(), np.zeros((200, 300), np.float32)
    shape[60:140, 80:220] = 0.6
    there, elsewhere = fog(shape), fog(np.roll(shape, 40, axis=1))
    composite = foggy(background, there)
    right, wrong = named(composite, there), named(composite, elsewhere)
    assert right["new gradient"] < wrong["new gradient"]
    assert right["edges after"] < right["edges before"]
    assert right["edges after"] < wrong["edges after"]


def test_the_background_is_recovered_within_the_noise_of_eight_bits(ramp: np.ndarray) -> None:
    background, truth = scene(), fog(ramp)
    z, y, transmission, alpha = recovered(foggy(background, truth), truth.layers[0], None)
    assert z.shape == y.shape == transmission.shape == (200, 300, 3)
    assert alpha.shape == (200, 300)
    assert np.abs(y - background)[150:].mean() < 0.03


def test_large_pictures_are_judged_at_a_reduced_size_and_sixteen_bits_like_eight(ramp: np.ndarray) -> None:
    background, truth = scene(), fog(ramp)
    composite = foggy(background, truth)
    small = answer_features(composite, truth, 0.9, BELIEFS)
    deep = answer_features(composite.astype(np.uint16) * 257, truth, 0.9, BELIEFS)
    assert small == pytest.approx(deep, abs=1e-4)
    assert small.shape == (len(FEATURES),)
    assert np.isfinite(small).all()


def test_a_fog_that_explains_the_picture_is_believed_more_than_one_that_ruins_it(ramp: np.ndarray) -> None:
    background, truth = scene(), fog(ramp)
    composite = foggy(background, truth)
    ruin = fog(np.full((200, 300), 0.9, np.float32), shade=0.5)
    believed, doubted = (
        answer_probability(JUDGE, answer_features(composite, answer, 0.9, BELIEFS)) for answer in (truth, ruin)
    )
    assert believed > doubted + 0.1


def test_nothing_is_surer_where_no_network_sees_anything() -> None:
    assert nothing_probability(NOTHING, PresenceProbabilities(0.02, 0.02, 0.02)) > nothing_probability(
        NOTHING, PresenceProbabilities(0.6, 0.5, 0.7)
    )
