"""The frame of a semi-transparent plate under a hint: the rectangle, perhaps with round ends, that one layer explains.

A frame of the scene has other colours on every side. Across the contour of a plate one opacity and one colour lead from
outside to inside everywhere: z inside = T y + f with y as outside. Frames are drawn through the plainest steps of the
picture and compared by how much better such a layer explains their contour than the scene's own small steps do.
Knows nothing of what is drawn on a plate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .config import DEFAULT, ClassicConfig

__all__ = ["Frame", "contours", "coverage", "find_frame", "fit_layer", "placed_exactly"]

LEVELS = np.arange(0.1, 0.96, 0.07, dtype=np.float32)
"""Transmissions that are tried."""

CORRELATED = 4
"""Neighbouring lines that count as one in the standard error."""

APART = 4
"""Pixels between the samples on both sides of a contour: the rim may be soft."""

TOLERANCE = 0.01
"""Nats a sample within which two layers explain a contour equally well."""

REACH = 4
"""Pixels on either side of a side within which it is placed exactly."""

POINTS = 96
"""Samples along a contour."""

LARGEST = 3
"""Frames that are placed exactly beside the best, from the largest down."""

MAX_RESIDUAL = 4.0
"""Residual in units of its scale beyond which a sample is an outlier: a letter at the rim, an edge of the scene."""


@dataclass(frozen=True)
class Frame:
    """Edges in pixels from the grid's corner, whole or not; radius of the corners; gain in nats a sample."""

    left: float
    top: float
    right: float
    bottom: float
    radius: float
    gain: float = 0.0

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)


def find_frame(pixels: np.ndarray, hinted: np.ndarray, config: ClassicConfig = DEFAULT) -> Frame | None:
    """The frame within the hint that one layer explains best; None where nothing frames anything.

    Parameters
    ----------
    pixels : float32 h x w x 3, 0..1
    hinted : bool h x w
        The hint, tight or loose around the plate.
    config : ClassicConfig
    """
    rows, columns = np.flatnonzero(hinted.any(axis=1)), np.flatnonzero(hinted.any(axis=0))
    inside = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    if min(inside[3] - inside[1], inside[2] - inside[0]) < 12:
        return None
    scale = _scale(pixels, hinted)
    frames = list(_frames(pixels, inside, config))
    if not frames:
        return None
    gains = _gains(pixels, frames, scale)
    # A part of the plate, cut off at an edge of the scene, is explained as well: of good frames the largest.
    good = [frames[i] for i in np.flatnonzero(gains >= config.plate_good_share * gains.max())]
    tried = [frames[int(gains.argmax())], *sorted(good, key=lambda frame: -frame.area)[:LARGEST]]
    placed = [_nudged(pixels, frame, scale) for frame in dict.fromkeys(tried)]
    best = max(placed, key=lambda frame: frame.gain)
    if best.gain <= 0:  # the scene explains every contour better
        return None
    return max((f for f in placed if f.gain >= config.plate_equal_share * best.gain), key=lambda frame: frame.area)


def contours(frames: list[Frame], points: int = POINTS) -> tuple[np.ndarray, np.ndarray]:
    """frames x points x 2 each (x, y): places along every frame at even distances, and the outward normals there."""
    left, top, right, bottom, r = np.array([[f.left, f.top, f.right, f.bottom, f.radius] for f in frames]).T[..., None]
    w, h, bend = right - left, bottom - top, np.pi / 2 * r
    # Half of it: along the top from left to right, round the corner, down the right side, round the corner.
    ends = np.cumsum(np.concatenate([w - 2 * r, bend, h - 2 * r, bend], axis=1), axis=1)
    along = (np.arange(points) + 0.5) / points * 2 * ends[:, 3:]
    back, along = along >= ends[:, 3:], along % ends[:, 3:]
    part = np.sum([along >= ends[:, n : n + 1] for n in range(3)], axis=0)
    rest = along - np.take_along_axis(np.pad(ends, ((0, 0), (1, 0))), part, axis=1)
    angle = np.select([part == 0, part == 2], [0.0, np.pi / 2], np.pi / 2 * (part == 3) + rest / np.maximum(r, 1e-6))
    normal = np.stack([np.sin(angle), -np.cos(angle)], axis=-1)
    x = np.where(part == 0, r + rest, w - r) + r * normal[..., 0]
    y = np.select([part < 2, part == 2], [r + 0 * rest, r + rest], h - r) + r * normal[..., 1]
    at = np.stack([np.where(back, w - x, x) + left, np.where(back, h - y, y) + top], axis=-1)
    return at, np.where(back[..., None], -normal, normal)


def coverage(frame: Frame, shape: tuple[int, int]) -> np.ndarray:
    """float32 h x w, 0..1: the share of every pixel that lies in the frame."""
    centre = (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2
    x = np.abs(np.arange(shape[1]) + 0.5 - centre[0]) - (frame.right - frame.left) / 2 + frame.radius
    y = np.abs(np.arange(shape[0]) + 0.5 - centre[1]) - (frame.bottom - frame.top) / 2 + frame.radius
    beyond = np.hypot(np.maximum(x, 0)[None], np.maximum(y, 0)[:, None])
    distance = beyond + np.minimum(np.maximum(x[None], y[:, None]), 0) - frame.radius
    return np.clip(0.5 - distance, 0, 1).astype(np.float32)


def _across(
    pixels: np.ndarray, frames: list[Frame], points: int = POINTS
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The pixels along each contour, frames x points: inside and outside (x 3), within the picture or not, which side.

    Sides are numbered 0 to 3: left, right, top, bottom.
    """
    at, normal = contours(frames, points)
    near, far = (np.floor(at + way * APART / 2 * normal).astype(np.int32) for way in (-1, 1))
    h, w = pixels.shape[:2]
    within = np.asarray(((far >= 0) & (far < (w, h)) & (near >= 0) & (near < (w, h))).all(axis=-1))
    near, far = (np.clip(p, 0, (w - 1, h - 1)) for p in (near, far))
    upright = np.abs(normal[..., 1]) > np.abs(normal[..., 0])
    side = np.where(upright, 2 + (normal[..., 1] > 0), normal[..., 0] > 0)
    return pixels[near[..., 1], near[..., 0]], pixels[far[..., 1], far[..., 0]], within, side


def fit_layer(pixels: np.ndarray, frame: Frame) -> tuple[float, np.ndarray]:
    """Transmission, and emission of 3 values, of the layer inside a frame, by maximum likelihood over its contour.

    What lies under the layer is predicted from outside, with the scene's own regression to its mean over that distance;
    without it, texture between the two samples would be taken for a part of the opacity.
    """
    at, normal = contours([frame], 8 * POINTS)
    h, w = pixels.shape[:2]
    places = [np.floor(at[0] + far * normal[0]).astype(np.int32) for far in (-APART / 2, APART / 2, 3 * APART / 2)]
    within = np.all([((p >= 0) & (p < (w, h))).all(axis=1) for p in places], axis=0)
    if within.sum() < POINTS:
        return 1.0, np.zeros(3, np.float32)
    inside, outside, further = (pixels[p[within, 1], p[within, 0]] for p in places)
    mean = outside.mean(axis=0)
    slope = ((outside - mean) * (further - mean)).sum() / max(float(((further - mean) ** 2).sum()), 1e-6)
    beneath = mean + np.clip(slope, 0.5, 1) * (outside - mean)
    scale = np.maximum(np.abs(outside - mean - slope * (further - mean)).mean(axis=0), 0.003)
    found = []
    for level in np.arange(0.05, 1.0, 0.01, dtype=np.float32):
        emission = np.clip(np.median(inside - level * beneath, axis=0), 0, 1 - level)
        found.append((float(_nll(inside - level * beneath - emission, level * scale + 0.002).mean()), level, emission))
    enough = min(cost for cost, _, _ in found) + TOLERANCE
    # Over a flat background many opacities explain the contour; the smallest changes the picture least.
    return next((float(level), emission) for cost, level, emission in reversed(found) if cost <= enough)


def placed_exactly(pixels: np.ndarray, frame: Frame, transmission: float, emission: np.ndarray) -> Frame:
    """The frame with every side moved by a part of a pixel or a few, to where the layer begins."""
    sides = {}
    for name, turned, edge, low, high in (
        ("left", pixels.transpose(1, 0, 2), frame.left, frame.top, frame.bottom),
        ("right", pixels[:, ::-1].transpose(1, 0, 2), pixels.shape[1] - frame.right, frame.top, frame.bottom),
        ("top", pixels, frame.top, frame.left, frame.right),
        ("bottom", pixels[::-1], pixels.shape[0] - frame.bottom, frame.left, frame.right),
    ):
        inset = max((high - low) / 8, 1.1 * frame.radius if frame.radius < (high - low) / 3 else 0.4 * (high - low))
        first, lines = round(edge) - REACH, slice(round(low + inset), round(high - inset))
        moved = 0.0
        if first >= 2 and first + 2 * REACH <= len(turned) and lines.stop - lines.start > 3:
            outside = turned[first - 2 : first, lines].mean(axis=0)
            step = (transmission - 1) * outside + emission
            rows = turned[first : first + 2 * REACH, lines] - outside
            covered = np.clip((rows * step).sum(axis=(1, 2)) / max(float((step**2).sum()), 1e-6), 0, 1)
            moved = float(np.clip(REACH - covered.sum() + round(edge) - edge, -REACH, REACH))
        sides[name] = edge + moved
    sides["right"], sides["bottom"] = pixels.shape[1] - sides["right"], pixels.shape[0] - sides["bottom"]
    return (
        replace(frame, **sides) if sides["right"] > sides["left"] + 4 and sides["bottom"] > sides["top"] + 4 else frame
    )


def _scale(pixels: np.ndarray, hinted: np.ndarray) -> np.ndarray:
    """3 values: mean absolute difference of the scene between places as far apart as the samples of a contour."""
    clear = ~hinted
    steps = [np.abs(pixels[:, APART:] - pixels[:, :-APART])[clear[:, APART:] & clear[:, :-APART]]]
    steps.append(np.abs(pixels[APART:] - pixels[:-APART])[clear[APART:] & clear[:-APART]])
    every = np.concatenate(steps)
    return np.maximum(every.mean(axis=0) if len(every) else 0.03, 0.004).astype(np.float32)


def _nll(residual: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.minimum(np.abs(residual) / scale, MAX_RESIDUAL) + np.log(scale)


def _gains(pixels: np.ndarray, frames: list[Frame], scale: np.ndarray, points: int = POINTS) -> np.ndarray:
    """Log-likelihood of every contour under its best layer, less that under none, in nats a sample and channel.

    The worst of the four sides counts as much as all: a plate shows on every side.
    """
    gains = np.empty(len(frames), np.float32)
    for first in range(0, len(frames), 256):
        inside, outside, within, side = _across(pixels, frames[first : first + 256], points)
        none = _nll(inside - outside, scale + 0.004).sum(axis=2)
        best = np.full(len(inside), -np.inf, np.float32)
        for level in LEVELS:
            emission = np.clip(np.median(inside - level * outside, axis=1), 0, 1 - level)[:, None]
            each = none - _nll(inside - level * outside - emission, level * scale + 0.004).sum(axis=2)
            each = np.where(within, each, 0) / 3
            sides = [(each * (side == n)).sum(axis=1) / np.maximum((side == n).sum(axis=1), 1) for n in range(4)]
            best = np.maximum(best, 0.5 * (each.mean(axis=1) + np.min(sides, axis=0)))
        gains[first : first + 256] = best
    return gains


def _nudged(pixels: np.ndarray, frame: Frame, scale: np.ndarray) -> Frame:
    """The frame with every side moved by up to three pixels where that explains more, and the best radius."""
    best, gain = frame, -np.inf
    for _ in range(3):
        before = best
        for side in ("left", "right", "top", "bottom"):
            moved = [replace(best, **{side: getattr(best, side) + by}) for by in range(-3, 4)]
            moved = [f for f in moved if f.right - f.left > 8 and f.bottom - f.top > 8]
            moved = [replace(f, radius=min(f.radius, (f.right - f.left) / 2, (f.bottom - f.top) / 2)) for f in moved]
            gains = _gains(pixels, moved, scale, 4 * POINTS) if moved else np.array([-np.inf])
            if gains.max() > gain:
                best, gain = moved[int(gains.argmax())], float(gains.max())
        short = min(best.right - best.left, best.bottom - best.top) / 2
        turned = [replace(best, radius=share * short) for share in (0, 0.15, 0.3, 0.5, 0.75, 1)]
        gains = _gains(pixels, turned, scale, 4 * POINTS)
        if gains.max() > gain:
            best, gain = turned[int(gains.argmax())], float(gains.max())
        if best == before:
            break
    return replace(best, gain=gain)


def _frames(pixels: np.ndarray, inside: tuple[int, int, int, int], config: ClassicConfig) -> Iterator[Frame]:
    """Frames through the plainest steps within the hint's box, square and with round ends."""
    x0, y0, x1, y1 = inside
    # The step from one side of each edge to the other, two pixels apart.
    down, right = np.zeros(pixels.shape, np.float32), np.zeros(pixels.shape, np.float32)
    down[2:-1] = (pixels[2:-1] + pixels[3:] - pixels[:-3] - pixels[1:-2]) / 2
    right[:, 2:-1] = (pixels[:, 2:-1] + pixels[:, 3:] - pixels[:, :-3] - pixels[:, 1:-2]) / 2
    middle = slice(x0 + (x1 - x0) // 3, x1 - (x1 - x0) // 3)
    plain = _plain(down[:, middle].transpose(1, 0, 2))
    half = (y0 + y1) // 2
    for top in _peaks(plain, max(y0 - 3, 0), half, config.plate_candidates):
        for bottom in _peaks(plain, half, min(y1 + 4, len(plain)), config.plate_candidates):
            if bottom - top < max(8, config.plate_min_height * (y1 - y0)):
                continue
            rows = slice(top + (bottom - top) // 4, bottom - (bottom - top) // 4)
            beside, centre = _plain(right[rows]), (x0 + x1) // 2
            for start in _peaks(beside, max(x0 - 3, 0), centre, config.plate_candidates):
                for stop in _peaks(beside, centre, min(x1 + 4, len(beside)), config.plate_candidates):
                    if stop - start < max(8, config.plate_min_width * (x1 - x0)):
                        continue
                    short = min(stop - start, bottom - top) / 2
                    for radius in (0.0, short):
                        yield Frame(float(start), float(top), float(stop), float(bottom), radius)


def _plain(steps: np.ndarray) -> np.ndarray:
    """How plain the step at every position is: the mean over its standard error, in the channel where it is most.

    steps: lines x positions x 3.
    """
    mean = steps.mean(axis=0)
    error = steps.std(axis=0) / np.sqrt(max(1.0, len(steps) / CORRELATED))
    return (np.abs(mean) / (error + 0.004)).max(axis=-1)


def _peaks(plain: np.ndarray, low: int, high: int, count: int) -> list[int]:
    """The positions of the `count` plainest local maxima within low..high."""
    here = plain[low:high]
    if not len(here):
        return []
    padded = np.pad(here, 1, constant_values=-1)
    tops = np.flatnonzero((here >= padded[:-2]) & (here >= padded[2:]) & (here > 1))
    return [low + int(i) for i in tops[np.argsort(-here[tops], kind="stable")][:count]]
