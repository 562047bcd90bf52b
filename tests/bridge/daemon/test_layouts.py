from typing import Any

import numpy as np
import pytest

from bridge.daemon.layouts import Intake, outgoing
from bridge.errors import Refused
from bridge.wire.parts import DEPTH_BYTES, Pixels

DTYPES = {"u8": "u1", "u16": "<u2", "f16": "<f2", "f32": "<f4"}


def picture(depth, channels):
    rng = np.random.default_rng(3)
    if depth in ("f16", "f32"):
        return rng.random((5, 7, channels)).astype(DTYPES[depth])
    return rng.integers(0, np.iinfo(DTYPES[depth]).max, (5, 7, channels), DTYPES[depth], endpoint=True)


def told(depth, channels, order: Any = "rgba"):
    return Pixels(1, 35 * channels * DEPTH_BYTES[depth], 7, 5, channels, depth, order)


def taken_in(pixels, depth, order="rgba", piece=13):
    """Through an Intake in pieces that split pixels."""
    intake = Intake(told(depth, pixels.shape[2], order))
    data = pixels.tobytes()
    stored = b"".join(intake.feed(data[start : start + piece]) for start in range(0, len(data), piece))
    return stored, intake.notes


@pytest.mark.parametrize("depth", ["u8", "u16"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_integer_pixels_come_in_unchanged_whatever_the_pieces(depth, channels):
    pixels = picture(depth, channels)
    expected = pixels[..., {1: [0, 0, 0], 2: [0, 0, 0, 1], 3: [0, 1, 2], 4: [0, 1, 2, 3]}[channels]]
    stored, notes = taken_in(pixels, depth)
    assert stored == expected.tobytes()
    assert notes == (("gray was expanded to colour",) if channels < 3 else ())


@pytest.mark.parametrize("channels", [3, 4])
def test_bgra_is_turned_around_and_back(channels):
    pixels = picture("u16", channels)
    stored, _ = taken_in(pixels, "u16", "bgra")
    assert stored == pixels[..., [2, 1, 0, 3][:channels]].tobytes()
    back = np.frombuffer(outgoing(stored, 16, channels, "u16", "bgra"), "<u2").reshape(5, 7, 4)
    assert np.array_equal(back[..., :channels], pixels)
    assert channels == 4 or np.all(back[..., 3] == 65535)


@pytest.mark.parametrize("depth", ["f16", "f32"])
def test_floats_are_rounded_to_16_bit_and_clipped_and_the_user_told(depth):
    pixels = picture(depth, 4)
    pixels[0, 0] = [-1, 2, 0.5, 1]
    stored, notes = taken_in(pixels, depth)
    expected = np.rint(np.clip(pixels.astype(np.float32), 0, 1) * 65535).astype("<u2")
    assert np.array_equal(np.frombuffer(stored, "<u2").reshape(5, 7, 4), expected)
    assert notes == ("float pixels were processed at 16 bit", "2 values outside 0..1 were clipped")
    back = np.frombuffer(outgoing(stored, 16, 4, depth, "rgba"), DTYPES[depth]).reshape(5, 7, 4)
    assert np.abs(back.astype(np.float32) - np.clip(pixels, 0, 1)).max() <= (1 / 131070 if depth == "f32" else 1 / 2048)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_refused(value):
    pixels = picture("f32", 4)
    pixels[4, 6, 3] = value
    with pytest.raises(Refused, match="not numbers"):
        taken_in(pixels, "f32")


def test_depths_convert_by_the_whole_range():
    eight = np.arange(256, dtype=np.uint8).repeat(4)
    sixteen = np.frombuffer(outgoing(eight.tobytes(), 8, 4, "u16", "rgba"), "<u2")
    assert np.array_equal(sixteen, eight.astype(np.uint16) * 257)
    assert outgoing(sixteen.tobytes(), 16, 4, "u8", "rgba") == eight.tobytes()
    everything = np.arange(65536, dtype="<u2")
    down = np.frombuffer(outgoing(everything.tobytes(), 16, 4, "u8", "rgba"), np.uint8)
    assert np.array_equal(down, np.rint(everything / 257).astype(np.uint8))
