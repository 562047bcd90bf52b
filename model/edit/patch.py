"""A rectangle of a decomposition as one layer sees it, and the way back to whole levels.

Target, colour and backdrop are planes of levels; the layer over the backdrop is the target, exactly. An edit says what
alpha and colour some pixels should have; `solve_patch` finds the levels near by that are exact again and leaves every
other pixel as it is, to the bit. Knows nothing of what an edit means.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ..blending import canonical, emission_transmission
from ..exact import solve
from ..finish.config import DEFAULT
from ..finish.invert import invert_levels, quantise_layer
from ..imaging.pyramid import pull_push
from ..types import BlendType
from .config import EditConfig

__all__ = ["Patch", "max_alpha", "solve_patch"]


@dataclass(frozen=True, eq=False)
class Patch:
    """alpha: h x w; target, colour, backdrop: 3 x h x w; all of one unsigned type, in levels.

    Stacked with `blend`, the layer over `backdrop` is `target`. Where alpha is 0 the colour says nothing.
    """

    target: np.ndarray
    alpha: np.ndarray
    colour: np.ndarray
    backdrop: np.ndarray
    blend: BlendType
    config: EditConfig = field(default_factory=EditConfig)

    @property
    def top(self) -> int:
        """The highest level: 255 or 65535."""
        return int(np.iinfo(self.target.dtype).max)

    @cached_property
    def picture(self) -> np.ndarray:
        """The target as 0..1 float32."""
        return self.target * np.float32(1 / self.top)

    @cached_property
    def below(self) -> np.ndarray:
        """The backdrop as 0..1 float32."""
        return self.backdrop * np.float32(1 / self.top)

    @cached_property
    def emission_and_transmission(self) -> tuple[np.ndarray, np.ndarray]:
        """(f, T): 3 x h x w float32."""
        scale = np.float32(1 / self.top)
        emission, transmission = emission_transmission(self.alpha[None] * scale, self.colour * scale, self.blend)
        return emission, transmission

    @cached_property
    def alpha_and_colour(self) -> tuple[np.ndarray, np.ndarray]:
        """(alpha h x w, colour 3 x h x w), canonical, 0..1 float32: the same layer however its levels were chosen."""
        if self.blend == BlendType.NORMAL:
            scale = np.float32(1 / self.top)
            return self.alpha * scale, self.colour * scale
        alpha, colour = canonical(*self.emission_and_transmission, self.blend, axis=0)
        return alpha[0], colour

    def crop(self, where: tuple[slice, slice]) -> Patch:
        """The rows and columns `where` alone."""
        target, colour, backdrop = (x[:, *where] for x in (self.target, self.colour, self.backdrop))
        return Patch(target, self.alpha[where], colour, backdrop, self.blend, self.config)

    def with_crop(self, where: tuple[slice, slice], crop: Patch) -> Patch:
        """The patch with `part` in the place of rows and columns `where`."""
        alpha, colour, backdrop = self.alpha.copy(), self.colour.copy(), self.backdrop.copy()
        alpha[where], colour[:, *where], backdrop[:, *where] = crop.alpha, crop.colour, crop.backdrop
        return Patch(self.target, alpha, colour, backdrop, crop.blend, self.config)


def solve_patch(patch: Patch, alpha: np.ndarray, colour: np.ndarray, where: np.ndarray, fresh: bool = True) -> Patch:
    """The patch with `alpha` (h x w) and `colour` (3 x h x w), canonical, 0..1, at pixels `where` (bool h x w), exact.

    Where the layer lets light through the backdrop follows from the picture; where it hardly does, the backdrop is
    what it was, or, where the layer has just grown opaque, filled in from around (fresh False: what it was).
    Pixels outside `where` keep their levels. Where alpha becomes 0 the backdrop is the target.
    """
    at = np.flatnonzero(where)
    if not at.size:
        return patch
    target = _gather(patch.target, at)
    a, c = quantise_layer(
        alpha.reshape(1, -1).take(at, axis=1).astype(np.float32), _gather(colour, at), target, patch.blend
    )
    y = target  # where all shines through, the solve inverts: the guess does not matter
    least = _least_transmission(alpha, colour, patch.blend)
    if float(least.reshape(-1).take(at).min()) < DEFAULT.clear_transmission:
        under = _gather(_inpainted_backdrop(patch, least) if fresh else patch.below, at)
        c, y = invert_levels(a, c, target, under, np.asarray(DEFAULT.inversion_weight, np.float32), patch.blend)
    c, y, _ = solve(a, c, y, target, patch.blend)
    c *= a > 0
    return replace(
        patch,
        alpha=_scatter(patch.alpha[None], at, a[None])[0],
        colour=_scatter(patch.colour, at, c),
        backdrop=_scatter(patch.backdrop, at, y),
    )


def max_alpha(picture: np.ndarray, colour: np.ndarray, blend: BlendType) -> np.ndarray:
    """h x w: the largest alpha at which a layer of `colour` leaves a backdrop of 0..1; both 3 x h x w, 0..1."""
    emission, transmission = emission_transmission(np.float32(1), colour, blend)  # z - a f must lie in 0..1 - a (1 - T)
    slack = np.float32(0.01)  # noise, and levels that were cut off
    dark = (picture + slack) / np.maximum(emission, slack)
    bright = (1 - picture + slack) / np.maximum(1 - transmission - emission, slack)
    return np.minimum(np.minimum(dark, bright).min(axis=0), 1)


def _gather(planes: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The pixels `at` of 3 x h x w planes, as 3 x 1 x n."""
    return planes.reshape(3, -1).take(at, axis=1)[:, None]


def _scatter(planes: np.ndarray, at: np.ndarray, values: np.ndarray) -> np.ndarray:
    out = np.array(planes).reshape(len(planes), -1)
    out[:, at] = values.reshape(len(planes), -1)
    return out.reshape(planes.shape)


def _least_transmission(alpha: np.ndarray, colour: np.ndarray, blend: BlendType) -> np.ndarray:
    """The least T over the channels, h x w."""
    if blend == BlendType.NORMAL:
        return 1 - alpha
    return emission_transmission(alpha[None], colour, blend)[1].min(axis=0)


def _inpainted_backdrop(patch: Patch, least: np.ndarray) -> np.ndarray:
    """The backdrop assumed under opaque parts: as it was, interpolated from around where it is no longer seen."""
    lost = _least_transmission(*patch.alpha_and_colour, patch.blend) - least
    known = 1 - np.clip(patch.config.backdrop_forget_rate * lost, 0, 1)
    if known.min() >= 1 or known.max() <= 0:
        return patch.below
    filled = pull_push(np.ascontiguousarray(np.moveaxis(patch.below, 0, -1)), np.ascontiguousarray(known, np.float32))
    return np.moveaxis(filled, -1, 0)
