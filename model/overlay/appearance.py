"""How a placed overlay meets the picture: opacity, blend type and ink, from the picture alone.

The backdrop is unknown, but it does not follow the overlay's edges. So over pairs of pixels across those edges the
recovered backdrop y = (z - f) / T should differ no more than any two neighbours do: the appearance whose weighted
differences are smallest, by a robust measure (Cauchy), is taken. Every blend type is tried with the overlay's own
colours and with one unknown ink. Knows nothing of how the pose was found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..blending import emission_transmission_premultiplied
from ..types import BlendType

__all__ = ["Appearance", "Pairs", "appearance_fields", "fit_appearance"]

LEAST_OPACITY, MOST_OPACITY = 0.04, 1.0

PREFERENCE = 3.0
"""Standard errors by which one unknown ink must explain the picture better than the overlay's own colours."""

DIFFERENCE = 0.03
"""And it must make the picture differ by this much inside the overlay: colours saved as JPEG are a little off."""


@dataclass(frozen=True)
class Appearance:
    """opacity: 0..1, of the overlay's own alpha. ink: the one colour shown instead of the overlay's own, or None.

    cost: mean robust difference that is left; comparable for one set of pairs only.
    """

    blend: BlendType
    opacity: float
    ink: tuple[float, float, float] | None
    cost: float


def appearance_fields(planes: np.ndarray, appearance: Appearance) -> tuple[np.ndarray, np.ndarray]:
    """(f, T), ... x 3, of drawn planes (... x 4: colour times alpha, alpha) in this appearance."""
    alpha = planes[..., 3:] * np.float32(appearance.opacity)
    if appearance.ink is None:
        shown = planes[..., :3] * np.float32(appearance.opacity)
    else:
        shown = alpha * np.asarray(appearance.ink, np.float32)
    return emission_transmission_premultiplied(alpha, shown, appearance.blend)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of pixels across the overlay's edges. picture: 2 x n x 3, planes: 2 x n x 4, float32.

    far: n, bool: pixels far enough apart that their colours can be compared too: JPEG and resizing smear colours over
    a pixel or two, brightness less. group: n, int: pairs of one group are near each other and count as one witness.
    """

    picture: np.ndarray
    planes: np.ndarray
    far: np.ndarray
    group: np.ndarray

    def differences(self, emission: np.ndarray, transmission: np.ndarray) -> np.ndarray:
        """n x 3: T (y1 - y0) of the recovered backdrop as luma and two chroma differences, 0 where not `far`.

        To luma is added how far the backdrop lies outside 0..1, noise apart.
        """
        through = np.maximum(transmission, 0.02)
        rest = self.picture - emission
        difference = through.mean(axis=0) * (rest[1] / through[1] - rest[0] / through[0])
        outside = np.maximum(np.maximum(rest - transmission, -rest) - 0.012, 0).sum(axis=(0, 2))
        luma = np.abs(difference @ LUMA) + outside
        chroma = (difference[:, ::2] - difference[:, 1:2]) * self.far[:, None]
        return np.concatenate([luma[:, None], 0.5 * chroma], axis=-1)

    def pick(self, chosen: np.ndarray) -> Pairs:
        return Pairs(self.picture[:, chosen], self.planes[:, chosen], self.far[chosen], self.group[chosen])


LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def fit_appearance(versions: Sequence[Pairs], blend: BlendType | None = None) -> tuple[int, Appearance]:
    """Which of several drawings of the same pairs fits best, and the appearance that leaves the backdrop smoothest.

    versions: the same pairs, the overlay drawn more or less sharply; the first is the one to begin with.
    blend: only this one, where the user knows it.
    """
    blends = list(BlendType) if blend is None else [blend]
    first = versions[0]
    sigma = _noise(first)
    own = _best(first, [_own_colours(first, b, sigma) for b in blends], sigma)
    drawing, own = _drawing(versions, own, sigma)
    pairs = versions[drawing]
    if len(blends) > 1:  # a wrong sharpness may have told the types apart wrongly
        own = _best(pairs, [own, *(_own_colours(pairs, b, sigma) for b in blends if b is not own.blend)], sigma)
    starts = sorted((_one_ink(pairs, b, sigma) for b in blends), key=lambda one: one.cost)
    other = _best(pairs, [_polished(pairs, one, sigma) for one in starts[:2]], sigma)
    if _better(pairs, other, own, sigma, PREFERENCE) and _differ(pairs, other, own) > DIFFERENCE:
        return drawing, other
    return drawing, own


def _drawing(versions: Sequence[Pairs], appearance: Appearance, sigma: float) -> tuple[int, Appearance]:
    tried = [_own_colours(pairs, appearance.blend, sigma, around=appearance.opacity) for pairs in versions]
    best = int(np.argmin([one.cost for one in tried]))
    return best, tried[best]


def _differ(pairs: Pairs, one: Appearance, other: Appearance) -> float:
    """How differently the two make the same backdrop look, mean of the channel where it is most, inside the overlay."""
    (f1, t1), (f2, t2) = appearance_fields(pairs.planes, one), appearance_fields(pairs.planes, other)
    backdrop = ((pairs.picture - f2) / np.maximum(t2, 0.02)).clip(0, 1)
    inside = pairs.planes[..., 3] > 0.5
    if not inside.any():
        return 0.0
    return float(np.abs(f1 - f2 + (t1 - t2) * backdrop)[inside].mean(axis=0).max())


def _noise(pairs: Pairs) -> float:
    """A scale for differences: what half of the pairs stay under as they are, an overlay's edge included."""
    return max(1.5 / 255, 0.5 * float(np.median(np.abs(pairs.picture[1] - pairs.picture[0]))))


def _losses(pairs: Pairs, appearance: Appearance, sigma: float) -> np.ndarray:
    """n: the robust measure of each pair."""
    rest = pairs.differences(*appearance_fields(pairs.planes, appearance))
    return np.log1p((rest / sigma) ** 2).sum(axis=-1)


def _better(pairs: Pairs, one: Appearance, other: Appearance, sigma: float, errors: float) -> bool:
    """Whether `one` leaves less than `other` by that many standard errors over the groups of pairs."""
    gain = _losses(pairs, other, sigma) - _losses(pairs, one, sigma)
    sums = np.bincount(pairs.group, gain)
    sums = sums[np.bincount(pairs.group) > 0]
    if len(sums) < 2:
        return float(sums.sum()) > 0
    return float(sums.sum()) > errors * float(sums.std(ddof=1)) * len(sums) ** 0.5


def _best(pairs: Pairs, tried: list[Appearance], sigma: float) -> Appearance:
    best = tried[0]
    for other in tried[1:]:
        if other.cost < best.cost and _better(pairs, other, best, sigma, 0.5):
            best = other
    return best


def _minimum(
    cost: Callable[[float], float], low: float, high: float, points: int = 20, sections: int = 14
) -> tuple[float, float]:
    """(argument, value) of the least of a function of one number: a grid, then golden sections around its best."""
    grid = np.linspace(low, high, points)
    values = [cost(float(v)) for v in grid]
    k = int(np.argmin(values))
    a, b = float(grid[max(k - 1, 0)]), float(grid[min(k + 1, points - 1)])
    ratio = 0.381966
    c, d = a + ratio * (b - a), b - ratio * (b - a)
    at_c, at_d = cost(c), cost(d)
    for _ in range(sections):
        if at_c < at_d:
            b, d, at_d = d, c, at_c
            c = a + ratio * (b - a)
            at_c = cost(c)
        else:
            a, c, at_c = c, d, at_d
            d = b - ratio * (b - a)
            at_d = cost(d)
    return (c, at_c) if at_c < at_d else (d, at_d)


def _own_colours(pairs: Pairs, blend: BlendType, sigma: float, around: float | None = None) -> Appearance:
    """The best opacity with the overlay's colours as they are."""

    def cost(opacity: float) -> float:
        return float(_losses(pairs, Appearance(blend, opacity, None, 0.0), sigma).mean())

    if around is None:
        opacity, value = _minimum(cost, LEAST_OPACITY, MOST_OPACITY, 16, 12)
    else:
        low, high = max(around - 0.08, LEAST_OPACITY), min(around + 0.08, MOST_OPACITY)
        opacity, value = _minimum(cost, low, high, 5, 9)
    return Appearance(blend, opacity, None, value)


def _one_ink(pairs: Pairs, blend: BlendType, sigma: float) -> Appearance:
    """The best opacity and ink. Where only their product shows, the canonical choice: the smallest opacity."""
    plain = pairs.pick(pairs.far) if np.count_nonzero(pairs.far) > 300 else pairs
    if blend is BlendType.NORMAL:
        start = _normal_ink(plain, sigma)
    else:
        strength = np.array([_channel_strength(plain, blend, k, sigma) for k in range(3)])
        start = _canonical(blend, strength)
    return replace(start, cost=float(_losses(pairs, start, sigma).mean()))


def _canonical(blend: BlendType, strength: np.ndarray) -> Appearance:
    """strength: what of each channel is added (screen, add) or held back (multiply) where alpha is 1."""
    opacity = float(np.clip(strength.max(), LEAST_OPACITY, 1))
    share = np.clip(strength / opacity, 0, 1)
    ink = 1 - share if blend is BlendType.MULTIPLY else share
    return Appearance(blend, opacity, (float(ink[0]), float(ink[1]), float(ink[2])), 0.0)


def _polished(pairs: Pairs, start: Appearance, sigma: float) -> Appearance:
    """Opacity and each channel of the ink in turn, twice, over all pairs."""
    assert start.ink is not None
    normal, multiply = start.blend is BlendType.NORMAL, start.blend is BlendType.MULTIPLY
    values = np.array([start.opacity, *start.ink])
    if not normal:
        values[1:] = start.opacity * (1 - values[1:] if multiply else values[1:])

    def of(trial: np.ndarray) -> Appearance:
        if not normal:
            return _canonical(start.blend, trial[1:])
        return Appearance(start.blend, float(trial[0]), (float(trial[1]), float(trial[2]), float(trial[3])), 0.0)

    value = 0.0
    for reach in (0.08, 0.03):
        for k in range(0 if normal else 1, 4):

            def cost(v: float, k: int = k) -> float:
                trial = values.copy()
                trial[k] = v
                return float(_losses(pairs, of(trial), sigma).mean())

            low, high = max(values[k] - reach, LEAST_OPACITY if k == 0 else 0.0), min(values[k] + reach, 1.0)
            values[k], value = _minimum(cost, low, high, 5, 6)
    return replace(of(values), cost=value)


def _channel_strength(pairs: Pairs, blend: BlendType, k: int, sigma: float) -> float:
    """What of channel k is added (screen, add) or held back (multiply) where the overlay's alpha is 1."""
    z, alpha = pairs.picture[..., k], pairs.planes[..., 3]

    def cost(strength: float) -> float:
        part = np.float32(strength) * alpha
        rest = z if blend is BlendType.MULTIPLY else z - part
        through = np.ones_like(part) if blend is BlendType.ADD else np.maximum(1 - part, 0.02)
        difference = np.abs(through.mean(axis=0) * (rest[1] / through[1] - rest[0] / through[0]))
        difference += np.maximum(np.maximum(rest - through, -rest) - 0.012, 0).sum(axis=0)
        return float(np.log1p((difference / sigma) ** 2).mean())

    return _minimum(cost, 0.0, 1.0)[0]


def _normal_ink(pairs: Pairs, sigma: float) -> Appearance:
    def inked(opacity: float) -> Appearance:
        ink = tuple(float(np.clip(_ink_channel(pairs, opacity, k, sigma) / opacity, 0, 1)) for k in range(3))
        return Appearance(BlendType.NORMAL, opacity, (ink[0], ink[1], ink[2]), 0.0)

    def cost(opacity: float) -> float:
        return float(_losses(pairs, inked(opacity), sigma).mean())

    opacity, value = _minimum(cost, LEAST_OPACITY, MOST_OPACITY, 16, 8)
    return Appearance(BlendType.NORMAL, opacity, inked(opacity).ink, value)


def _ink_channel(pairs: Pairs, opacity: float, k: int, sigma: float) -> float:
    """Opacity times ink in channel k, by reweighted least squares: the difference of y is linear in it."""
    z, alpha = pairs.picture[..., k], pairs.planes[..., 3]
    through = np.maximum(1 - np.float32(opacity) * alpha, 0.02)
    mean = through.mean(axis=0)
    left, right = mean * np.diff(z / through, axis=0)[0], mean * np.diff(alpha / through, axis=0)[0]
    value, weight = 0.0, np.ones_like(left)
    for _ in range(6):
        value = float((weight * left * right).sum() / ((weight * right * right).sum() + 1e-9))
        weight = 1 / (1 + ((left - value * right) / sigma) ** 2)
    return value
