"""Everything about a found overlay fitted together: sub-pixel pose, how it was resampled, opacity, blend type and ink.

Opacity and ink in closed form, with the backdrop's mean taken from the last iterate and weights that fall with the
residual; pose and blur join by their derivatives (Gauss-Newton). Blend types, inks and resamplings are compared by the
likelihood of what is left (`likelihood`). Knows nothing of how the overlay was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..types import BlendType
from .drawing import RESAMPLINGS, Drawing, Renderer
from .evidence import Evidence, gather
from .likelihood import (
    ERRORS,
    Appearance,
    Residual,
    State,
    canonical_appearance,
    design_of,
    likelier,
    likelihoods,
    likelihoods_of,
    mean_likelihood,
    opponent,
    residual_of,
    significantly_better,
    weights_of,
)
from .resize_traces import likely_sizes
from .resizing import Kernel, Resize
from .template import Pose, Template

__all__ = ["Solution", "fit_position", "likelihood_gain", "solve"]

LEAST_OPACITY = 0.03

FEW = 3_000
"""Contrasts from which the models are first told apart."""


@dataclass(frozen=True, eq=False)
class Solution:
    """poses: in the order given, native pixels. sharp: the picture shows all contrasts, as a JPEG does not."""

    appearance: Appearance
    drawing: Drawing
    poses: tuple[Pose, ...]
    sharp: bool


SLIGHT = 0.02
"""Loss of mean log likelihood that a step may cost."""

SLIGHTLY_BLURRED = 0.015
"""Variance of the blur from which it is worth asking."""

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
    if abs(state.drawing.variance) > SLIGHTLY_BLURRED:
        state = _resized(evidence, state, picture)
    sharp = abs(state.drawing.variance) < RESIZED and _sharp(everything.nearest(), state)
    evidence = everything.nearest() if sharp else everything.halved()
    state = _best_resampling(evidence, _exact(evidence, state, 4))
    # A wrong place or sharpness may have told the models apart wrongly: once more, better placed.
    sparse = evidence.sparse(2 * FEW)
    own, other = (
        _exact(evidence, _best_start(sparse, state.poses, state.drawing, blends, (inked,)), 4)
        for inked in (False, True)
    )
    best = other if significantly_better(evidence, other, own) else own
    return _solution(_unblurred(evidence, best, sharp), sharp)


def _best_resampling(evidence: Evidence, state: State) -> State:
    """The state with the resampling that is likelier than the most usual one, if one is."""
    best, most = state, mean_likelihood(evidence, state)
    for k, resampling in enumerate(RESAMPLINGS):
        if k > 0 and resampling.usual(state.poses[0]):
            other = _exact(evidence, replace(state, drawing=replace(state.drawing, resampling=k)), 3)
            value = mean_likelihood(evidence, other)
            if value > most and likelier(evidence, other, state, 1.0):
                best, most = other, value
    return best


def _unblurred(evidence: Evidence, state: State, sharp: bool) -> State:
    """Without a blur that is not needed: it would only take up errors of opacity and place.

    sharp: the picture shows all contrasts. If not, what JPEG takes from high frequencies passes for a blur, which the
    overlay does not have: only where it is certain it stays, and opacity is that of the blurred fit.
    """
    plain = replace(state, drawing=replace(state.drawing, variance=0.0))
    fitted = _exact(evidence, plain, 3, blurred=False)
    if likelier(evidence, state, fitted, 1.0 if sharp else ERRORS):
        return state
    return fitted if sharp else plain


def fit_position(evidence: Evidence, pose: Pose, solution: Solution, steps: int) -> Pose:
    """The pose moved to where a known appearance fits best; evidence of this one pose."""
    state = _state_of(solution, pose)
    strength = state.strength.astype(np.float32)
    for _ in range(steps):
        planes = evidence.planes(state.poses, state.drawing)
        residual = residual_of(evidence, planes, state)
        moves = []
        for other, size in evidence.shifted(state.poses, state.drawing):
            moves.append(_columns(evidence, (other - planes) / size, residual, state, strength))
        instruments, slopes = (np.concatenate(part, axis=-1) for part in zip(*moves, strict=True))
        change = _solved(instruments, slopes, residual.values, weights_of(evidence, residual)).clip(-0.7, 0.7)
        here = state.poses[0]
        state = replace(state, poses=(replace(here, x=here.x + float(change[0]), y=here.y + float(change[1])),))
        if float(np.abs(change).max()) < 0.01:
            break
    return state.poses[0]


def likelihood_gain(evidence: Evidence, pose: Pose, solution: Solution) -> np.ndarray:
    """n: by how much the log likelihood of each contrast rises when the overlay is taken off."""
    state = _state_of(solution, pose)
    planes = evidence.planes(state.poses, state.drawing)
    without = likelihoods(evidence, planes, replace(state, strength=np.zeros_like(state.strength)))
    return likelihoods(evidence, planes, state) - without


def _state_of(solution: Solution, pose: Pose) -> State:
    appearance = solution.appearance
    if appearance.ink is None:
        return State(appearance.blend, False, np.array([appearance.opacity]), (pose,), solution.drawing)
    ink = np.asarray(appearance.ink)
    values = appearance.opacity * (1 - ink if appearance.blend is BlendType.MULTIPLY else ink)
    if appearance.blend is BlendType.NORMAL:
        values = np.append(values, appearance.opacity)
    return State(appearance.blend, True, values, (pose,), solution.drawing)


def _resized(evidence: Evidence, state: State, picture: np.ndarray) -> State:
    """The state with the resizing of the finished picture that explains the overlay's edges; as it is, if none does."""
    sparse = evidence.sparse(FEW)
    size = picture.shape[1], picture.shape[0]
    best, most = None, -np.inf
    for original in likely_sizes(picture):
        for kernel in Kernel.usual(size[0] > original[0]):
            drawing = replace(state.drawing, variance=0.0, resize=Resize(original, size, kernel))
            planes = sparse.planes(state.poses, drawing)
            tried = _linear(sparse, planes, replace(state, drawing=drawing), 2)
            value = float(likelihoods(sparse, planes, tried).mean())
            if value > most:
                best, most = tried, value
    if best is None or most < mean_likelihood(sparse, state) - SLIGHT:
        return state
    best = _exact(evidence, best, 5)
    return best if likelier(evidence, best, state, ERRORS) else state


def _sharp(evidence: Evidence, state: State) -> bool:
    """Whether the nearest pixels show all of the drawn contrast in colours: not so where JPEG stored fewer of those.

    Of an overlay without colours, all of the contrast in brightness.
    """
    if len(evidence) < ENOUGH:
        return False
    planes = evidence.planes(state.poses, state.drawing)
    residual = residual_of(evidence, planes, state)
    instruments, _ = _columns(evidence, planes, residual, state)
    drawn = opponent(instruments @ state.strength.astype(np.float32))
    weight = weights_of(evidence, residual)
    told = (weight * drawn * drawn).sum(axis=0)
    slope = (weight * drawn * (drawn + residual.values)).sum(axis=0) / np.maximum(told, 1e-9)
    colours = float(told[1:].sum())
    if colours > 0.02 * float(told[0]):
        return colours > 1 / ERROR**2 and float((told[1:] * slope[1:]).sum()) / colours > SHARP
    return float(told[0]) > 1 / ERROR**2 and float(slope[0]) > SHARP


def _best_start(
    evidence: Evidence, poses: tuple[Pose, ...], drawing: Drawing, blends: list[BlendType], inks: tuple[bool, ...]
) -> State:
    """The likeliest model with these poses."""
    planes = evidence.planes(poses, drawing)
    states = [_start(evidence, planes, b, inked, poses, drawing) for b in blends for inked in inks]
    return max(states, key=lambda one: float(likelihoods(evidence, planes, one).mean()))


def _solution(state: State, sharp: bool) -> Solution:
    ink, opacity = None, float(state.strength[0])
    if state.inked:
        opacity, ink = canonical_appearance(state)
    return Solution(Appearance(state.blend, opacity, ink), state.drawing, state.poses, sharp)


def _start(
    evidence: Evidence, planes: np.ndarray, blend: BlendType, inked: bool, poses: tuple[Pose, ...], drawing: Drawing
) -> State:
    """The strengths from the best of a few opacities."""
    size = 1 if not inked else 4 if blend is BlendType.NORMAL else 3
    tried = []
    for opacity in (0.3, 0.7):
        start = np.full(size, 0.5 * opacity if inked else opacity)
        if size == 4:
            start[3] = opacity
        tried.append(_linear(evidence, planes, State(blend, inked, start, poses, drawing), 6))
    return max(tried, key=lambda one: float(likelihoods(evidence, planes, one).mean()))


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
    evidence: Evidence, planes: np.ndarray, residual: Residual, state: State, strength: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """n x 3 x p: instruments and derivatives of the residual with respect to the strengths.

    The derivative of a recovered backdrop holds that backdrop's own noise; taken for regressors it would favour low
    opacities (errors in variables). The instruments take a mean of the pixels, which does not know their contrast.
    strength: `planes` are changes of the planes, and the answer is for them: n x 3 x 1.
    """
    instruments = design_of((evidence.factor * planes).sum(axis=0), residual.middle, state.blend, state.inked)
    parts = [
        residual.gain[k][..., None] * design_of(planes[k], residual.backdrop[k], state.blend, state.inked)
        for k in range(3)
    ]
    slopes = parts[0] + parts[1] + parts[2]
    if strength is None:
        return instruments, slopes
    return (instruments @ strength)[..., None], (slopes @ strength)[..., None]


def _linear(evidence: Evidence, planes: np.ndarray, state: State, steps: int) -> State:
    """The strengths alone, by reweighted instrumental least squares."""
    for _ in range(steps):
        residual = residual_of(evidence, planes, state)
        instruments, slopes = _columns(evidence, planes, residual, state)
        change = _solved(instruments, slopes, residual.values, weights_of(evidence, residual)).clip(-0.25, 0.25)
        moved = _bounded(state.strength + change, state.blend, state.inked)
        far = float(np.abs(moved - state.strength).max())
        state = replace(state, strength=moved)
        if far < 2e-4:
            break
    return state


def _solved(instruments: np.ndarray, slopes: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Change of p parameters that makes the instruments (n x 3 x p) orthogonal to the values (n x 3)."""
    left = opponent(instruments).reshape(-1, instruments.shape[-1]) * weight.reshape(-1, 1)
    right = opponent(slopes).reshape(-1, slopes.shape[-1])
    normal = (left.T @ right).astype(np.float64)
    normal += np.diag(1e-4 * np.abs(np.diag(normal)) + 1e-9)
    return np.linalg.solve(normal, (left.T @ values.reshape(-1)).astype(np.float64))


def _exact(evidence: Evidence, state: State, steps: int, blurred: bool = True) -> State:
    """Strengths, every place, the common scale and angle, and the blur unless that is known: Gauss-Newton."""
    count = len(state.strength)
    best, most = state, -np.inf
    for step in range(steps + 1):
        planes = evidence.planes(state.poses, state.drawing)
        residual = residual_of(evidence, planes, state)
        value = float(likelihoods_of(evidence, residual).mean())
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
        change = _solved(instruments, slopes, residual.values, weights_of(evidence, residual))
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
    return last if float(likelihoods(evidence, planes, last).mean()) > most - SLIGHT else best
