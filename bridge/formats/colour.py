"""ICC profiles: what one is for, the sRGB one, and conversion of gray and CMYK samples to RGB through them.

Knows nothing of files. Source: ICC.1:2022.
"""

from __future__ import annotations

from functools import cache

import numpy as np

__all__ = ["in_rgb", "profile_space", "srgb_profile"]

GRAY, RGB, CMYK = "GRAY", "RGB", "CMYK"


@cache
def srgb_profile() -> bytes:
    """sRGB as an ICC profile; the same bytes every time (the creation date is a constant)."""
    from PIL import ImageCms

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes.fromhex("07e8 0001 0001 0000 0000 0000")
    return bytes(profile)


def profile_space(icc: bytes) -> str:
    """The colour space a profile is for ("RGB", "GRAY", "CMYK", "Lab"); empty where it is no profile.

    Section 7.2: the signature stands at byte 36, the data colour space at 16.
    """
    if len(icc) < 132 or icc[36:40] != b"acsp":
        return ""
    return icc[16:20].decode("ascii", "replace").strip()


def in_rgb(samples: np.ndarray, space: str, icc: bytes | None) -> tuple[np.ndarray, bytes | None, list[str]]:
    """Samples of a space as RGB: H x W x 3, the profile they are in now, and what was changed, a line each.

    samples: uint8 or uint16, H x W x 1 (GRAY), 3 (RGB) or 4 (CMYK, full ink = largest value).
    """
    fits = icc is not None and profile_space(icc) == space
    if space == RGB:
        return samples, (icc if fits else None), [] if fits or icc is None else [_UNFIT]
    if fits and icc is not None:
        converted = _through_profile(samples, space, icc)
        if converted is not None:
            name = {GRAY: "gray", CMYK: "CMYK"}[space]
            return converted, srgb_profile(), [f"converted from {name} to sRGB through its profile"]
    if space == CMYK:
        notes = ["converted from CMYK without a usable profile: colours are a guess"]
        return _ink_to_light(samples), None, notes
    kept = icc if icc is not None and profile_space(icc) == RGB else None
    return np.repeat(samples, 3, axis=2), kept, [] if icc is None or kept else [_UNFIT]


_UNFIT = "its colour profile does not fit the picture and was left out"


def _through_profile(samples: np.ndarray, space: str, icc: bytes) -> np.ndarray | None:
    """To sRGB, relative colorimetric with black point compensation; None where littlecms refuses the profile."""
    from imagecodecs import CMS, cms_transform

    given, flags = samples, CMS.FLAGS.BLACKPOINTCOMPENSATION
    if space == GRAY:
        # Every value there is, once, and then a table: littlecms's own short cut is ten levels off near black.
        given = np.arange(np.iinfo(samples.dtype).max + 1, dtype=samples.dtype)[None]
        flags |= CMS.FLAGS.NOOPTIMIZE
    intent = CMS.INTENT.RELATIVE_COLORIMETRIC
    try:
        converted = cms_transform(
            given, icc, srgb_profile(), colorspace=space.lower(), outcolorspace="rgb", intent=intent, flags=flags
        )
    except (RuntimeError, ValueError):
        return None
    return converted[0][samples[:, :, 0]] if space == GRAY else converted


def _ink_to_light(samples: np.ndarray) -> np.ndarray:
    top = np.iinfo(samples.dtype).max
    light = np.subtract(top, samples, dtype=np.uint32)
    return ((light[:, :, :3] * light[:, :, 3:] + top // 2) // top).astype(samples.dtype)
