"""Emission and transmission of an overlay from many pictures that carry it, jointly over all pixels of a region.

Every picture is z = f + T y. With s = 1 / T and h = -f / T the backdrop is y = s z + h, linear in the unknowns.
Backdrops differ from picture to picture and have sparse gradients (Levin and Weiss, 2007), so (s, h) is where the
gradients of all recovered backdrops are most likely under a Cauchy distribution:

    sum over pictures and edges of w (y_p - y_q)^2  -  2 l N sum over pixels of log s      w: iteratively reweighted

The second term is the Jacobian of z -> y: without it s would shrink, since small backdrops have small gradients. It is
what the attenuated contrast under an overlay says about T, and the values along the rim say the rest. l is chosen so
that the scale of the gradients inside is that of the same pictures outside. The overlay itself has sparse gradients as
well. As the likelihood has local maxima, its scale begins wide and narrows (graduated non-convexity, Blake and
Zisserman, 1987). Knows nothing of where an overlay is, of blend types, or of files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .kernels import SUMS, advance, edge_sums, product, turn

__all__ = ["SolveConfig", "recovered", "solve"]


@dataclass(frozen=True)
class SolveConfig:
    """Values of 0..1 are shares of the encoded range.

    Attributes
    ----------
    scale : of the gradients of a backdrop, 0..1: the noise of a picture and its fine texture
    widest : factor by which the scale is wider at the start
    narrowing : factor from one round to the next
    rounds_at_end : at the final scale
    smoothness : weight of the overlay's own gradients; 1 is that of one more picture
    overlay_scale : of the overlay's gradients
    spread : standard deviation of backdrops, 0..1: how far a change of s is seen
    sparsity : weight of the prior that most pixels have no overlay; its scale is `overlay_scale`
    pull : towards "no overlay" in every pixel: keeps what nothing determines in place
    most_gain : largest s: less transmission than 1 / most_gain cannot be told from none
    steps : of conjugate gradients in each round
    """

    scale: float = 2.5 / 255
    widest: float = 32.0
    narrowing: float = 0.5
    rounds_at_end: int = 3
    smoothness: float = 0.15
    overlay_scale: float = 1 / 255
    spread: float = 0.2
    sparsity: float = 0.0
    pull: float = 1e-3
    most_gain: float = 20.0
    steps: int = 80

    @property
    def widths(self) -> list[float]:
        """The factor of the scale in every round."""
        out, width = [], self.widest
        while width > 1:
            out.append(width)
            width *= self.narrowing
        return [*out, *[1.0] * self.rounds_at_end]


DEFAULT = SolveConfig()

TOLERANCE = 1e-4
"""Share of the energy of the rest at which conjugate gradients end."""


def recovered(stack: np.ndarray, solution: np.ndarray) -> np.ndarray:
    """The backdrops of a stack or of one picture, float32 (N x) h x w x 3, not clipped. solution: h x w x 3 x 2."""
    unit = np.float32(1 / np.iinfo(stack.dtype).max)
    return (solution[..., 0] * unit).astype(np.float32) * stack + solution[..., 1].astype(np.float32)


def solve(
    stack: np.ndarray,
    active: np.ndarray,
    start: np.ndarray | None = None,
    smoothness: np.ndarray | None = None,
    config: SolveConfig = DEFAULT,
    tick: Callable[[], None] = lambda: None,
) -> np.ndarray:
    """s = 1 / T and h = -f / T where `active`, 1 and 0 elsewhere.

    Parameters
    ----------
    stack : uint8 or uint16 N x h x w x 3
        The same rectangle of N pictures.
    active : bool h x w
        Where the overlay may be. Outside, the pictures are taken to be as they were.
    start : float h x w x 3 x 2, s and h to begin with; None: no overlay
    smoothness : float32 h x w, factor of `config.smoothness` in every pixel; None: 1
    config : SolveConfig
    tick : called between rounds; may raise to stop

    Returns
    -------
    float32 h x w x 3 x 2
    """
    h, w = active.shape
    unit = 1 / float(np.iinfo(stack.dtype).max)
    mask = active.astype(np.uint8)
    x = np.zeros((h, w, 3, 2))
    x[..., 0] = 1
    if start is not None:
        x[active] = start[active]
    count = max(1, int(mask.sum()))
    mean = stack.mean(axis=(0, 1, 2), dtype=np.float64) * unit
    right, down = np.zeros((h, w, 3, SUMS), np.float32), np.zeros((h, w, 3, SUMS), np.float32)
    smooth = np.full((h, w), config.smoothness, np.float32)
    if smoothness is not None:
        smooth *= smoothness
    for width in config.widths:
        tick()
        prior = np.array([(config.overlay_scale * width) ** 2, config.spread, *mean], np.float32)
        gain, shift = x[..., 0].astype(np.float32), x[..., 1].astype(np.float32)
        square = (config.scale * width) ** 2
        total = edge_sums(stack, unit, gain, shift, mask, 0, 1, square, prior, smooth, right)
        total += edge_sums(stack, unit, gain, shift, mask, 1, 0, square, prior, smooth, down)
        x = _minimised(x, right, down, mask, mean, total / (3 * count), width, config)
    return x.astype(np.float32)


def _minimised(
    x: np.ndarray,
    right: np.ndarray,
    down: np.ndarray,
    mask: np.ndarray,
    mean: np.ndarray,
    jacobian: float,
    width: float,
    config: SolveConfig,
) -> np.ndarray:
    """One Newton step of the weighted problem. mean: of the pictures by channel; jacobian: l N."""
    active = mask > 0
    s, h = x[..., 0], x[..., 1]
    level, rise = h + (s - 1) * mean, s - 1
    narrow = (config.overlay_scale * width) ** 2
    away = (level**2 + (config.spread * rise) ** 2).sum(axis=-1, keepdims=True)
    pull = config.pull + config.sparsity * 2 / (narrow + away) * np.ones(3)
    diagonal = np.empty((*s.shape, 3), np.float32)
    diagonal[..., 0] = pull * (mean**2 + config.spread**2) + jacobian / s**2
    diagonal[..., 1] = pull * mean
    diagonal[..., 2] = pull
    gradient = np.empty_like(x)
    product(right, down, np.zeros_like(diagonal), mask, x, gradient)
    gradient[..., 0] += pull * (mean * level + config.spread**2 * rise) - jacobian / s
    gradient[..., 1] += pull * level
    gradient[~active] = 0
    step = _conjugate_gradients(right, down, diagonal, mask, -gradient, config.steps)
    x = x + step
    x[..., 0] = np.clip(x[..., 0], 0.5, config.most_gain)
    x[..., 1] = np.clip(x[..., 1], -config.most_gain, 1)
    return x


def _conjugate_gradients(
    right: np.ndarray, down: np.ndarray, diagonal: np.ndarray, mask: np.ndarray, wanted: np.ndarray, steps: int
) -> np.ndarray:
    """x with (edges + diagonal) x = wanted, preconditioned by the 2 x 2 block of every pixel and channel."""
    inverse = _inverse_blocks(right, down, diagonal)
    inverse[mask == 0] = 0
    x, rest, out = np.zeros_like(wanted), wanted.copy(), np.zeros_like(wanted)
    energy = first = advance(x, rest, x, out, inverse, 0.0)
    direction = out.copy()
    for _ in range(steps):
        if energy <= TOLERANCE * first or energy <= 0:
            break
        curvature = product(right, down, diagonal, mask, direction, out)
        previous, energy = energy, advance(x, rest, direction, out, inverse, energy / curvature)
        turn(direction, out, energy / previous)
    return x


def _inverse_blocks(right: np.ndarray, down: np.ndarray, diagonal: np.ndarray) -> np.ndarray:
    """The inverse of every 2 x 2 block: h x w x 3 x 3 (s s, s h, h h)."""
    ss, sh, hh = (diagonal[..., k].astype(np.float64) for k in range(3))
    for sums, here, there in (
        (right, np.s_[:, :-1], np.s_[:, 1:]),
        (down, np.s_[:-1], np.s_[1:]),
    ):
        own = sums[here]
        ss[here] += own[..., 3]
        sh[here] += own[..., 1]
        hh[here] += own[..., 0]
        ss[there] += own[..., 5]
        sh[there] += own[..., 2]
        hh[there] += own[..., 0]
    determinant = np.maximum(ss * hh - sh * sh, 1e-12 * (ss * hh) + 1e-30)
    return np.stack([hh / determinant, -sh / determinant, ss / determinant], axis=-1)
