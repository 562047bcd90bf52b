"""The constants of the exact solve at one depth, in the float type that its arithmetic needs.

Exactness: in normal mode all quantities are whole numbers below 2^24 (8 bit, float32) or 2^53 (16 bit, float64). In
the others a quotient by M is at least 1 / 2M of a level away from where the rounding changes, against an
error below 1e-4 (8 bit) or 1e-9 (16 bit); the real composite stays within `margin` of z.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["NUMBERS", "Numbers", "Real"]

Real = Any
"""A number of the type that the depth needs, float32 or float64."""


class Numbers(NamedTuple):
    """The constants that compiled code is given; it would take literals, even 0 and 1, for float64.

    Attributes
    ----------
    top : M, the full level
    per_top : 1 / M
    middle : M / 2
    margin : distance in levels that the real composite may have from z: a half less the error of float32 programs
    sure : distance in levels that a product may have from its integer for Krita to round it like other programs
        Its 8-bit arithmetic takes 125/255 for less than a half.
    tiny : replaces 0 as a divisor
    zero, half, one : 0, 0.5 and 1
    """

    top: np.floating
    per_top: np.floating
    middle: np.floating
    margin: np.floating
    sure: np.floating
    tiny: np.floating
    zero: np.floating
    half: np.floating
    one: np.floating


def _numbers(real: type[np.floating], top: int, margin: float, sure: float) -> Numbers:
    return Numbers(*(real(n) for n in (top, 1 / top, top / 2, margin, sure, 1e-6, 0, 0.5, 1)))


NUMBERS = {
    np.dtype(np.uint8): _numbers(np.float32, 255, 0.4985, 0.492),
    np.dtype(np.uint16): _numbers(np.float64, 65535, 0.45, 0.6),
}
