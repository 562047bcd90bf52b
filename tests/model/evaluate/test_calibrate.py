"""Confidence is fitted, not guessed."""

import numpy as np
import pytest

from model.evaluate.calibrate import fitted, weights_of_types


def test_a_logistic_regression_finds_the_odds_that_made_the_data() -> None:
    dice = np.random.default_rng(0)
    x = dice.normal(size=(4000, 2))
    truth = (dice.random(4000) < 1 / (1 + np.exp(-(2 * x[:, 0] - x[:, 1])))).astype(float)
    assert fitted(x, truth) == pytest.approx([0, 2, -1], abs=0.2)


def test_few_cases_of_one_outcome_weigh_as_much_as_many_of_the_other() -> None:
    x = np.array([[0.0]] * 90 + [[1.0]] * 10)
    truth = np.array([0.0] * 90 + [1.0] * 10)
    bias, weight = fitted(x, truth)
    assert bias < 0 < bias + weight


def test_an_overconfident_head_is_softened_and_the_edge_is_weighed() -> None:
    dice = np.random.default_rng(1)
    honest = dice.dirichlet([2, 1, 1, 1], 4000)
    edges = np.log(dice.dirichlet([1, 1, 1, 1], 4000))
    likely = honest * np.exp(0.5 * edges)
    truth = np.array([dice.choice(4, p=row / row.sum()) for row in likely])
    loud = honest**3 / (honest**3).sum(axis=1, keepdims=True)
    power, weight = weights_of_types(loud, edges, truth)
    assert power == pytest.approx(1 / 3, abs=0.06)
    assert weight == pytest.approx(0.5, abs=0.11)


def test_an_edge_that_says_nothing_has_no_say() -> None:
    truth = np.zeros(50, int)
    assert weights_of_types(np.full((50, 4), 0.25), np.zeros((50, 4)), truth)[1] == 0
