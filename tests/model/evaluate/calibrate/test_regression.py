"""Confidence is fitted by scikit-learn, and the coefficients are those of the Newton iteration that it replaced."""

import numpy as np
import pytest

from model.evaluate.calibrate.regression import RIDGE, conditional_logit, logistic


def newton(features: np.ndarray, truth: np.ndarray, steps: int = 50) -> np.ndarray:
    """The hand-written balanced logistic regression of earlier versions, which also penalised the bias."""
    x = np.concatenate([np.ones((len(features), 1)), features], axis=1)
    share = truth.mean()
    weight = np.where(truth > 0, 0.5 / share, 0.5 / (1 - share))
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        gradient = x.T @ (weight * (p - truth)) + RIDGE * w
        hessian = (x.T * (weight * p * (1 - p))) @ x + RIDGE * np.eye(len(w))
        w -= np.linalg.solve(hessian, gradient)
    return w


def observations(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of the sizes that networks give: log-odds, and a log10 share."""
    rng = np.random.default_rng(3)
    x = np.stack([rng.normal(-1, 2.5, n), rng.uniform(-5, 0, n), rng.gamma(1.0, 1.5, n)], axis=1)
    p = 1 / (1 + np.exp(-(0.5 + 0.7 * x[:, 0] + 0.4 * x[:, 1] + 0.2 * x[:, 2])))
    return x, (rng.random(n) < p).astype(float)


@pytest.mark.parametrize("n", [60, 240])
def test_coefficients_agree_with_the_newton_iteration_within_two_percent_of_a_unit(n: int) -> None:
    x, truth = observations(n)
    assert logistic(x, truth) == pytest.approx(newton(x, truth), abs=0.02)


def test_a_logistic_regression_finds_the_odds_that_made_the_data() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 2))
    truth = (rng.random(4000) < 1 / (1 + np.exp(-(2 * x[:, 0] - x[:, 1])))).astype(float)
    assert logistic(x, truth) == pytest.approx([0, 2, -1], abs=0.2)


def test_few_cases_of_one_outcome_weigh_as_much_as_many_of_the_other() -> None:
    x = np.array([[0.0]] * 90 + [[1.0]] * 10)
    truth = np.array([0.0] * 90 + [1.0] * 10)
    bias, weight = logistic(x, truth)
    assert bias < 0 < bias + weight


def test_unbalanced_probabilities_keep_the_share_of_each_outcome() -> None:
    bias, weight = logistic(np.zeros((100, 1)), np.array([1.0] * 20 + [0.0] * 80), balanced=False)
    assert 1 / (1 + np.exp(-bias)) == pytest.approx(0.2, abs=0.01)
    assert weight == 0


def conditional_newton(parts, truth, allowed, prior, information, steps=60):
    """The hand-written iteration of earlier versions."""
    w = prior.copy()
    for _ in range(steps):
        logits = np.where(allowed, parts @ w, -np.inf)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        mean = np.einsum("nk,nkf->nf", odds, parts)
        gradient = (parts[np.arange(len(truth)), truth] - mean).sum(axis=0) - information * (w - prior)
        around = parts - mean[:, None]
        hessian = np.einsum("nk,nkf,nkg->fg", odds, around, around) + np.diag(information)
        w = w + np.linalg.solve(hessian, gradient)
    return w


@pytest.mark.parametrize("allowed", [(1, 1, 1, 1), (1, 0, 1, 0)])
def test_a_conditional_logit_agrees_with_the_newton_iteration_within_a_thousandth(allowed) -> None:
    rng = np.random.default_rng(5)
    mask, prior = np.array(allowed, bool), np.array([1.0, 0.4, 0.0])
    parts, truth = rng.normal(size=(80, 4, 3)), rng.choice(np.nonzero(mask)[0], 80)
    given = parts, truth, mask, prior, np.array([4.0, 4.0, 1.0])
    assert conditional_logit(*given) == pytest.approx(conditional_newton(*given), abs=1e-3)
