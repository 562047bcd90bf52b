"""The whole answer is judged once more before it is given: does its background come closer to the truth, or not?

A logistic regression over features of the recovered background against the composite (gradients that were not there,
clipped pixels, noise amplification, colour cast, edges of the layer that stay or vanish) and the networks' agreement.
Fitted by step "judge" of `model.evaluate.calibrate`. Arrays only; knows nothing of engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import cv2
import numpy as np

from ..blending import INVERSION_WEIGHT, invert
from ..imaging.resample import fit_long_side
from ..types import BlendType, Candidate, Estimate, Kind
from .config import JudgeWeights

__all__ = [
    "FEATURES",
    "PresenceProbabilities",
    "answer_features",
    "answer_probability",
    "nothing_features",
    "nothing_probability",
    "recovered",
]

SIDE = 384
"""Longest side, pixels, of the part of the picture on which an answer is judged."""

FEATURES = (
    "gradient", "new gradient", "edges before", "edges after", "clipped", "noise", "cast", "contrast", "dark before",
    "dark after", "change", "coverage", "alpha", "detected", "marks", "veils", "weather", "blend", "fog", "rain",
    "multiply", "adds light",
)  # fmt: skip
"""Names of the features, in their order."""


@dataclass(frozen=True)
class PresenceProbabilities:
    """The networks' calibrated probabilities, 0..1, that what each looks for is present."""

    marks: float
    veils: float
    weather: float


def log_odds(p: float) -> float:
    p = min(max(p, 1e-3), 1 - 1e-3)
    return log(p / (1 - p))


def reduced(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """float32 of the same channels at `size` (width, height); area-averaged where it shrinks."""
    shrinks = size[0] < pixels.shape[1]
    return cv2.resize(pixels.astype(np.float32), size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def recovered(
    pixels: np.ndarray, estimate: Estimate, paint: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Composite, unclipped background, transmission (h x w x 3) and alpha (h x w) of the estimate's box, float32.

    pixels: uint8 or uint16 H x W x 3|4, the composite.   At most SIDE pixels a side; values 0..1.
    """
    left, top, width, height = estimate.box
    size = fit_long_side((width, height), SIDE, least=8)
    z = reduced(pixels[top : top + height, left : left + width, :3], size) / np.iinfo(pixels.dtype).max
    f, t = reduced(estimate.emission, size), reduced(estimate.transmission, size)
    beneath = z if paint is None else reduced(paint, size)
    y = invert(z, f, t, beneath, INVERSION_WEIGHT)
    return z, y, t, reduced(estimate.alpha, size)


def gradients(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Differences to the right and downwards of the channels' mean, each (h - 1) x (w - 1)."""
    gray = picture.mean(axis=2) if picture.ndim == 3 else picture
    return gray[:-1, 1:] - gray[:-1, :-1], gray[1:, :-1] - gray[:-1, :-1]


def correlation(picture: tuple[np.ndarray, np.ndarray], layer: tuple[np.ndarray, np.ndarray]) -> float:
    """Of the picture's gradients with the layer's, weighted by the latter: 0 where no edge of the layer shows."""
    strength = np.abs(layer[0]) + np.abs(layer[1])
    product = picture[0] * layer[0] + picture[1] * layer[1]
    norm = np.sqrt(((picture[0] ** 2 + picture[1] ** 2) * strength).sum() * (strength**3).sum() + 1e-12)
    return float((product * strength).sum() / norm) if strength.max() > 1e-4 else 0.0


def answer_features(
    composite: np.ndarray, answer: Candidate, sure: float, presence: PresenceProbabilities
) -> np.ndarray:
    """float64, one number for each of FEATURES.

    composite: uint8 or uint16 H x W x 3|4.   answer: a candidate with a layer; its confidence is that of the kind and
    the blend type together.   sure: probability of its kind, by `detect`.
    """
    estimate = answer.layers[0]
    z, raw, t, alpha = recovered(composite, estimate, answer.paint)
    y = raw.clip(0, 1)
    there = (alpha > 0.02)[:-1, :-1]
    there = there if there.any() else np.ones_like(there)
    inside = np.pad(there, ((0, 1), (0, 1)), mode="edge")
    at_z, at_y, at_t = gradients(z), gradients(y), gradients(t)
    clear = np.maximum(t.mean(axis=2)[:-1, :-1], 0.1)
    steepness_z, steepness_y = (np.hypot(*g)[there].mean() + 1e-4 for g in (at_z, at_y))
    new = np.hypot(at_y[0] - at_z[0] / clear, at_y[1] - at_z[1] / clear)[there].mean()
    expected = (np.hypot(*at_z) / clear)[there].mean() + 1e-4
    outside = ((raw < -2 / 255) | (raw > 1 + 2 / 255))[inside].mean()
    shift = (y - z)[inside].mean(axis=0)
    dark_z, dark_y = (cv2.erode(p.min(axis=2), np.ones((7, 7)))[inside].mean() for p in (z, y))
    x = (
        log(steepness_y / steepness_z),
        float(new / expected),
        abs(correlation(at_z, at_t)),
        abs(correlation(at_y, at_t)),
        float(np.sqrt(outside)),
        float(np.log(1 / np.maximum(t, 0.05))[inside].mean()),
        float(np.ptp(shift)),
        log((y[inside].std() + 1e-3) / (z[inside].std() + 1e-3)),
        float(dark_z),
        float(dark_y),
        log(float(np.sqrt(((y - z)[inside] ** 2).mean())) + 1e-3),
        log(float(inside.mean()) * alpha.size / (SIDE * SIDE) + 1e-4),
        float(alpha[inside].mean()),
        log_odds(sure),
        log_odds(presence.marks),
        log_odds(presence.veils),
        log_odds(presence.weather),
        estimate.confidence / max(sure, 1e-3),
        float(answer.kind is Kind.FOG),
        float(answer.kind is Kind.RAIN),
        float(estimate.blend is BlendType.MULTIPLY),
        float(estimate.blend in (BlendType.SCREEN, BlendType.ADD)),
    )
    return np.array(x, np.float64)


def answer_probability(judge: JudgeWeights, features: np.ndarray) -> float:
    """Probability, 0..1, that the answer's background is closer to the truth than the composite is."""
    x = np.clip(features, judge.low, judge.high)
    return 1 / (1 + exp(-judge.bias - float(np.dot(judge.weights, x))))


def nothing_features(presence: PresenceProbabilities) -> np.ndarray:
    """The networks' log-odds of what they look for, and the largest of them: 4."""
    odds = [log_odds(p) for p in (presence.marks, presence.veils, presence.weather)]
    return np.array([*odds, max(odds)], np.float64)


def nothing_probability(coefficients: Sequence[float], presence: PresenceProbabilities) -> float:
    """Probability, 0..1, that a picture in which nothing is found has no overlay. coefficients: 5, bias first."""
    bias, *weights = coefficients
    return 1 / (1 + exp(-bias - float(np.dot(weights, nothing_features(presence)))))
