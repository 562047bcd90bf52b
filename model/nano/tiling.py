"""A tiled watermark: finds its repeats and fits one mark through all of them (multi-instance fusion).

The shifts that lay the mark over itself are found in the predicted soft mask, not in the picture: there a repeat stands
out, however busy the scene. Then the instances vote on where the mark is: one shows what another lost in the scene, and
what only one shows is rejected. Finally, at every pixel of the mark, emission and transmission are fitted by regression
of the picture on the inpainted background, one sample an instance. (One mark fitted over many backgrounds: Dekel et
al., "On the effectiveness of visible watermarks", CVPR 2017, there over many pictures.) No networks in here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..imaging.crop import Crop, crop_request, resample_to_crop
from ..imaging.inpaint import inpaint_telea
from ..types import BlendType, Estimate, Request
from .config import TilingConfig
from .passes import project

__all__ = [
    "PooledInstances",
    "SelfCorrelation",
    "Shift",
    "TiledMark",
    "count_over_shifts",
    "find_shifts",
    "find_tiling",
    "fit_instances",
    "pool_instances",
    "sum_over_shifts",
    "vote",
]

Shift = tuple[int, int]
"""(dx, dy) in pixels, dy >= 0: the mark at p is there again at p + shift, and at p - shift."""

SHIFT_ROWS = 64
"""Vertical shifts that are correlated at a time; whole tables in float64 would be the peak of all memory."""

SUM_ROWS = 32
"""Rows that are summed at a time; they stay in the processor's cache, which takes two thirds of the time."""


@dataclass(frozen=True, eq=False)
class TiledMark:
    """A mark that repeats itself.

    Attributes
    ----------
    crop : the picture around the mark
    shifts : as `find_shifts` returns, on the grid of the crop
    top : the mark after the instances' vote, on the grid of the crop
    """

    crop: Crop
    shifts: list[Shift]
    top: Estimate
    config: TilingConfig

    def pool_instances(self) -> PooledInstances:
        """What `solved` needs of the picture alone: most of its work, independent of the prior."""
        mask = self.top.alpha > self.config.mask_alpha
        return pool_instances(self.crop.pixels, self.top.blend, mask, self.shifts, self.config)

    def solved(self, prior: Estimate, pool: PooledInstances) -> tuple[Estimate, np.ndarray]:
        """The mark fitted through all instances, and the background beneath it, float16 over its box.

        prior: the same mark by the network or the closed-form fit, on any grid within the box.
        """
        mark = fit_instances(pool, resample_to_crop(prior, self.crop), self.config)
        return as_float16(mark), pool.filled.astype(np.float16)


def find_tiling(request: Request, estimate: Estimate, config: TilingConfig) -> TiledMark | None:
    """Find the repeats of a mark.

    Parameters
    ----------
    request : Request
    estimate : the mark as the network predicts it
    config : TilingConfig

    Returns
    -------
    TiledMark, or None where the mark does not repeat itself
    """
    crop = crop_request(request, config.max_pixels, estimate.box)
    mark = resample_to_crop(estimate, crop)
    shifts = find_shifts(mark.alpha, config)
    return TiledMark(crop, shifts, vote(mark, shifts, config), config) if shifts else None


def as_float16(estimate: Estimate) -> Estimate:
    half = np.float16
    emission, transmission = estimate.emission.astype(half), estimate.transmission.astype(half)
    return replace(estimate, emission=emission, transmission=transmission, alpha=estimate.alpha.astype(half))


# --- shifts ----------------------------------------------------------------------------------------


def find_shifts(alpha: np.ndarray, config: TilingConfig) -> list[Shift]:
    """The shifts by which a mask (h x w, 0..1) repeats itself, best first; empty where it does not.

    Searched at half the size, which takes a quarter of the time, then refined to the pixel.
    """
    mask = np.asarray(alpha, np.float32)
    height, width = mask.shape
    half = cv2.resize(mask, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    dx, dy = (2 * shift for shift in peaks(half, config))
    if not len(dx):
        return []
    # Every place within two pixels: the sizes are halved downwards, so far shifts come out a little short.
    near = np.arange(-2, 3)
    dx = np.clip(dx[:, None] + np.tile(near, 5), 1 - width, width - 1)
    dy = np.clip(dy[:, None] + np.repeat(near, 5), 0, height - 1)
    coefficient, overlap = SelfCorrelation(mask, config.min_variance).at(dx, dy)
    best = np.arange(len(dx)), coefficient.argmax(axis=1)
    dx, dy, coefficient, overlap = dx[best], dy[best], coefficient[best], overlap[best]
    order = np.argsort(-coefficient * overlap**0.25, kind="stable")
    chosen = [i for i in order if coefficient[i] >= config.relative_correlation * coefficient.max()]
    return [(int(dx[i]), int(dy[i])) for i in chosen[: config.max_shifts]]


def peaks(mask: np.ndarray, config: TilingConfig) -> tuple[np.ndarray, np.ndarray]:
    """(dx, dy), n each: local maxima of the self-correlation of a mask at half its size."""
    height, width = mask.shape
    correlation = SelfCorrelation(mask, config.min_variance)
    dx = np.arange(-(width - 1), width)[None, :]
    coefficient, overlap = np.empty((height, dx.size), np.float32), np.empty((height, dx.size), np.float32)
    for start in range(0, height, SHIFT_ROWS):
        here = np.s_[start : min(start + SHIFT_ROWS, height)]
        coefficient[here], overlap[here] = correlation.at(dx, np.arange(start, here.stop)[:, None])
    coefficient = cv2.GaussianBlur(coefficient, (0, 0), 0.5)  # a true peak is as wide as a stroke
    peak = coefficient == cv2.dilate(coefficient, np.ones((5, 5), np.uint8))
    dy, column = np.nonzero(
        peak & (overlap > config.min_overlap * width * height) & (coefficient >= config.min_correlation)
    )
    dx = column - (width - 1)
    far = (4 * (dx**2 + dy**2) > config.min_shift**2) & ~((dy == 0) & (dx < 0))
    return dx[far], dy[far]


class SelfCorrelation:
    """Pearson's coefficient of a mask (float32 h x w) and its shifted copy, over their overlap.

    One Fourier transform and summed-area tables serve any number of shifts.

    Parameters
    ----------
    mask : float32 h x w
    min_variance : share of the mask's variance that must lie in the overlap, or the coefficient is 0
    """

    def __init__(self, mask: np.ndarray, min_variance: float) -> None:
        self.height, self.width = mask.shape
        self.product = products(mask)
        self.total, self.squares = cv2.integral2(mask, sdepth=cv2.CV_64F, sqdepth=cv2.CV_64F)
        self.least = max(min_variance * float(self.squares[-1, -1] - self.total[-1, -1] ** 2 / mask.size), 1e-6)

    def at(self, dx: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(coefficient, overlap in pixels) for shifts dx in -(w-1)..w-1 and dy in 0..h-1, broadcast together."""
        height, width = self.height, self.width
        count = ((height - dy) * (width - np.abs(dx))).astype(np.float64)
        pickers = (
            slice_sums(dy * 0, height - dy, np.maximum(0, -dx), width - np.maximum(0, dx)),
            slice_sums(dy, height + dy * 0, np.maximum(0, dx), width - np.maximum(0, -dx)),
        )
        sums = [pick(self.total) for pick in pickers]
        spread = [pick(self.squares) - s * s / count for pick, s in zip(pickers, sums, strict=True)]
        scale = np.sqrt(np.maximum(spread[0] * spread[1], 0))
        covariance = self.product[dy, dx + width - 1] - sums[0] * sums[1] / count
        return np.where(scale > self.least, covariance / np.maximum(scale, self.least), 0), count


def products(mask: np.ndarray) -> np.ndarray:
    """float32 h x (2 w - 1): autocorrelation, the sums of the mask times its shifted copy."""
    height, width = mask.shape
    rows, columns = cv2.getOptimalDFTSize(2 * height), cv2.getOptimalDFTSize(2 * width)
    plane = np.zeros((rows, columns), np.float32)
    plane[:height, :width] = mask
    plane = cv2.dft(plane)
    plane = cv2.mulSpectrums(plane, plane, 0, conjB=True)
    plane = cv2.dft(plane, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT)[:height]
    return np.concatenate([plane[:, columns - (width - 1) :], plane[:, :width]], axis=1)


def slice_sums(top: np.ndarray, bottom: np.ndarray, left: np.ndarray, right: np.ndarray):
    """A function that sums many rectangles at once, given a summed-area table of (h + 1) x (w + 1)."""

    def pick(running: np.ndarray) -> np.ndarray:
        return running[bottom, right] - running[top, right] - running[bottom, left] + running[top, left]

    return pick


def sum_over_shifts(plane: np.ndarray, shifts: list[Shift]) -> np.ndarray:
    """Sum of `plane` (h x w ...) over every pixel and all its instances; instances outside the picture count 0."""
    height, width = plane.shape[:2]
    total = plane.copy()
    for start in range(0, height, SUM_ROWS):
        for dx, dy in with_negatives(shifts):
            top, bottom = max(start, -dy), min(start + SUM_ROWS, height, height - dy)
            if top < bottom:
                left, right = max(0, -dx), min(width, width - dx)
                total[top:bottom, left:right] += plane[top + dy : bottom + dy, left + dx : right + dx]
    return total


def count_over_shifts(shape: tuple[int, int], shifts: list[Shift]) -> np.ndarray:
    """float32 h x w: the number of instances of every pixel inside the picture, itself included."""
    height, width = shape
    steps = np.zeros(
        (height + 1, width + 1), np.float32
    )  # derivatives of a table in which each shift fills one rectangle
    for dx, dy in [(0, 0), *with_negatives(shifts)]:
        top, bottom = max(0, -dy), min(height, height - dy)
        left, right = max(0, -dx), min(width, width - dx)
        if top < bottom and left < right:
            steps[[top, bottom], [left, right]] += 1
            steps[[top, bottom], [right, left]] -= 1
    return steps.cumsum(axis=0).cumsum(axis=1)[:-1, :-1]


def with_negatives(shifts: list[Shift]) -> list[Shift]:
    return [way for x, y in shifts for way in ((x, y), (-x, -y))]


# --- instances -------------------------------------------------------------------------------------


def vote(mark: Estimate, shifts: list[Shift], config: TilingConfig) -> Estimate:
    """The mark by majority vote of its instances; no layer where too few of them show it. float32 in and out.

    A pixel's values are the alpha-weighted mean over its instances.
    """
    alpha = mark.alpha
    seen = alpha[alpha > 0.08]
    if not len(seen):
        return mark
    showing = sum_over_shifts(np.clip(alpha / (0.6 * np.quantile(seen, config.full_alpha_quantile)), 0, 1), shifts)
    showing /= count_over_shifts(alpha.shape, shifts)
    low, high = config.vote
    weight = np.clip((showing - low) / (high - low), 0, 1)
    weight = weight * weight * (3 - 2 * weight)
    # Instances that miss the mark vote, but do not enter the mean.
    weight /= sum_over_shifts(alpha, shifts) + np.float32(1e-6)
    opacity = 1 - mark.transmission[..., : 1 if mark.blend is BlendType.NORMAL else 3]
    opacity = sum_over_shifts(opacity * alpha[..., None], shifts) * weight[..., None]
    return replace(
        mark,
        emission=sum_over_shifts(mark.emission * alpha[..., None], shifts) * weight[..., None],
        transmission=np.broadcast_to(1 - opacity, mark.transmission.shape),
        alpha=sum_over_shifts(alpha * alpha, shifts) * weight,
    )


@dataclass(frozen=True, eq=False)
class PooledInstances:
    """The regression's sums over all instances, independent of the prior.

    Attributes
    ----------
    blend : the type that they serve
    filled : float32 h x w x 3, the picture, inpainted below the mark
    on : bool h x w x 1, the mark and its soft edge
    count : float32 h x w x 1, instances of every pixel, itself included
    sums : h x w x 3 or x 1, as `_line` needs them for that type
    """

    blend: BlendType
    filled: np.ndarray
    on: np.ndarray
    count: np.ndarray
    sums: tuple[np.ndarray, ...]


def pool_instances(
    picture: np.ndarray, blend: BlendType, mask: np.ndarray, shifts: list[Shift], config: TilingConfig
) -> PooledInstances:
    """Sum the regression over all instances.

    Parameters
    ----------
    picture : float32 h x w x 3, 0..1
    blend : the type of the mark
    mask : bool h x w, the mark without its soft edge
    shifts : as `find_shifts` returns
    """
    size = 2 * config.edge_pixels + 1
    grown = cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    filled = inpaint_telea(picture, grown)
    count = count_over_shifts(mask.shape, shifts)[..., None]
    return PooledInstances(blend, filled, (grown > 0)[..., None], count, _sums(picture, filled, count, blend, shifts))


def fit_instances(pool: PooledInstances, prior: Estimate, config: TilingConfig) -> Estimate:
    """Emission and transmission by regularised regression over all instances.

    prior: the mark so far, of the pooled type, on the same grid; it remains where a pixel has no other instance.
    """
    planes = [np.where(pool.on, x, 0).transpose(2, 0, 1) for x in _line(pool, prior, config)]
    f, t, alpha = project(planes[0], planes[1], pool.blend)
    return replace(prior, emission=f.transpose(1, 2, 0), transmission=t.transpose(1, 2, 0), alpha=alpha)


def _sums(
    z: np.ndarray, y: np.ndarray, count: np.ndarray, blend: BlendType, shifts: list[Shift]
) -> tuple[np.ndarray, ...]:
    others = (count - 1) / count  # a pixel's own inpainted background is no sample
    if blend == BlendType.ADD:
        return (sum_over_shifts(z - y, shifts) * others,)
    if blend in (BlendType.MULTIPLY, BlendType.SCREEN):  # a line through the origin
        if blend == BlendType.SCREEN:
            z, y = 1 - z, 1 - y
        return sum_over_shifts(z * y, shifts) * others, sum_over_shifts(y * y, shifts) * others
    mean_y, mean_z = sum_over_shifts(y, shifts) / count, sum_over_shifts(z, shifts) / count
    spread = (sum_over_shifts(dot(y, y), shifts) - count * dot(mean_y, mean_y)) * others
    along = (sum_over_shifts(dot(y, z), shifts) - count * dot(mean_y, mean_z)) * others
    return mean_y, mean_z, spread, along


def _line(pool: PooledInstances, prior: Estimate, config: TilingConfig) -> tuple[np.ndarray, np.ndarray]:
    """(emission, opacity), h x w x 3: z = f + T y over the instances, with f and T as free as the blend type allows."""
    others = pool.count - 1
    prior_t, prior_f = config.prior_transmission, config.prior_emission
    if pool.blend == BlendType.ADD:
        (excess,) = pool.sums
        return (excess + prior_f * prior.emission) / (others + prior_f), np.zeros_like(excess)
    if pool.blend in (BlendType.MULTIPLY, BlendType.SCREEN):
        product, square = pool.sums
        opacity = 1 - ((product + prior_t * prior.transmission) / (square + prior_t)).clip(0, 1)
        return (opacity if pool.blend == BlendType.SCREEN else np.zeros_like(opacity)), opacity
    mean_y, mean_z, spread, along = pool.sums
    grey = prior.transmission[..., :1]  # normal: the same transmission in all channels
    transmission = ((along + prior_t * grey) / (np.maximum(spread, 0) + prior_t)).clip(0, 1)
    emission = ((mean_z - transmission * mean_y) * others + prior_f * prior.emission) / (others + prior_f)
    return np.clip(emission, 0, 1 - transmission), np.broadcast_to(1 - transmission, emission.shape)


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """h x w x 1: over the channels."""
    return np.einsum("hwc,hwc->hw", a, b)[..., None]
