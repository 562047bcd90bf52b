"""ICC profiles of RGB spaces that are given by numbers: primaries, white point and a tone curve.

For files that state their colours without a profile (cICP, gAMA and cHRM of a PNG). A version 4 display profile with a
matrix and one parametric curve. Sources: ICC.1:2022 sections 8.3 and 10.18; the linear Bradford adaptation of its
annex E; ITU-T H.273 for the code points. Knows nothing of files.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

__all__ = ["DISPLAY_P3", "SRGB_PRIMARIES", "Primaries", "matrix_profile", "primaries_of_cicp", "transfer_of_cicp"]

XY = tuple[float, float]
D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
D65: XY = (0.3127, 0.3290)


@dataclass(frozen=True)
class Primaries:
    """Chromaticities (x, y) of white and of the three colours."""

    white: XY
    red: XY
    green: XY
    blue: XY

    def is_close_to(self, other: Primaries, tolerance: float = 0.002) -> bool:
        mine, theirs = (np.array([p.white, p.red, p.green, p.blue]) for p in (self, other))
        return bool(np.abs(mine - theirs).max() <= tolerance)


SRGB_PRIMARIES = Primaries(D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
DISPLAY_P3 = Primaries(D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
REC_2020 = Primaries(D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046))

_CICP_PRIMARIES = {1: ("sRGB", SRGB_PRIMARIES), 9: ("Rec. 2020", REC_2020), 12: ("Display P3", DISPLAY_P3)}
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
REC_709_CURVE = (1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
_CICP_CURVES = {
    1: REC_709_CURVE,
    4: (2.2,),
    5: (2.8,),
    6: REC_709_CURVE,
    8: (1.0,),
    13: SRGB_CURVE,
    14: REC_709_CURVE,
    15: REC_709_CURVE,
}


def primaries_of_cicp(code: int) -> tuple[str, Primaries] | None:
    """Name and chromaticities of a ColourPrimaries code point (H.273, table 2); None for one that is not known."""
    return _CICP_PRIMARIES.get(code)


def transfer_of_cicp(code: int) -> tuple[float, ...] | None:
    """Parameters of the curve of a TransferCharacteristics code point; None where no ICC curve has it (PQ, HLG)."""
    return _CICP_CURVES.get(code)


def matrix_profile(name: str, primaries: Primaries, curve: tuple[float, ...]) -> bytes:
    """An ICC profile of the RGB space.

    name: what programs show, ASCII.   curve: from encoded to linear values, either (gamma,) or the five parameters
    (g, a, b, c, d) of Y = (a X + b)^g for X >= d, else c X. Raises ValueError where the primaries span no triangle.
    """
    to_xyz, adaptation = _matrices(primaries)
    parameters = struct.pack(">4s4xHH", b"para", 0 if len(curve) == 1 else 3, 0) + b"".join(map(_fixed, curve))
    tags = {
        b"desc": _text(name),
        b"cprt": _text("CC0"),
        b"wtpt": _xyz(D50),
        b"chad": struct.pack(">4s4x", b"sf32") + b"".join(map(_fixed, adaptation.ravel())),
        **{tag: _xyz(to_xyz[:, column]) for column, tag in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), parameters),
    }
    return _packed(tags)


def _matrices(primaries: Primaries) -> tuple[np.ndarray, np.ndarray]:
    """Linear RGB to XYZ under D50, and the adaptation from the white point to D50; 3 x 3 each."""
    colours = np.array([_xyz_of(p) for p in (primaries.red, primaries.green, primaries.blue)]).T
    if abs(np.linalg.det(colours)) < 1e-6:
        raise ValueError("the primaries span no triangle")
    white = _xyz_of(primaries.white)
    to_xyz = colours * np.linalg.solve(colours, white)
    gains = (BRADFORD @ D50) / (BRADFORD @ white)
    adaptation = np.linalg.solve(BRADFORD, gains[:, None] * BRADFORD)
    return adaptation @ to_xyz, adaptation


def _xyz_of(chromaticity: XY) -> np.ndarray:
    x, y = chromaticity
    if not y > 0:
        raise ValueError(f"a chromaticity of ({x}, {y}) is none")
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: np.ndarray) -> bytes:
    return struct.pack(">4s4x", b"XYZ ") + b"".join(map(_fixed, values))


def _text(text: str) -> bytes:
    units = text.encode("utf-16-be")
    return struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(units), 28) + units


def _packed(tags: dict[bytes, bytes]) -> bytes:
    table, body, places = b"", b"", {}
    start = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", tag, places[data], len(data))
    size = start + len(body)
    illuminant = b"".join(map(_fixed, D50))
    created = bytes.fromhex("07e8 0001 0001 0000 0000 0000")  # a constant, so that the same space is the same bytes
    header = struct.pack(">I4xI4s4s4s12s4s", size, 0x04300000, b"mntr", b"RGB ", b"XYZ ", created, b"acsp")
    return header + bytes(28) + illuminant + bytes(48) + struct.pack(">I", len(tags)) + table + body
