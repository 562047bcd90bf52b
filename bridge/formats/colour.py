"""ICC profiles: what a profile is for, the sRGB one, and conversion of gray and CMYK samples to RGB.

Knows nothing of files. Profiles go through littlecms (Pillow for 8 bits, imagecodecs for 16).
"""

from __future__ import annotations

from functools import cache

__all__ = ["profile_space", "srgb_profile"]


@cache
def srgb_profile() -> bytes:
    """sRGB as an ICC profile; the same bytes every time (the creation date is a constant)."""
    from PIL import ImageCms

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes.fromhex("07e8 0001 0001 0000 0000 0000")
    return bytes(profile)


def profile_space(icc: bytes) -> str:
    """The colour space a profile is for ("RGB", "GRAY", "CMYK", "Lab"); empty where it is no profile.

    Source: ICC.1:2022, 7.2 (header: signature at 36, data colour space at 16).
    """
    if len(icc) < 132 or icc[36:40] != b"acsp":
        return ""
    return icc[16:20].decode("ascii", "replace").strip()
