"""One layer's estimate, readable at any rows of the full-size picture.

Not alpha and colour are enlarged (colour is undefined where alpha is 0) but emission and opacity: for normal 1 - mean T
and f, for multiply 1 - T, for screen and add f. `blending.canonical` converts them to alpha and colour afterwards.
Knows nothing of other layers or of integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..blending import canonical
from ..imaging import guided_upsampling
from ..types import BlendType, Estimate
from .config import FinishConfig
from .region import native_bounds, region

__all__ = ["Field", "Reader"]


@dataclass(frozen=True, eq=False)
class Field:
    """An estimate with what is needed to enlarge it.

    Attributes
    ----------
    guide : h x w x 3 of the picture's dtype, or None
        The picture at the estimate's size; None where nothing is enlarged.
    inside : uint8, 0 or 255
        Where the layer is, on the estimate's grid or a coarser one.
    touched : x0, y0, x1, y1
        The native rectangle outside which the layer is empty.
    """

    estimate: Estimate
    guide: np.ndarray | None
    inside: np.ndarray
    touched: tuple[int, int, int, int]
    config: FinishConfig

    @classmethod
    def of(cls, estimate: Estimate, pixels: np.ndarray, config: FinishConfig) -> Field | None:
        """The field of an estimate over `pixels` (H x W x C); None where the layer is empty."""
        inside = region(_canonical_alpha(estimate, config), config)
        touched = native_bounds(inside, estimate.box)
        if touched is None:
            return None
        x, y, width, height = estimate.box
        h, w = estimate.alpha.shape
        guide = None
        if w < width or h < height:
            crop = np.ascontiguousarray(pixels[y : y + height, x : x + width, :3])
            guide = cv2.resize(crop, (w, h), interpolation=cv2.INTER_AREA)
        return cls(estimate, guide, inside, touched, config)

    @property
    def blend(self) -> BlendType:
        return self.estimate.blend


def _canonical_alpha(estimate: Estimate, config: FinishConfig) -> np.ndarray:
    """The canonical alpha of (f, T), where the estimate's own alpha says that there is a layer; h x w float32."""
    out = np.empty(estimate.alpha.shape, np.float32)
    for top in range(0, len(out), 256):
        rows = slice(top, top + 256)
        alpha, _ = canonical(*_emission_transmission(_maps(estimate, rows), estimate.blend), estimate.blend, axis=0)
        out[rows] = alpha[0] * (estimate.alpha[rows] >= config.region_low)
    return out


def _maps(estimate: Estimate, rows: slice) -> np.ndarray:
    """The maps that are enlarged, k x n x w float32. Not-a-number counts as nothing there."""
    if estimate.blend == BlendType.NORMAL:
        emission = np.moveaxis(estimate.emission[rows].astype(np.float32), -1, 0)
        opacity = 1 - estimate.transmission[rows].astype(np.float32).mean(axis=-1)
        maps = np.concatenate([opacity[None], emission])
    elif estimate.blend == BlendType.MULTIPLY:
        maps = 1 - np.moveaxis(estimate.transmission[rows].astype(np.float32), -1, 0)
    else:
        maps = np.moveaxis(estimate.emission[rows].astype(np.float32), -1, 0)
    return np.nan_to_num(maps, nan=0.0).clip(0, 1)


def _emission_transmission(maps: np.ndarray, blend: BlendType) -> tuple[np.ndarray, np.ndarray]:
    """(f, T) for `canonical`, channel axis first, of maps (k x h x w)."""
    if blend == BlendType.NORMAL:
        return maps[1:], 1 - maps[:1]
    return maps, 1 - maps


class Reader:
    """Reads a field within native rows top..bottom; the guided coefficients for them are computed once."""

    def __init__(self, field: Field, top: int, bottom: int) -> None:
        self.field = field
        _, y, width, height = field.estimate.box
        self._size = width, height
        rows = field.estimate.alpha.shape[0]
        span = max(top - y, 0), min(bottom - y, height)
        self._first, last = guided_upsampling.rows_needed(span, rows, height, 0)
        if field.guide is None:
            self._maps = _maps(field.estimate, slice(self._first, last))
            return
        radius, ridge = field.config.guided_radius, field.config.guided_ridge
        low, high = guided_upsampling.rows_needed(span, rows, height, 2 * radius)
        maps = _maps(field.estimate, slice(low, high))
        guide = field.guide[low:high].astype(np.float32) / np.iinfo(field.guide.dtype).max
        coefficients = guided_upsampling.coefficients(guide, maps, radius, ridge)
        self._maps = coefficients[:, :, self._first - low : last - low]

    def alpha_colour(
        self, top: int, bottom: int, columns: tuple[int, int], picture: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Alpha and colour of the layer over a native rectangle inside the field's box.

        Parameters
        ----------
        top, bottom : native rows
        columns : x0, x1 of the canvas
        picture : float32 3 x n x m, 0..1
            The composite there.

        Returns
        -------
        alpha : float32 n x m, 0..1
        colour : float32 3 x n x m, 0..1
        """
        estimate = self.field.estimate
        x, y, _, _ = estimate.box
        span = top - y, bottom - y
        cut = slice(columns[0] - x, columns[1] - x)
        rows = estimate.alpha.shape[0]
        maps = guided_upsampling.enlarge(self._maps, self._first, span, rows, self._size)[..., cut]
        if self.field.guide is not None:
            maps = guided_upsampling.apply(maps, picture).clip(0, 1)
        alpha, colour = canonical(*_emission_transmission(maps, estimate.blend), estimate.blend, axis=0)
        return alpha[0] * self._soft_region(span, cut), colour

    def _soft_region(self, span: tuple[int, int], cut: slice) -> np.ndarray:
        """The region enlarged, 0..1, with a soft border."""
        inside = self.field.inside
        low, high = guided_upsampling.rows_needed(span, inside.shape[0], self._size[1], 0)
        part = inside[low:high].astype(np.float32) / 255
        return guided_upsampling.enlarge(part, low, span, inside.shape[0], self._size)[..., cut]
