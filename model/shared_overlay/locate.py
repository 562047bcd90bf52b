"""Where pictures carry something in common: on reduced copies of the whole pictures.

An overlay's edges lie at the same place in every picture, others do not. So (s, h) are solved for over the whole
picture, and every edge is asked how much likelier the pictures are with a step of the overlay there. What chance alone
makes of it is measured on the same pictures, each shifted by another amount: there nothing is in common. Knows nothing
of native sizes, blend types or files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from .kernels import edge_evidence
from .solve import SolveConfig, recovered, solve

__all__ = ["LocateConfig", "Located", "evidence", "locate"]


@dataclass(frozen=True)
class LocateConfig:
    """Attributes
    ----------
    free : how (s, h) are solved for where nothing is known yet
    smooth : the same once it is known where edges are
    low, high : quantiles of the evidence that chance makes: a component extends above `low` and reaches `high`
    more_than_chance : how much more evidence a component needs than the largest that chance made
    beyond_edges : factor of the overlay's smoothness where it has no edges
    false_share : smaller components count where chance makes at most this share of as many as there are
    effect : of the range, 0..1: less change than this is no overlay
    block : pixels; shifts are multiples of it, so that the blocks of JPEG stay in common
    """

    free: SolveConfig = field(
        default_factory=lambda: SolveConfig(smoothness=0.5, overlay_scale=3 / 255, pull=5.0, steps=50, rounds_at_end=2)
    )
    smooth: SolveConfig = field(default_factory=lambda: SolveConfig(pull=1000.0, steps=120))
    low: float = 0.98
    high: float = 0.999
    more_than_chance: float = 3.0
    beyond_edges: float = 300.0
    effect: float = 3 / 255
    false_share: float = 0.15
    block: int = 8


DEFAULT = LocateConfig()


@dataclass(frozen=True, eq=False)
class Located:
    """mask: bool h x w, where the overlay may be.   solution: float32 h x w x 3 x 2, s and h on the same grid."""

    mask: np.ndarray
    solution: np.ndarray


def evidence(stack: np.ndarray, solution: np.ndarray, config: SolveConfig) -> np.ndarray:
    """Mean over 3 x 3 pixels and over pictures of what speaks for steps of the overlay: float64 h x w."""
    out = np.zeros(stack.shape[1:3])
    gain, shift = (np.ascontiguousarray(solution[..., k], np.float32) for k in (0, 1))
    unit = 1 / float(np.iinfo(stack.dtype).max)
    for dy, dx in ((0, 1), (1, 0)):
        edge_evidence(stack, unit, gain, shift, dy, dx, config.scale**2, out)
    return cv2.blur(out, (3, 3)) / len(stack)


def locate(
    stack: np.ndarray, config: LocateConfig = DEFAULT, tick: Callable[[], None] = lambda: None
) -> Located | None:
    """Where the overlay of a stack is; None where its pictures have nothing in common.

    stack: uint8 or uint16 N x h x w x 3, N >= 3 different pictures, reduced to some 100,000 pixels.
    tick: called between rounds; may raise to stop
    """
    seen = _evidence_of(stack, config, tick)
    chance = _evidence_of(_shifted(stack, config.block), config, tick)
    edges = _significant(seen, chance, config)
    if not edges.any():
        return None
    near = cv2.dilate(edges.astype(np.uint8), np.ones((5, 5), np.uint8))
    smoothness = np.where(near > 0, 1, config.beyond_edges).astype(np.float32)
    everywhere = np.ones(edges.shape, bool)
    solution = solve(stack, everywhere, None, smoothness, config.smooth, tick)
    unit = np.float32(1 / np.iinfo(stack.dtype).max)
    effect = np.sqrt(((recovered(stack, solution) - stack * unit) ** 2).mean(axis=(0, 3)))
    mask = _without_holes((effect > config.effect) | (near > 0))
    return Located(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, solution)


def _without_holes(mask: np.ndarray) -> np.ndarray:
    """With what it encloses: a plate has edges along its rim alone."""
    outside = np.pad(~mask, 1, constant_values=True).astype(np.uint8)
    _, labels = cv2.connectedComponents(outside, connectivity=4)
    return labels[1:-1, 1:-1] != labels[0, 0]


def _evidence_of(stack: np.ndarray, config: LocateConfig, tick: Callable[[], None]) -> np.ndarray:
    everywhere = np.ones(stack.shape[1:3], bool)
    return evidence(stack, solve(stack, everywhere, None, None, config.free, tick), config.free)


def _shifted(stack: np.ndarray, block: int) -> np.ndarray:
    """Every picture shifted cyclically by another multiple of `block`; the seams add a little to what chance makes."""
    rng = np.random.default_rng(0)
    h, w = stack.shape[1:3]
    steps = [(block * int(rng.integers(h // block)), block * int(rng.integers(w // block))) for _ in stack]
    return np.stack([np.roll(one, step, (0, 1)) for one, step in zip(stack, steps, strict=True)])


def _significant(seen: np.ndarray, chance: np.ndarray, config: LocateConfig) -> np.ndarray:
    """bool h x w: components of more evidence than chance makes."""
    low, high = (float(np.quantile(chance, q)) for q in (config.low, config.high))
    by_chance = np.sort([mass for _, mass in _components(chance, low, high)])
    found = _components(seen, low, high)
    masses = np.sort([mass for _, mass in found])
    out = np.zeros(seen.shape, bool)
    for component, mass in found:
        larger = len(masses) - np.searchsorted(masses, mass)
        expected = len(by_chance) - np.searchsorted(by_chance, mass)
        beyond = mass > config.more_than_chance * by_chance[-1] if len(by_chance) else True
        if beyond or (expected + 1) / larger <= config.false_share:
            out |= component
    return out


def _components(values: np.ndarray, low: float, high: float) -> list[tuple[np.ndarray, float]]:
    """Connected parts above `low` that reach `high`, and their sums above `low`."""
    above = (values > low).astype(np.uint8)
    count, labels = cv2.connectedComponents(above, connectivity=8)
    flat = np.asarray(labels.ravel(), np.intp)
    mass = np.bincount(flat, np.maximum(values - low, 0).ravel(), count)
    top = np.zeros(count)
    np.maximum.at(top, flat, values.ravel())
    return [(labels == k, float(mass[k])) for k in np.flatnonzero(top > high) if k]
