"""Confidence is fitted, not guessed."""

import numpy as np
import pytest

from model.evaluate.calibrate import fitted


def test_a_logistic_regression_finds_the_odds_that_made_the_data() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 2))
    truth = (rng.random(4000) < 1 / (1 + np.exp(-(2 * x[:, 0] - x[:, 1])))).astype(float)
    assert fitted(x, truth) == pytest.approx([0, 2, -1], abs=0.2)


def test_few_cases_of_one_outcome_weigh_as_much_as_many_of_the_other() -> None:
    x = np.array([[0.0]] * 90 + [[1.0]] * 10)
    truth = np.array([0.0] * 90 + [1.0] * 10)
    bias, weight = fitted(x, truth)
    assert bias < 0 < bias + weight
