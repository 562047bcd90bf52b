"""An overlay is drawn as a picture that was resized afterwards shows it, whichever program resized it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from model.overlay.resize_traces import likely_sizes
from model.overlay.resizing import Kernel, Resize

from .test_match import photograph


def by_pillow(plane: np.ndarray, size: tuple[int, int], method: Image.Resampling) -> np.ndarray:
    return np.asarray(Image.fromarray(plane).resize(size, method))


def by_opencv(plane: np.ndarray, size: tuple[int, int], method: int) -> np.ndarray:
    return cv2.resize(plane, size, interpolation=method)


@pytest.mark.parametrize(
    ("kernel", "program", "method"),
    [
        (Kernel.SHARP_CUBIC, by_opencv, cv2.INTER_CUBIC),
        (Kernel.LINEAR, by_opencv, cv2.INTER_LINEAR),
        (Kernel.TRIANGLE, by_pillow, Image.Resampling.BILINEAR),
        (Kernel.CUBIC, by_pillow, Image.Resampling.BICUBIC),
        (Kernel.LANCZOS, by_pillow, Image.Resampling.LANCZOS),
    ],
)
@pytest.mark.parametrize("size", [(97, 61), (223, 141)])
def test_a_part_of_a_resized_picture_is_what_the_program_gives(kernel, program, method, size):
    check(kernel, program, method, size)


def test_a_part_of_a_picture_made_smaller_by_the_means_of_areas_is_what_opencv_gives():
    check(Kernel.AREA, by_opencv, cv2.INTER_AREA, (97, 61))


def check(kernel: Kernel, program, method, size: tuple[int, int]) -> None:
    plane = np.random.default_rng(0).random((101, 160), dtype=np.float32)
    whole = program(plane, size, method)
    resize, box = Resize((160, 101), size, kernel), (20, 15, 40, 30)
    x, y, w, h = resize.source(box)
    out = resize.apply(plane[y : y + h, x : x + w, None], box)[..., 0]
    assert np.abs(out - whole[15:45, 20:60]).max() < 2e-3


@pytest.mark.parametrize(("size", "method"), [((531, 398), cv2.INTER_CUBIC), ((247, 185), cv2.INTER_AREA)])
def test_the_size_before_resizing_is_read_off_the_picture(size, method):
    photo = photograph("glass.jpg", (320, 240))
    rng = np.random.default_rng(0)
    grainy = (photo + rng.normal(0, 2, photo.shape)).clip(0, 255).astype(np.uint8)
    sizes = likely_sizes(cv2.resize(grainy, size, interpolation=method))
    assert any(abs(w - 320) <= 0 and abs(h - 240) <= 1 for w, h in sizes), sizes
