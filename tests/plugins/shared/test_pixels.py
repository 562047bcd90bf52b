"""Slices of bytes against numpy: transparency, gray out of colour, cut masks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.shared import pixels
from plugins.shared.pixels import cut, gray_of, has_transparency, intersection

DTYPES = {"u8": np.uint8, "u16": np.uint16, "f16": np.float16, "f32": np.float32}


def opaque(depth, channels, shape=(30, 40)):
    top = 1 if depth.startswith("f") else np.iinfo(DTYPES[depth]).max
    rng = np.random.default_rng(1)
    picture = (rng.random((*shape, channels)) * top).astype(DTYPES[depth])
    picture[..., -1] = top
    return picture


@pytest.mark.parametrize("depth", DTYPES)
@pytest.mark.parametrize("channels", [2, 4])
def test_one_pixel_that_is_not_opaque_is_found_wherever_it_is(depth, channels, monkeypatch):
    monkeypatch.setattr(pixels, "_PIECE", 64)
    picture = opaque(depth, channels)
    assert not has_transparency(picture.tobytes(), channels, depth)
    for row, column in ((0, 0), (1, 24), (29, 39)):
        holed = picture.copy()
        holed[row, column, -1] *= np.dtype(DTYPES[depth]).type(0.99) if depth.startswith("f") else 1
        if not depth.startswith("f"):
            holed[row, column, -1] -= 1
        assert has_transparency(holed.tobytes(), channels, depth), (row, column)


@pytest.mark.parametrize("depth", DTYPES)
def test_gray_is_the_second_channel_with_the_alpha(depth, monkeypatch):
    monkeypatch.setattr(pixels, "_PIECE", 128)
    picture = opaque(depth, 4)
    assert bytes(gray_of(picture.tobytes(), depth)) == picture[..., [1, 3]].tobytes()


boxes = st.tuples(st.integers(-5, 8), st.integers(-5, 8), st.integers(1, 9), st.integers(1, 9))


@given(boxes, boxes)
def test_a_cut_mask_is_the_mask_where_both_lie_and_nothing_else(box, target):
    rng = np.random.default_rng(3)
    mask = rng.integers(1, 256, (box[3], box[2])).astype(np.uint8)
    canvas = np.zeros((40, 40), np.uint8)
    canvas[box[1] + 10 : box[1] + 10 + box[3], box[0] + 10 : box[0] + 10 + box[2]] = mask
    wanted = canvas[target[1] + 10 : target[1] + 10 + target[3], target[0] + 10 : target[0] + 10 + target[2]]
    assert bytes(cut(mask.tobytes(), box, target)) == wanted.tobytes()


def test_boxes_that_do_not_meet_have_nothing_in_common():
    assert intersection((0, 0, 4, 4), (9, 9, 2, 2))[2:] == (0, 0)
