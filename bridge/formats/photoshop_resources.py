"""Blocks of Photoshop resources, as JPEG, TIFF and PNG files carry them: where IPTC captions and credits are kept.

Sources: Adobe Photoshop File Formats Specification (2019), image resources; IPTC-IIM 4.2. Knows nothing of files.
"""

from __future__ import annotations

import struct

__all__ = ["IPTC", "iptc_of_raw_profile", "iptc_of_resources", "raw_profile_of_iptc", "resources_of_iptc"]

IPTC = 1028
"""Number of the resource that holds IPTC-IIM records."""

_SIGNATURE = b"8BIM"


def iptc_of_resources(blocks: bytes) -> bytes | None:
    """The IPTC-IIM records within resource blocks; None where there are none or the blocks are damaged before them."""
    place = 0
    while place + 12 <= len(blocks) and blocks[place : place + 4] == _SIGNATURE:
        number, name = struct.unpack_from(">HB", blocks, place + 4)
        place += 7 + name + (name + 1) % 2
        if place + 4 > len(blocks):
            return None
        (length,) = struct.unpack_from(">I", blocks, place)
        place += 4
        if number == IPTC:
            return blocks[place : place + length] if place + length <= len(blocks) else None
        place += length + length % 2
    return None


def resources_of_iptc(iptc: bytes) -> bytes:
    """IPTC-IIM records as one resource block."""
    return struct.pack(">4sHHI", _SIGNATURE, IPTC, 0, len(iptc)) + iptc + bytes(len(iptc) % 2)


def iptc_of_raw_profile(text: str) -> bytes | None:
    """The IPTC-IIM records of a PNG's "Raw profile" text: a name, a length, then hexadecimal digits, each on lines.

    Raises ValueError where the digits are none.
    """
    _, _, digits = text.strip().split("\n", 2)
    raw = bytes.fromhex("".join(digits.split()))
    return iptc_of_resources(raw) if raw.startswith(_SIGNATURE) else raw


def raw_profile_of_iptc(iptc: bytes) -> str:
    """The text of a PNG chunk "Raw profile type iptc", as ImageMagick and ExifTool read it."""
    blocks = resources_of_iptc(iptc)
    digits = blocks.hex()
    lines = [digits[start : start + 72] for start in range(0, len(digits), 72)]
    return "\niptc\n" + f"{len(blocks):8}\n" + "\n".join(lines) + "\n"
