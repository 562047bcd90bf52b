"""Everything about a found overlay fitted together: sub-pixel pose, how it was resampled, opacity, blend type and ink.

Over a few neighbouring pixels with factors w whose sum is 0 the picture's contrast is, exactly,

    sum w z = sum w f + sum w (T - mean T) y + mean T sum w y

with f = emission, T = transmission and y the backdrop. The last term is the backdrop's own contrast: noise that does
not know the overlay. With the backdrop's mean taken from the last iterate, f and T are linear in opacity and ink, for
every blend type: closed form, weights that fall with the residual (Student's t) and with the local texture. Pose and
blur join by their derivatives (Gauss-Newton). Blend types, inks and resamplings are compared by the likelihood of what
is left. Knows nothing of how the overlay was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..blending import emission_transmission_premultiplied
from ..types import BlendType
from .drawing import RESAMPLINGS, Drawing, Renderer
from .evidence import LUMA, Evidence, gather
from .template import Pose, Template

__all__ = ["Appearance", "Solution", "appearance_fields", "fit_position", "likelihood_gain", "solve"]

LEAST_OPACITY = 0.03

FEW = 3_000
"""Contrasts from which the models are first told apart."""

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
class Solution:
    """poses: in the order given, native pixels. likelihood: log, for one set of contrasts only."""

    appearance: Appearance
    drawing: Drawing
    poses: tuple[Pose, ...]
    likelihood: float


@dataclass(frozen=True, eq=False)
class _State:
    """A model and its parameters.

    strength: opacity; or with an ink what is added, held back or mixed in of each channel where alpha is 1, and for
    normal the opacity as a fourth.
    """

    blend: BlendType
    inked: bool
    strength: np.ndarray
    poses: tuple[Pose, ...]
    drawing: Drawing


SLIGHT = 0.02
"""Loss of mean log likelihood that a step may cost."""

RESIZED = 0.05
"""Variance of the blur from which the picture was resized after the overlay came in."""

SHARP, ERROR, ENOUGH = 0.93, 0.02, 200
"""Share of the drawn contrast that such a picture shows at least; the standard error with which it must be known, and
from how many contrasts."""


def solve(template: Template, picture: np.ndarray, poses: Sequence[Pose], blend: BlendType | None = None) -> Solution:
    """Fit opacity, blend type, ink and resampling, and make the poses exact; all poses have one scale and angle.

    picture: H x W x 3 as for `drawing.unit`, native. blend: only this one, where the user knows it.
    """
    everything = gather(Renderer(template), picture, poses)
    evidence = everything.pairs()
    blends = list(BlendType) if blend is None else [blend]
    first = _best_start(evidence.sparse(FEW), tuple(poses), Drawing(), blends, (False, True))
    state = _exact(evidence, first, 8)
    if abs(state.drawing.variance) < RESIZED and _sharp(everything.nearest(), state):
        evidence = everything.nearest()
        state = _exact(evidence, state, 4)
    tried = [state, *(_exact(evidence, _resampled(state, k), 3) for k in range(1, len(RESAMPLINGS)))]
    state = max(tried, key=lambda one: _total(evidence, one))
    # A wrong place or sharpness may have told the models apart wrongly: once more, better placed.
    sparse = evidence.sparse(2 * FEW)
    own, other = (
        _exact(evidence, _best_start(sparse, state.poses, state.drawing, blends, (inked,)), 4)
        for inked in (False, True)
    )
    best = other if _significantly_better(evidence, other, own) else own
    # A blur that is not needed would only take up errors of opacity and place.
    plain = replace(best, drawing=replace(best.drawing, variance=0.0))
    plain = _exact(evidence, plain, 3, blurred=False)
    return _solution(evidence, best if _likelier(evidence, best, plain, 1.0) else plain)


def fit_position(evidence: Evidence, pose: Pose, solution: Solution, steps: int) -> Pose:
    """The pose moved to where a known appearance fits best; evidence of this one pose."""
    state = _state_of(solution, pose)
    strength = state.strength.astype(np.float32)
    for _ in range(steps):
        planes = evidence.planes(state.poses, state.drawing)
        residual = _residual(evidence, planes, state)
        moves = []
        for other, size in evidence.shifted(state.poses, state.drawing):
            moves.append(_columns(evidence, (other - planes) / size, residual, state, strength))
        instruments, slopes = (np.concatenate(part, axis=-1) for part in zip(*moves, strict=True))
        change = _solved(instruments, slopes, residual.values, _weights(evidence, residual)).clip(-0.7, 0.7)
        here = state.poses[0]
        state = replace(state, poses=(replace(here, x=here.x + float(change[0]), y=here.y + float(change[1])),))
        if float(np.abs(change).max()) < 0.01:
            break
    return state.poses[0]


def likelihood_gain(evidence: Evidence, pose: Pose, solution: Solution) -> np.ndarray:
    """n: by how much the log likelihood of each contrast rises when the overlay is taken off."""
    state = _state_of(solution, pose)
    planes = evidence.planes(state.poses, state.drawing)
    without = _likelihoods(evidence, planes, replace(state, strength=np.zeros_like(state.strength)))
    return _likelihoods(evidence, planes, state) - without


def _state_of(solution: Solution, pose: Pose) -> _State:
    appearance = solution.appearance
    if appearance.ink is None:
        return _State(appearance.blend, False, np.array([appearance.opacity]), (pose,), solution.drawing)
    ink = np.asarray(appearance.ink)
    values = appearance.opacity * (1 - ink if appearance.blend is BlendType.MULTIPLY else ink)
    if appearance.blend is BlendType.NORMAL:
        values = np.append(values, appearance.opacity)
    return _State(appearance.blend, True, values, (pose,), solution.drawing)


def appearance_fields(planes: np.ndarray, appearance: Appearance) -> tuple[np.ndarray, np.ndarray]:
    """(f, T), ... x 3, of drawn planes (... x 4: colour times alpha, alpha) in this appearance."""
    alpha = planes[..., 3:] * np.float32(appearance.opacity)
    if appearance.ink is None:
        shown = planes[..., :3] * np.float32(appearance.opacity)
    else:
        shown = alpha * np.asarray(appearance.ink, np.float32)
    return emission_transmission_premultiplied(alpha, shown, appearance.blend)


def _resampled(state: _State, resampling: int) -> _State:
    return replace(state, drawing=replace(state.drawing, resampling=resampling))


def _sharp(evidence: Evidence, state: _State) -> bool:
    """Whether the nearest pixels show all of the drawn contrast in colours: not so where JPEG stored fewer of those.

    Of an overlay without colours, all of the contrast in brightness.
    """
    if len(evidence) < ENOUGH:
        return False
    planes = evidence.planes(state.poses, state.drawing)
    residual = _residual(evidence, planes, state)
    instruments, _ = _columns(evidence, planes, residual, state)
    drawn = _opponent(instruments @ state.strength.astype(np.float32))
    weight = _weights(evidence, residual)
    told = (weight * drawn * drawn).sum(axis=0)
    slope = (weight * drawn * (drawn + residual.values)).sum(axis=0) / np.maximum(told, 1e-9)
    colours = float(told[1:].sum())
    if colours > 0.02 * float(told[0]):
        return colours > 1 / ERROR**2 and float((told[1:] * slope[1:]).sum()) / colours > SHARP
    return float(told[0]) > 1 / ERROR**2 and float(slope[0]) > SHARP


def _best_start(
    evidence: Evidence, poses: tuple[Pose, ...], drawing: Drawing, blends: list[BlendType], inks: tuple[bool, ...]
) -> _State:
    """The likeliest model with these poses."""
    planes = evidence.planes(poses, drawing)
    states = [_start(evidence, planes, b, inked, poses, drawing) for b in blends for inked in inks]
    return max(states, key=lambda one: float(_likelihoods(evidence, planes, one).mean()))


def _solution(evidence: Evidence, state: _State) -> Solution:
    ink, opacity = None, float(state.strength[0])
    if state.inked:
        opacity, ink = _canonical(state)
    return Solution(Appearance(state.blend, opacity, ink), state.drawing, state.poses, _total(evidence, state))


def _canonical(state: _State) -> tuple[float, tuple[float, float, float]]:
    """Opacity and ink. Where only their product shows, the canonical choice: the smallest opacity."""
    values = state.strength
    opacity = float(values[3]) if state.blend is BlendType.NORMAL else float(values[:3].max())
    share = np.clip(values[:3] / max(opacity, 1e-6), 0, 1)
    ink = 1 - share if state.blend is BlendType.MULTIPLY else share
    return opacity, (float(ink[0]), float(ink[1]), float(ink[2]))


# --- f and T, linear in the strengths ----------------------------------------------------------------


def _design(planes: np.ndarray, between: np.ndarray, blend: BlendType, inked: bool) -> np.ndarray:
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


def _fields(planes: np.ndarray, state: _State) -> tuple[np.ndarray, np.ndarray]:
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
class _Residual:
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


def _residual(evidence: Evidence, planes: np.ndarray, state: _State) -> _Residual:
    emission, transmission = _fields(planes, state)
    through = np.maximum(transmission, 0.03)
    rest = evidence.picture - emission
    outside = np.maximum(np.maximum(rest - transmission, -rest) - 0.008, 0)[:2].sum(axis=(0, 2))
    backdrop = (rest / through).clip(-0.1, 1.1)
    share = np.abs(evidence.factor)
    across = (share * through).sum(axis=0) / share.sum(axis=0)
    values = _opponent(across * (evidence.factor * backdrop).sum(axis=0))
    mean = across.mean(axis=1, keepdims=True)
    bulk = evidence.scale(np.abs(values) / np.maximum(mean, 0.05))
    scale = np.sqrt((bulk * mean) ** 2 + QUANTISATION**2)
    middle = (evidence.middle * backdrop).sum(axis=0)
    return _Residual(values, backdrop, middle, evidence.factor * across / through, scale, outside)


def _opponent(values: np.ndarray) -> np.ndarray:
    """Luma and two chroma differences of n x 3 [x p]."""
    luma = np.tensordot(values, LUMA, axes=(1, 0)) if values.ndim == 3 else values @ LUMA
    return np.stack([luma, 0.5 * (values[:, 0] - values[:, 1]), 0.5 * (values[:, 2] - values[:, 1])], axis=1)


def _weights(evidence: Evidence, residual: _Residual) -> np.ndarray:
    square = (residual.values / residual.scale) ** 2
    weight = 1 / (residual.scale**2 * (1 + square / DEGREES))
    weight[:, 1:] *= evidence.far[:, None]
    return weight


def _likelihoods(evidence: Evidence, planes: np.ndarray, state: _State) -> np.ndarray:
    """n: log likelihood of each contrast."""
    return _of_residual(evidence, _residual(evidence, planes, state))


def _of_residual(evidence: Evidence, residual: _Residual) -> np.ndarray:
    square = (residual.values / residual.scale) ** 2
    value = -np.log(residual.scale) - (DEGREES + 1) / 2 * np.log1p(square / DEGREES)
    value[:, 1:] *= evidence.far[:, None]
    return value.sum(axis=1) - np.minimum(residual.outside / (2 / 255), 6)


def _total(evidence: Evidence, state: _State) -> float:
    return float(_likelihoods(evidence, evidence.planes(state.poses, state.drawing), state).mean())


def _likelier(evidence: Evidence, one: _State, other: _State, errors: float) -> bool:
    gain = _likelihoods(evidence, evidence.planes(one.poses, one.drawing), one)
    gain -= _likelihoods(evidence, evidence.planes(other.poses, other.drawing), other)
    sums = np.bincount(evidence.cell, gain)[np.bincount(evidence.cell) > 0]
    return len(sums) > 1 and float(sums.sum()) > errors * float(sums.std(ddof=1)) * len(sums) ** 0.5


def _significantly_better(evidence: Evidence, one: _State, other: _State) -> bool:
    """Whether `one` is more likely by ERRORS standard errors over neighbourhoods, and looks different."""
    planes = evidence.planes(one.poses, one.drawing)
    if not _likelier(evidence, one, other, ERRORS):
        return False
    (f1, t1), (f2, t2) = _fields(planes, one), _fields(planes, other)
    inside = planes[..., 3] > 0.5
    backdrop = ((evidence.picture - f2) / np.maximum(t2, 0.03)).clip(0, 1)
    return bool(inside.any()) and float(np.abs(f1 - f2 + (t1 - t2) * backdrop)[inside].mean(axis=0).max()) > 0.01


# --- fitting -----------------------------------------------------------------------------------------


def _start(
    evidence: Evidence, planes: np.ndarray, blend: BlendType, inked: bool, poses: tuple[Pose, ...], drawing: Drawing
) -> _State:
    """The strengths from the best of a few opacities."""
    size = 1 if not inked else 4 if blend is BlendType.NORMAL else 3
    tried = []
    for opacity in (0.3, 0.7):
        start = np.full(size, 0.5 * opacity if inked else opacity)
        if size == 4:
            start[3] = opacity
        tried.append(_linear(evidence, planes, _State(blend, inked, start, poses, drawing), 6))
    return max(tried, key=lambda one: float(_likelihoods(evidence, planes, one).mean()))


def _bounded(values: np.ndarray, blend: BlendType, inked: bool) -> np.ndarray:
    if not inked:
        return values.clip(LEAST_OPACITY, 1)
    values = values.copy()
    if blend is BlendType.NORMAL:
        values[3] = np.clip(values[3], LEAST_OPACITY, 1)
        values[:3] = values[:3].clip(0, values[3])
    else:
        values[:3] = values[:3].clip(0, 1)
    return values


def _columns(
    evidence: Evidence, planes: np.ndarray, residual: _Residual, state: _State, strength: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """n x 3 x p: instruments and derivatives of the residual with respect to the strengths.

    The derivative of a recovered backdrop holds that backdrop's own noise; taken for regressors it would favour low
    opacities (errors in variables). The instruments take a mean of the pixels, which does not know their contrast.
    strength: `planes` are changes of the planes, and the answer is for them: n x 3 x 1.
    """
    instruments = _design((evidence.factor * planes).sum(axis=0), residual.middle, state.blend, state.inked)
    parts = [
        residual.gain[k][..., None] * _design(planes[k], residual.backdrop[k], state.blend, state.inked)
        for k in range(3)
    ]
    slopes = parts[0] + parts[1] + parts[2]
    if strength is None:
        return instruments, slopes
    return (instruments @ strength)[..., None], (slopes @ strength)[..., None]


def _linear(evidence: Evidence, planes: np.ndarray, state: _State, steps: int) -> _State:
    """The strengths alone, by reweighted instrumental least squares."""
    for _ in range(steps):
        residual = _residual(evidence, planes, state)
        instruments, slopes = _columns(evidence, planes, residual, state)
        change = _solved(instruments, slopes, residual.values, _weights(evidence, residual)).clip(-0.25, 0.25)
        moved = _bounded(state.strength + change, state.blend, state.inked)
        far = float(np.abs(moved - state.strength).max())
        state = replace(state, strength=moved)
        if far < 2e-4:
            break
    return state


def _solved(instruments: np.ndarray, slopes: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Change of p parameters that makes the instruments (n x 3 x p) orthogonal to the values (n x 3)."""
    left = _opponent(instruments).reshape(-1, instruments.shape[-1]) * weight.reshape(-1, 1)
    right = _opponent(slopes).reshape(-1, slopes.shape[-1])
    normal = (left.T @ right).astype(np.float64)
    normal += np.diag(1e-4 * np.abs(np.diag(normal)) + 1e-9)
    return np.linalg.solve(normal, (left.T @ values.reshape(-1)).astype(np.float64))


def _exact(evidence: Evidence, state: _State, steps: int, blurred: bool = True) -> _State:
    """Strengths, every place, the common scale and angle, and the blur unless that is known: Gauss-Newton."""
    count = len(state.strength)
    best, most = state, -np.inf
    for step in range(steps + 1):
        planes = evidence.planes(state.poses, state.drawing)
        residual = _residual(evidence, planes, state)
        value = float(_of_residual(evidence, residual).mean())
        if value < most - SLIGHT:  # it went astray
            break
        if value > most:
            best, most = state, value
        if step == steps:
            break
        columns = [_columns(evidence, planes, residual, state)]
        strength = state.strength.astype(np.float32)
        moves = [
            _columns(evidence, (other - planes) / size, residual, state, strength)
            for other, size in evidence.moved(state.poses, state.drawing)
        ]
        for move in moves[:2]:  # x and y of every place
            for place in range(len(state.poses)):
                here = (evidence.place == place)[:, None, None]
                columns.append((move[0] * here, move[1] * here))
        columns += moves[2:] if blurred else moves[2:4]
        instruments, slopes = (np.concatenate(part, axis=-1) for part in zip(*columns, strict=True))
        change = _solved(instruments, slopes, residual.values, _weights(evidence, residual))
        change[:count] = change[:count].clip(-0.2, 0.2)
        change[count:] = change[count:].clip(-0.6, 0.6)
        moved = _bounded(state.strength + change[:count], state.blend, state.inked)
        change = change if blurred else np.append(change, 0.0)
        poses, drawing = evidence.changed(state.poses, state.drawing, change[count:])
        state = replace(state, strength=moved, poses=poses, drawing=drawing)
        if float(np.abs(change[count:]).max()) < 0.004:
            break
    planes = evidence.planes(best.poses, best.drawing)
    last = _linear(evidence, planes, best, 4)
    return last if float(_likelihoods(evidence, planes, last).mean()) > most - SLIGHT else best
