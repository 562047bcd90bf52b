"""The thresholds of `finish`, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from ..blending import INVERSION_WEIGHT
from ..imaging.stripes import PIXELS

__all__ = ["DEFAULT", "FinishConfig"]


@dataclass(frozen=True)
class FinishConfig:
    """How estimates become full-size layers. Alpha and transmission in 0..1 of the encoded range.

    Attributes
    ----------
    region_low : alpha
        Below this a region does not extend: 8-bit alpha 1-3 is what a network leaves on clean pixels.
    region_high : alpha
        A region that nowhere reaches this is dropped: below 5 % opacity layers are invisible and estimates unreliable.
    region_max_cells : grid cells
        The region is found on at most this many; a larger grid is first reduced by its blocks' maxima.
    fade_alpha : alpha
        Below this alpha falls to 0 as its square: a soft edge ends instead of trailing a haze of alpha 1-2.
    guided_radius : pixels of the estimate
        Window of the guided upsampling: the smallest that an affine fit can have.
    guided_ridge : squared range 0..1
        Ridge of the same fit: texture fainter than about 0.01 does not shape the map.
    clear_transmission : transmission
        Where every layer transmits more than this everywhere, inversion needs no prior.
    inversion_weight : ratio of variances
        Weight of the background prior in `blending.invert`.
    rim_weight : ratio of variances over squared transmission
        Added weight for the layer's own error, times the square of the local range of T: keeps the rim of an opaque
        mark from bleeding into the background.
    fill_max_pixels : pixels
        The background prior is filled in on a reduced picture of at most this many.
    hint_margin : native pixels
    hint_margin_share : ratio
        With a hint, a layer ends where the distance to it exceeds the margin: the larger of `hint_margin` and this
        share of the longer side of the hint's bounding box, so that a loose stroke still reaches the mark around it.
    band_pixels : pixels
        Pixels of the rows whose guided coefficients are computed together.
    threads : int
        Bands worked on at a time. No influence on the result.
    """

    region_low: float = 4 / 255
    region_high: float = 12 / 255
    region_max_cells: int = 1 << 21
    fade_alpha: float = 3 / 255
    guided_radius: int = 1
    guided_ridge: float = 1e-4
    clear_transmission: float = 0.6
    inversion_weight: float = INVERSION_WEIGHT
    rim_weight: float = 0.3
    fill_max_pixels: int = 1 << 20
    hint_margin: float = 16.0
    hint_margin_share: float = 0.15
    band_pixels: int = 8 * PIXELS
    threads: int = 2


DEFAULT = FinishConfig()
