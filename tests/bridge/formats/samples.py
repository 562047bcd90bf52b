"""Pictures as other programs write them: through Pillow, through OpenCV, with a tag of a TIFF changed."""

from __future__ import annotations

import struct
from io import BytesIO

import cv2
import numpy as np
from PIL import Image


def saved(picture: Image.Image, form: str, **options) -> bytes:
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def by_opencv(values: np.ndarray, ending: str) -> bytes:
    order = [2, 1, 0, 3][: values.shape[2]] if values.shape[2] > 1 else [0]
    return cv2.imencode(ending, np.ascontiguousarray(values[:, :, order]))[1].tobytes()


GRADIENT = np.dstack(np.broadcast_arrays(*np.ix_(range(0, 80, 2), range(0, 180, 3)), 90)).astype(np.uint8)


def with_tag(data: bytes, old: tuple[int, int], new: tuple[int, int]) -> bytes:
    """A little-endian TIFF with one of its short tags (number, value) made another."""
    changed = bytearray(data)
    place = changed.index(struct.pack("<HHII", old[0], 3, 1, old[1]))
    struct.pack_into("<HHII", changed, place, new[0], 3, 1, new[1])
    return bytes(changed)
