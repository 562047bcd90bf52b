"""Blend types are named as validation says, kind by kind."""

import numpy as np
import pytest

from model.evaluate.calibrate.fit_blend import PRIOR, BlendObservation, fit_blend_weights
from model.nano import layout
from model.nano.candidates import blend_probabilities
from model.types import BlendType, Kind


def pictures(n: int, power: float, edge: float, bias: np.ndarray, seed: int = 0) -> list[BlendObservation]:
    """Made by odds head^power * exp(edge * evidence + bias)."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        head, evidence = rng.dirichlet([1.5] * 4), np.log(rng.dirichlet([1.0] * 4))
        odds = np.exp(power * np.log(head) + edge * evidence + bias)
        found.append(BlendObservation(head, evidence, int(rng.choice(4, p=odds / odds.sum()))))
    return found


def test_an_overconfident_head_is_softened_and_the_edge_is_weighed() -> None:
    power, weight, *_ = fit_blend_weights(Kind.WATERMARK, pictures(4000, 0.4, 0.7, np.zeros(4)))
    assert power == pytest.approx(0.4, abs=0.08)
    assert weight == pytest.approx(0.7, abs=0.08)


def test_a_type_that_shows_more_often_than_the_head_says_is_named_more_often() -> None:
    bias = np.array([0.0, 0.0, 0.0, 1.5])
    *_, normal, _, _, add = fit_blend_weights(Kind.WATERMARK, pictures(3000, 1, 0, bias))
    assert add - normal == pytest.approx(1.5, abs=0.3)


def test_few_pictures_change_little() -> None:
    found = fit_blend_weights(Kind.WATERMARK, pictures(3, 1, 0.4, np.zeros(4)))
    assert np.abs(np.array(found) - PRIOR).max() < 0.7


def test_what_a_kind_cannot_be_has_no_say() -> None:
    """Flares add or screen: that the head likes normal must not count."""
    screen, add = layout.BLENDS.index(BlendType.SCREEN), layout.BLENDS.index(BlendType.ADD)
    head = np.full(4, 0.01)
    head[layout.BLENDS.index(BlendType.NORMAL)] = 0.9
    head[add] = 0.08
    found = fit_blend_weights(Kind.FLARE, [BlendObservation(head, np.zeros(4), which) for which in (add, screen)] * 50)
    logs = found[0] * np.log(head) + np.array(found[2:])
    assert logs[add] == pytest.approx(logs[screen], abs=0.4), "half are of either"


def test_the_engine_reads_them_by_kind() -> None:
    weights = {Kind.FLARE: (1.0, 0.0, 0.0, 0.0, 0.0, 5.0)}
    head = np.array([0.4, 0.3, 0.2, 0.1])
    assert blend_probabilities(weights, head, None, Kind.FLARE).argmax() == 3
    assert blend_probabilities(weights, head, None, Kind.GLASS) == pytest.approx(head)
