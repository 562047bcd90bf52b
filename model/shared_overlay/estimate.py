"""The overlay that pictures of one size share: found on reduced copies, then worked out where it is at native size.

Two passes over the pictures: one keeps a reduced copy of each, the other only the parts where the overlay is, of as
many pictures as fit into a limit of memory. Knows nothing of files: a picture is read by a function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from ..errors import InvalidRequest
from ..imaging.boxes import clip_box
from ..imaging.resample import fit_pixels, reduce_to
from ..types import Box, Estimate
from .appearance import fit_blend
from .confirm import confirmed
from .copies import different_pictures
from .falloff import FalloffConfig, estimate_falloff, falloff_layer
from .locate import LocateConfig, Located, locate
from .presence import carries
from .solve import SolveConfig, recovered, solve

__all__ = ["LEAST_PICTURES", "SharedConfig", "SharedOverlay", "estimate_overlay"]

LEAST_PICTURES = 3


@dataclass(frozen=True)
class SharedConfig:
    """Attributes
    ----------
    locate, fine, falloff : LocateConfig, SolveConfig, FalloffConfig
    located_pixels : the reduced copies have at most so many
    most_pictures : that the overlay is estimated from
    part_pixels : a part is reduced to at most so many
    memory : bytes of all parts of all pictures
    same : correlation of reduced copies above which two pictures are one
    margin : native pixels around what was located
    refinements : times that the region is made smaller and solved again
    effect, effect_share : of the range, and of the most within `nearby` pixels: less is no overlay
    """

    locate: LocateConfig = field(default_factory=LocateConfig)
    fine: SolveConfig = field(default_factory=lambda: SolveConfig(smoothness=0.1))
    falloff: FalloffConfig = field(default_factory=FalloffConfig)
    located_pixels: int = 100_000
    most_pictures: int = 40
    part_pixels: int = 1_000_000
    memory: int = 500_000_000
    same: float = 0.98
    margin: int = 3
    refinements: int = 2
    effect: float = 2 / 255
    effect_share: float = 0.2
    nearby: int = 41


DEFAULT = SharedConfig()


@dataclass(frozen=True, eq=False)
class SharedOverlay:
    """estimate: the overlay at native size, or None where the pictures have none in common.

    pictures: how many different ones it was estimated from.
    """

    estimate: Estimate | None
    pictures: int


@dataclass(frozen=True, eq=False)
class _Part:
    """box: native; size: width, height of the grid it is solved on; active: bool on that grid."""

    box: Box
    size: tuple[int, int]
    active: np.ndarray

    def cut(self, pixels: np.ndarray) -> np.ndarray:
        x, y, w, h = self.box
        return reduce_to(pixels[y : y + h, x : x + w, :3], self.size)


def estimate_overlay(
    read: Callable[[int], np.ndarray | None],
    count: int,
    config: SharedConfig = DEFAULT,
    tick: Callable[[int, int], None] = lambda step, steps: None,
) -> SharedOverlay:
    """The overlay that pictures share.

    Parameters
    ----------
    read : callable
        Picture of a number below `count`, uint8 or uint16 H x W x 3|4; all of one size and depth; None where it
        cannot be read. Called twice for some of them.
    count : how many pictures there are
    config : SharedConfig
    tick : called with (step, steps); may raise to stop

    Returns
    -------
    SharedOverlay
        Without an estimate where there are fewer than LEAST_PICTURES different pictures, or they share nothing.
    Raises InvalidRequest where a picture that was read can no longer be.
    """
    chosen, copies, size = different_pictures(
        read,
        count,
        config.located_pixels,
        config.most_pictures,
        config.same,
        lambda done: tick(done, 2 * count),
    )
    if len(chosen) < LEAST_PICTURES:
        return SharedOverlay(None, len(chosen))
    stack = np.stack(copies)

    def pause() -> None:
        tick(count, 2 * count)

    falloff = estimate_falloff(stack, config.falloff, pause)
    if falloff is not None:
        return SharedOverlay(falloff_layer(falloff, size, config.falloff), len(chosen))
    located = locate(stack, config.locate, pause)
    if located is None:
        return SharedOverlay(None, len(chosen))
    mask = confirmed(stack, located.mask, config.fine, pause)
    if not mask.any():
        return SharedOverlay(None, len(chosen))
    kept, solution = _carrying(stack, mask, config, pause)
    located = Located(mask, solution)
    chosen = [chosen[k] for k in kept]
    parts = _parts(located.mask, size, config)
    room = sum(part.size[0] * part.size[1] for part in parts) * 3 * stack.itemsize
    chosen = chosen[: max(LEAST_PICTURES, min(len(chosen), config.memory // room))]
    stacks = [np.empty((len(chosen), part.size[1], part.size[0], 3), stack.dtype) for part in parts]
    for number, index in enumerate(chosen):
        tick(count + number, 2 * count)
        pixels = read(index)
        if pixels is None:
            raise InvalidRequest("a picture could be read at first and no more later: give the same command again")
        for part, cuts in zip(parts, stacks, strict=True):
            cuts[number] = part.cut(pixels)
    return SharedOverlay(_solved(parts, stacks, located, size, config, pause), len(chosen))


def _carrying(
    stack: np.ndarray, mask: np.ndarray, config: SharedConfig, pause: Callable[[], None]
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the pictures that carry the overlay, and the solution from these: each round without the others."""
    kept, solution = np.arange(len(stack)), solve(stack, mask, None, None, config.fine, pause)
    for _ in range(3):
        carrying = np.flatnonzero(carries(stack, solution, mask))
        if len(carrying) < LEAST_PICTURES or np.array_equal(carrying, kept):
            break
        kept, solution = carrying, solve(stack[carrying], mask, None, None, config.fine, pause)
    return kept, solution


def _parts(mask: np.ndarray, size: tuple[int, int], config: SharedConfig) -> list[_Part]:
    """Connected parts of a mask on the reduced grid, as native rectangles."""
    scale = np.array([size[0] / mask.shape[1], size[1] / mask.shape[0]])
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    out = []
    for k, (x, y, w, h, _) in enumerate(stats[1:].tolist(), 1):
        x0, y0 = (int(v) for v in np.floor((x, y) * scale))
        x1, y1 = (int(v) for v in np.ceil((x + w, y + h) * scale))
        box = clip_box((x0, y0, x1 - x0, y1 - y0), size, config.margin)
        grid = fit_pixels(box[2:], config.part_pixels)
        columns = ((box[0] + (np.arange(grid[0]) + 0.5) * box[2] / grid[0]) / scale[0]).astype(int)
        rows = ((box[1] + (np.arange(grid[1]) + 0.5) * box[3] / grid[1]) / scale[1]).astype(int)
        own = labels[rows.clip(0, mask.shape[0] - 1)[:, None], columns.clip(0, mask.shape[1] - 1)] == k
        out.append(_Part(box, grid, own))
    return out


def _solved(
    parts: Sequence[_Part],
    stacks: list[np.ndarray],
    located: Located,
    size: tuple[int, int],
    config: SharedConfig,
    pause: Callable[[], None],
) -> Estimate | None:
    """All parts solved, as one estimate of one blend type over the smallest rectangle around them; empties `stacks`."""
    x0, y0 = min(p.box[0] for p in parts), min(p.box[1] for p in parts)
    x1, y1 = max(p.box[0] + p.box[2] for p in parts), max(p.box[1] + p.box[3] for p in parts)
    emission = np.zeros((y1 - y0, x1 - x0, 3), np.float16)
    transmission, mean = np.ones_like(emission), np.full_like(emission, 0.5)
    for part in parts:
        stack = stacks.pop(0)
        x, y, w, h = part.box
        start = _start(located.solution, part, size)
        solution, active = _refined(stack, part.active, start, config, pause)
        through = 1 / solution[..., 0]
        light = -solution[..., 1] * through
        level = np.clip(sum(recovered(one, solution) for one in stack) / len(stack), 0.02, 0.98)
        here = np.s_[y - y0 : y - y0 + h, x - x0 : x - x0 + w]
        inside = _enlarged(active.astype(np.float32), (w, h)) > 0.5
        for whole, plane in ((emission, light), (transmission, through), (mean, level)):
            whole[here][inside] = _enlarged(plane, (w, h))[inside]
    return _one_type(emission, transmission, mean, (x0, y0, x1 - x0, y1 - y0), config)


def _refined(
    stack: np.ndarray,
    active: np.ndarray,
    start: np.ndarray | None,
    config: SharedConfig,
    pause: Callable[[], None],
) -> tuple[np.ndarray, np.ndarray]:
    """(solution, active): solved again where there was an effect: rims nearby say more than far ones."""
    unit = np.float32(1 / np.iinfo(stack.dtype).max)
    solution = solve(stack, active, start, None, config.fine, pause)
    for _ in range(config.refinements):
        square = sum(((recovered(one, solution) - one * unit) ** 2).mean(axis=-1) for one in stack) / len(stack)
        effect = cv2.blur(np.sqrt(square), (3, 3))
        nearby = cv2.dilate(effect, np.ones((config.nearby, config.nearby), np.uint8))
        seen = effect > np.maximum(config.effect, config.effect_share * nearby)
        smaller = active & (cv2.dilate(seen.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
        if not smaller.any():
            break
        active = smaller
        solution = solve(stack, active, None, None, config.fine, pause)
    return solution, active


def _start(solution: np.ndarray, part: _Part, size: tuple[int, int]) -> np.ndarray:
    """The solution on the reduced grid, enlarged to a part's."""
    rows, columns = solution.shape[:2]
    x, y, w, h = part.box
    matrix = np.array([[w / part.size[0] * columns / size[0], 0, x * columns / size[0]], [0, 0, 0]], np.float64)
    matrix[1] = (0, h / part.size[1] * rows / size[1], y * rows / size[1])
    matrix[:, 2] += 0.5 * matrix.diagonal() - 0.5
    flat = (
        np.ascontiguousarray(solution.reshape(rows, columns, 6)[..., :3]),
        np.ascontiguousarray(solution.reshape(rows, columns, 6)[..., 3:]),
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = [cv2.warpAffine(v, matrix, part.size, flags=flags, borderMode=cv2.BORDER_REPLICATE) for v in flat]
    return np.concatenate(out, axis=-1).reshape(part.size[1], part.size[0], 3, 2)


def _enlarged(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if plane.shape[1::-1] == size:
        return plane
    return cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)


def _one_type(
    emission: np.ndarray, transmission: np.ndarray, mean: np.ndarray, box: Box, config: SharedConfig
) -> Estimate | None:
    changed = np.asarray((transmission < 0.996).any(axis=-1) | (emission > 0.004).any(axis=-1))
    if not changed.any():
        return None
    f, t, m = (v[changed].astype(np.float32)[None] for v in (emission, transmission, mean))
    blend, f, t = fit_blend(f, t, m, config.fine.spread)
    emission[:], transmission[:] = 0, 1
    emission[changed], transmission[changed] = f[0], t[0]
    alpha = np.maximum(emission.max(axis=-1), 1 - transmission.min(axis=-1))
    return Estimate(emission, transmission, alpha, blend, 1.0, box)
