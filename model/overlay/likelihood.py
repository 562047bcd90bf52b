"""What a model of opacity, blend type and ink says about contrasts, and how likely they are under it.

Over a few neighbouring pixels with factors w whose sum is 0 the picture's contrast is, exactly,

    sum w z = sum w f + sum w (T - mean T) y + mean T sum w y

with f = emission, T = transmission and y the backdrop. The last term is the backdrop's own contrast: noise that does
not know the overlay, with heavy tails (Student's t), larger where the texture is. f and T are linear in opacity and
ink, for every blend type. Knows nothing of how a model's parameters are found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..blending import emission_transmission_premultiplied
from ..imaging.luma import LUMA
from ..types import BlendType
from .drawing import Drawing
from .evidence import Evidence
from .template import Pose

__all__ = [
    "ERRORS",
    "Appearance",
    "Residual",
    "State",
    "appearance_fields",
    "canonical_appearance",
    "design_of",
    "fields_of",
    "likelier",
    "likelihoods",
    "likelihoods_of",
    "mean_likelihood",
    "opponent",
    "residual_of",
    "significantly_better",
    "weights_of",
]

DEGREES = 3.0
"""Of freedom of the t distribution of the backdrop's differences."""

QUANTISATION = 0.4 / 255
"""Noise of a difference that every picture has, 0..1."""

ERRORS = 3.0
"""Standard errors by which one unknown ink must explain the picture better than the overlay's own colours."""


@dataclass(frozen=True)
class Appearance:
    """opacity: 0..1, of the overlay's own alpha. ink: the one colour shown instead of the overlay's own, or None."""

    blend: BlendType
    opacity: float
    ink: tuple[float, float, float] | None


@dataclass(frozen=True, eq=False)
class State:
    """A model and its parameters.

    strength: opacity; or with an ink what is added, held back or mixed in of each channel where alpha is 1, and for
    normal the opacity as a fourth.
    """

    blend: BlendType
    inked: bool
    strength: np.ndarray
    poses: tuple[Pose, ...]
    drawing: Drawing


def appearance_fields(planes: np.ndarray, appearance: Appearance) -> tuple[np.ndarray, np.ndarray]:
    """(f, T), ... x 3, of drawn planes (... x 4: colour times alpha, alpha) in this appearance."""
    alpha = planes[..., 3:] * np.float32(appearance.opacity)
    if appearance.ink is None:
        shown = planes[..., :3] * np.float32(appearance.opacity)
    else:
        shown = alpha * np.asarray(appearance.ink, np.float32)
    return emission_transmission_premultiplied(alpha, shown, appearance.blend)


def canonical_appearance(state: State) -> tuple[float, tuple[float, float, float]]:
    """Opacity and ink. Where only their product shows, the canonical choice: the smallest opacity."""
    values = state.strength
    opacity = float(values[3]) if state.blend is BlendType.NORMAL else float(values[:3].max())
    share = np.clip(values[:3] / max(opacity, 1e-6), 0, 1)
    ink = 1 - share if state.blend is BlendType.MULTIPLY else share
    return opacity, (float(ink[0]), float(ink[1]), float(ink[2]))


def design_of(planes: np.ndarray, between: np.ndarray, blend: BlendType, inked: bool) -> np.ndarray:
    """n x 3 x p: what a unit of each strength adds to z1 - z0.

    planes: n x 4, differences. between: n x 3, mean of y.
    """
    alpha, colour = planes[:, 3:], planes[:, :3]
    if not inked:
        match blend:
            case BlendType.NORMAL:
                value = colour - alpha * between
            case BlendType.MULTIPLY:
                value = (colour - alpha) * between
            case BlendType.SCREEN:
                value = colour * (1 - between)
            case _:
                value = colour
        return value[..., None]
    factor = {BlendType.MULTIPLY: -between, BlendType.SCREEN: 1 - between}.get(blend, np.ones_like(between))
    value = np.zeros((len(planes), 3, 4 if blend is BlendType.NORMAL else 3), np.float32)
    for k in range(3):
        value[:, k, k] = alpha[:, 0] * factor[:, k]
    if blend is BlendType.NORMAL:
        value[..., 3] = -alpha * between
    return value


def fields_of(planes: np.ndarray, state: State) -> tuple[np.ndarray, np.ndarray]:
    """(f, T) of planes ... x 4."""
    alpha, colour, values = planes[..., 3:], planes[..., :3], state.strength.astype(np.float32)
    if state.inked:
        part, shade = alpha * values[:3], alpha * values[-1]
    else:
        part, shade = colour * values[0], alpha * values[0]
    match state.blend:
        case BlendType.NORMAL:
            return part, 1 - shade + 0 * part
        case BlendType.MULTIPLY:
            return 0 * part, 1 - part if state.inked else 1 - shade + part
        case BlendType.SCREEN:
            return part, 1 - part
        case _:
            return part, 1 + 0 * part


@dataclass(frozen=True, eq=False)
class Residual:
    """values: n x 3, the backdrop's contrasts times T as luma and two chroma. scale: n x 3, their expected size.

    backdrop: 3 x n x 3. middle: n x 3, its mean around. gain: 3 x n x 3, the mean T of a contrast over that of each
    pixel, times the pixel's factor. outside: n, how far the backdrop lies outside 0..1.
    """

    values: np.ndarray
    backdrop: np.ndarray
    middle: np.ndarray
    gain: np.ndarray
    scale: np.ndarray
    outside: np.ndarray


def residual_of(evidence: Evidence, planes: np.ndarray, state: State) -> Residual:
    emission, transmission = fields_of(planes, state)
    through = np.maximum(transmission, 0.03)
    rest = evidence.picture - emission
    outside = np.maximum(np.maximum(rest - transmission, -rest) - 0.008, 0)[:2].sum(axis=(0, 2))
    backdrop = (rest / through).clip(-0.1, 1.1)
    share = np.abs(evidence.factor)
    across = (share * through).sum(axis=0) / share.sum(axis=0)
    values = opponent(across * (evidence.factor * backdrop).sum(axis=0))
    mean = across.mean(axis=1, keepdims=True)
    bulk = evidence.scale(np.abs(values) / np.maximum(mean, 0.05))
    scale = np.sqrt((bulk * mean) ** 2 + QUANTISATION**2)
    middle = (evidence.middle * backdrop).sum(axis=0)
    return Residual(values, backdrop, middle, evidence.factor * across / through, scale, outside)


def opponent(values: np.ndarray) -> np.ndarray:
    """Luma and two chroma differences of n x 3 [x p]."""
    luma = np.tensordot(values, LUMA, axes=(1, 0)) if values.ndim == 3 else values @ LUMA
    return np.stack([luma, 0.5 * (values[:, 0] - values[:, 1]), 0.5 * (values[:, 2] - values[:, 1])], axis=1)


def weights_of(evidence: Evidence, residual: Residual) -> np.ndarray:
    square = (residual.values / residual.scale) ** 2
    weight = 1 / (residual.scale**2 * (1 + square / DEGREES))
    weight[:, 1:] *= evidence.colours[:, None]
    return weight


def likelihoods(evidence: Evidence, planes: np.ndarray, state: State) -> np.ndarray:
    """n: log likelihood of each contrast."""
    return likelihoods_of(evidence, residual_of(evidence, planes, state))


def likelihoods_of(evidence: Evidence, residual: Residual) -> np.ndarray:
    square = (residual.values / residual.scale) ** 2
    value = -np.log(residual.scale) - (DEGREES + 1) / 2 * np.log1p(square / DEGREES)
    value[:, 1:] *= evidence.colours[:, None]
    return value.sum(axis=1) - np.minimum(residual.outside / (2 / 255), 6)


def mean_likelihood(evidence: Evidence, state: State) -> float:
    return float(likelihoods(evidence, evidence.planes(state.poses, state.drawing), state).mean())


def likelier(evidence: Evidence, one: State, other: State, errors: float) -> bool:
    gain = likelihoods(evidence, evidence.planes(one.poses, one.drawing), one)
    gain -= likelihoods(evidence, evidence.planes(other.poses, other.drawing), other)
    sums = np.bincount(evidence.cell, gain)[np.bincount(evidence.cell) > 0]
    return len(sums) > 1 and float(sums.sum()) > errors * float(sums.std(ddof=1)) * len(sums) ** 0.5


def significantly_better(evidence: Evidence, one: State, other: State) -> bool:
    """Whether `one` is more likely by ERRORS standard errors over neighbourhoods, and looks different."""
    planes = evidence.planes(one.poses, one.drawing)
    if not likelier(evidence, one, other, ERRORS):
        return False
    (f1, t1), (f2, t2) = fields_of(planes, one), fields_of(planes, other)
    inside = planes[..., 3] > 0.5
    backdrop = ((evidence.picture - f2) / np.maximum(t2, 0.03)).clip(0, 1)
    return bool(inside.any()) and float(np.abs(f1 - f2 + (t1 - t2) * backdrop)[inside].mean(axis=0).max()) > 0.01
