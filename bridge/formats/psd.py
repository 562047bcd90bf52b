"""The numbers of a PSD that its writer and its reader share.

Source: Adobe Photoshop File Formats Specification (2019). Knows nothing of pixels.
"""

from __future__ import annotations

from enum import IntEnum

from model.types import BlendType

__all__ = ["BLENDS", "KEYS", "PSB_SIDE", "Compression", "Divider", "Resource"]

PSB_SIDE = 30_000
"""A PSD's longest side; above it, the file is a PSB (version 2: wider lengths)."""

BLENDS = {
    BlendType.NORMAL: b"norm",
    BlendType.MULTIPLY: b"mul ",
    BlendType.SCREEN: b"scrn",
    BlendType.ADD: b"lddg",  # linear dodge: what Photoshop calls add
}
KEYS = {key: blend for blend, key in BLENDS.items()}


class Compression(IntEnum):
    RAW = 0
    RLE = 1
    ZIP = 2
    ZIP_PREDICTION = 3


class Divider(IntEnum):
    """Tagged block `lsct`: what a record without pixels stands for."""

    LAYER = 0
    OPEN_GROUP = 1
    CLOSED_GROUP = 2
    GROUP_END = 3


class Resource(IntEnum):
    RESOLUTION = 1005
    IPTC = 1028
    THUMBNAIL = 1036
    ICC = 1039
    VERSION = 1057
    EXIF = 1058
    XMP = 1060
