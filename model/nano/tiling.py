"""A tiled watermark, taken off by all its repeats together: they agree before the closed-form fit, and decide after it.

Brings estimates and picture onto one grid for `repeats` and `pooling`, which do the work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..imaging.crop import Crop, crop_request
from ..types import Estimate, Request
from .instances import PooledInstances, fit_instances, pool_instances, vote
from .resample import resample_to_crop
from .shifts import Shift, find_shifts

__all__ = ["TiledMark", "find_tiling"]

PIXELS = 1_500_000
"""The repeats are compared on at most this many; a larger mark is reduced for it."""

PRESENT = 0.04
"""Alpha from which a pixel belongs to the mask that is fitted."""


@dataclass(frozen=True, eq=False)
class TiledMark:
    """view: the picture around the mark.   top: the mark as its repeats agree on it, on the view's grid."""

    view: Crop
    shifts: list[Shift]
    top: Estimate

    def pool_instances(self) -> PooledInstances:
        """What `solved` needs of the picture alone: most of its work."""
        return pool_instances(self.view.pixels, self.top.blend, self.top.alpha > PRESENT, self.shifts)

    def solved(self, believed: Estimate, of: PooledInstances) -> tuple[Estimate, np.ndarray]:
        """(the mark that suits all repeats, the background beneath it: float16 over its box).

        believed: the same mark as the network or the closed-form fit has it, on any grid within the box.
        """
        return halved(fit_instances(of, resample_to_crop(believed, self.view))), of.filled.astype(np.float16)


def find_tiling(request: Request, estimate: Estimate) -> TiledMark | None:
    """None where the mark does not repeat itself."""
    view = crop_request(request, PIXELS, estimate.box)
    seen = resample_to_crop(estimate, view)
    shifts = find_shifts(seen.alpha)
    return TiledMark(view, shifts, vote(seen, shifts)) if shifts else None


def halved(estimate: Estimate) -> Estimate:
    half = np.float16
    emission, transmission = estimate.emission.astype(half), estimate.transmission.astype(half)
    return replace(estimate, emission=emission, transmission=transmission, alpha=estimate.alpha.astype(half))
