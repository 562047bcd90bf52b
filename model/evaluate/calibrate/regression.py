"""The regressions that calibration fits, by scikit-learn and scipy. Knows nothing of networks or pictures.

Both libraries come with the extra `train`; they are imported when a regression is fitted, and never at run time.
"""

from __future__ import annotations

import numpy as np

__all__ = ["RIDGE", "conditional_logit", "logistic"]

RIDGE = 1e-2
"""L2 penalty on each weight of a logistic regression, in units of one sample's information."""


def logistic(features: np.ndarray, truth: np.ndarray, ridge: float = RIDGE, balanced: bool = True) -> list[float]:
    """Coefficients of a logistic regression.

    features: float n x k.   truth: n of 0 or 1, both present.   ridge: L2 penalty on the weights, not on the bias.
    balanced: both outcomes weigh alike, however many samples each has.   Returns k + 1 numbers, the bias first.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / ridge, class_weight="balanced" if balanced else None, tol=1e-8, max_iter=1000)
    model.fit(features, np.asarray(truth).astype(int))
    return [round(float(w), 4) for w in np.append(model.intercept_, model.coef_)]


def conditional_logit(
    parts: np.ndarray, truth: np.ndarray, allowed: np.ndarray, prior: np.ndarray, information: np.ndarray
) -> np.ndarray:
    """Maximum a posteriori weights of a conditional logit model (McFadden, 1974).

    parts: float n x m x k, the k features of each of m alternatives; the odds of an alternative are exp(parts @ w).
    truth: n indices of the alternative that is right.   allowed: bool m; other alternatives have no odds.
    prior, information: k, mean and inverse variance of the weights' Gaussian prior.   Returns w, k.
    """
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    chosen = parts[np.arange(len(truth)), truth].sum(axis=0)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        logits = np.where(allowed, parts @ w, -np.inf)
        total = np.asarray(logsumexp(logits, axis=1))
        odds = np.exp(logits - total[:, None])
        value = total.sum() - chosen @ w + 0.5 * (information * (w - prior) ** 2).sum()
        return float(value), np.einsum("nm,nmk->k", odds, parts) - chosen + information * (w - prior)

    return minimize(loss, prior, jac=True, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-8}).x
