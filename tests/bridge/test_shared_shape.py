"""The size that a file declares is the size that reading it gives."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from bridge.formats import read_composite
from bridge.shared_shape import shape_of


def gray_steps(dtype: type) -> np.ndarray:
    return np.linspace(0, np.iinfo(dtype).max, 30 * 20 * 3).astype(dtype).reshape(20, 30, 3)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_jpeg_declares_its_upright_size(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    Image.fromarray(gray_steps(np.uint8)).save(path, exif=exif)
    pixels = read_composite(path).pixels
    assert shape_of(path) == (pixels.shape[1], pixels.shape[0], "uint8")


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_sixteen_bits_are_told_from_eight(tmp_path, name):
    path = tmp_path / name
    cv2.imwrite(str(path), gray_steps(np.uint16))
    assert shape_of(path) == (30, 20, "uint16")


def test_what_is_no_picture_has_no_shape(tmp_path):
    path = tmp_path / "words.png"
    path.write_text("no picture")
    assert shape_of(path) is None
    assert shape_of(tmp_path / "missing.png") is None
