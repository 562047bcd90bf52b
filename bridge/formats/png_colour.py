"""Which colours a PNG's values stand for: its profile, or one made from its cICP, gAMA and cHRM chunks.

The order in which the chunks count is that of W3C PNG, third edition, section 4.3. Knows nothing of pixels.
"""

from __future__ import annotations

from .matrix_profile import SRGB_CURVE, SRGB_PRIMARIES, matrix_profile, primaries_of_cicp, transfer_of_cicp
from .png_chunks import PngFile

__all__ = ["profile_of_png"]

ABOUT_SRGB = 0.05
"""Gammas this near to 2.2 are what programs write for sRGB."""


def profile_of_png(file: PngFile) -> tuple[bytes | None, list[str]]:
    """The ICC profile of the values, None for sRGB or where the file says nothing; and what has to be said of it."""
    if file.cicp is not None:
        return _of_cicp(file)
    if file.icc is not None:
        return file.icc, []
    if file.is_srgb or (file.gamma is None and file.primaries is None):
        return None, []
    gamma, primaries = file.gamma or 1 / 2.2, file.primaries or SRGB_PRIMARIES
    if abs(1 / gamma - 2.2) < ABOUT_SRGB and primaries.is_close_to(SRGB_PRIMARIES):
        return None, []
    try:
        if not 0.1 <= gamma <= 10:
            raise ValueError(f"a gamma of {gamma} is none")
        profile = matrix_profile(f"RGB, gamma {1 / gamma:.3g}", primaries, (1 / gamma,))
    except ValueError:
        return None, ["its colours (gAMA, cHRM) make no sense and are taken for sRGB"]
    return profile, [f"its colours (gamma {1 / gamma:.3g}) are kept as a profile"]


def _of_cicp(file: PngFile) -> tuple[bytes | None, list[str]]:
    colours, transfer, matrix, full_range = file.cicp or (0, 0, 0, 0)
    named, curve = primaries_of_cicp(colours), transfer_of_cicp(transfer)
    if named is None or curve is None or matrix != 0 or full_range != 1:
        told = "its colours (cICP {}, {}, {}, {}) cannot be kept as a profile and are taken for {}"
        return file.icc, [told.format(*(file.cicp or ()), "those of its profile" if file.icc else "sRGB")]
    name, primaries = named
    if primaries == SRGB_PRIMARIES and curve == SRGB_CURVE:
        return None, []
    return matrix_profile(name, primaries, curve), [f"its colours ({name}, cICP) are kept as a profile"]
