"""TIFF files of every kind: what comes exactly, what is said, what is refused in the right words."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from bridge.errors import UnreadablePicture
from bridge.formats import encode_flat, read_composite
from tests.bridge.formats.samples import GRADIENT, by_opencv, saved, with_tag


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiffs_of_other_programs_come_exactly(compression):
    found = read_composite(saved(Image.fromarray(GRADIENT), "TIFF", compression=compression, dpi=(300, 300)))
    np.testing.assert_array_equal(found.pixels, GRADIENT)
    assert found.dpi == (300, 300)


@pytest.mark.parametrize("depth", [8, 16])
def test_a_tiff_whose_white_is_zero_is_turned_round(pixels, depth):
    values = pixels(channels=1, depth=depth)
    found = read_composite(with_tag(by_opencv(values, ".tif"), (262, 1), (262, 0))).pixels
    np.testing.assert_array_equal(found[:, :, :1], 2**depth - 1 - values)


@pytest.mark.parametrize("depth", [8, 16])
def test_alpha_of_a_tiff_is_straight_multiplied_in_or_no_alpha_at_all_as_it_says(pixels, depth):
    top = 2**depth - 1
    values = pixels(channels=4, depth=depth)
    values[0, 0] = 0
    shown = (values[:, :, :3].astype(np.int64) * values[:, :, 3:] + top // 2) // top
    file = BytesIO()
    encode_flat(np.concatenate([shown.astype(values.dtype), values[:, :, 3:]], 2), "TIFF", file)
    multiplied = read_composite(with_tag(file.getvalue(), (338, 2), (338, 1))).pixels
    solid = values[:, :, 3] > top // 2
    assert np.abs(multiplied[:, :, :3].astype(int) - values[:, :, :3])[solid].max() <= 1
    np.testing.assert_array_equal(multiplied[:, :, 3], values[:, :, 3])
    other = read_composite(with_tag(file.getvalue(), (338, 2), (338, 0)))
    np.testing.assert_array_equal(other.pixels, shown)
    assert "left out" in other.notes[0]


def test_floating_point_from_0_to_1_becomes_16_bits_and_it_is_said(pixels):
    values = pixels(depth=16)
    found = read_composite(by_opencv(values.astype(np.float32) / 65535, ".tif"))
    np.testing.assert_array_equal(found.pixels, values)
    assert "floating point" in found.notes[0]


def tiff_with_extras(samples: np.ndarray, extras: tuple[int, ...]) -> bytes:
    """An uncompressed RGB TIFF whose extra samples are said to be of these kinds."""
    height, width, channels = samples.shape
    entries = [
        *[(256, 4, width), (257, 4, height), (258, 3, (8,) * channels), (259, 3, 1), (262, 3, 2), (273, 4, 8)],
        *[(277, 3, channels), (278, 4, height), (279, 4, samples.size), (284, 3, 1), (338, 3, extras)],
    ]
    where = 8 + samples.size + samples.size % 2
    behind = where + 2 + 12 * len(entries) + 4
    directory, values = struct.pack("<H", len(entries)), b""
    for tag, kind, value in entries:
        many = value if isinstance(value, tuple) else (value,)
        content = struct.pack(f"<{len(many)}{'H' if kind == 3 else 'I'}", *many)
        if len(content) > 4:
            content, values = struct.pack("<I", behind + len(values)), values + content
        directory += struct.pack("<HHI", tag, kind, len(many)) + content.ljust(4, b"\0")
    pixels = samples.tobytes().ljust(where - 8, b"\0")
    return struct.pack("<2sHI", b"II", 42, where) + pixels + directory + bytes(4) + values


def test_the_alpha_of_a_tiff_is_the_extra_channel_that_is_said_to_be_alpha():
    values = np.random.default_rng(0).integers(0, 256, (6, 8, 5), np.uint8)
    found = read_composite(tiff_with_extras(values, (0, 2)))
    np.testing.assert_array_equal(found.pixels, values[:, :, [0, 1, 2, 4]])
    assert found.notes == ("a channel that is not said to be transparency was left out",)
    none = read_composite(tiff_with_extras(values, (0, 0)))
    np.testing.assert_array_equal(none.pixels, values[:, :, :3])


def test_a_premultiplied_tiff_comes_straight():
    alpha = np.array([[0, 1, 64, 128, 200, 255]], np.uint8)
    straight = np.dstack([np.full_like(alpha, c) for c in (200, 100, 7)]).astype(int)
    laid = (straight * alpha[..., None] + 127) // 255
    found = read_composite(tiff_with_extras(np.dstack([laid, alpha]).astype(np.uint8), (1,))).pixels
    np.testing.assert_array_equal(found[..., 3], alpha)
    for column in range(1, 6):  # as near as the premultiplied value allows: half a level of it
        assert np.abs(found[0, column, :3].astype(int) - straight[0, column]).max() <= 128 / alpha[0, column] + 1


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ((259, 33005), "compressed as JPEG 2000, which cannot be opened: save it with LZW or none"),
        ((259, 34712), "compressed as JPEG 2000"),
        ((259, 50002), "compressed as JPEG XL"),
        ((259, 34887), "compressed as LERC"),
    ],
)
def test_what_lies_compressed_in_a_tiff_is_named_where_it_cannot_be_opened(tag, told):
    with pytest.raises(UnreadablePicture, match=told):
        read_composite(with_tag(tiff_with_extras(np.zeros((4, 4, 4), np.uint8), (2,)), (259, 1), tag))


def test_signed_samples_of_a_tiff_are_called_signed():
    plain = tiff_with_extras(np.zeros((4, 4, 4), np.uint8), (2,))
    with pytest.raises(
        UnreadablePicture, match="signed 8-bit samples cannot be opened: convert it to unsigned 8 or 16"
    ):
        read_composite(with_tag(plain, (284, 1), (339, 2)))
