"""A known overlay reaches the service as colour and alpha, whatever the document's model and depth."""

import numpy as np
import pytest

from plugins.shared.overlay import overlay_picture

VALUES = np.array([[[0.0, 1.0], [0.25, 0.5]], [[1.0, 0.0], [2.0, -1.0]]])
"""Gray and alpha, 2 x 2; the last pixel lies outside of what whole numbers hold."""


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_floats_become_16_bits_clipped(dtype):
    values = np.repeat(VALUES, [3, 1], axis=2).astype(dtype)
    made = overlay_picture(2, 2, values.tobytes(), 4, {2: "f16", 4: "f32"}[np.dtype(dtype).itemsize], "rgba")
    assert (made.channels, made.depth) == (4, "u16")
    got = np.frombuffer(made.data, np.uint16).reshape(2, 2, 4)
    np.testing.assert_array_equal(got, np.rint(np.clip(values.astype(float), 0, 1) * 65535))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_gray_becomes_three_equal_colours(dtype):
    gray = (np.clip(VALUES, 0, 1) * np.iinfo(dtype).max).astype(dtype)
    made = overlay_picture(2, 2, gray.tobytes(), 2, f"u{8 * gray.itemsize}", "rgba")
    got = np.frombuffer(bytes(made.data), dtype).reshape(2, 2, 4)
    np.testing.assert_array_equal(got, np.repeat(gray, [3, 1], axis=2))


def test_colour_in_whole_numbers_is_sent_as_it_is():
    data = bytes(range(16))
    made = overlay_picture(2, 2, data, 4, "u8", "bgra")
    assert (made.data, made.order, made.width, made.height) == (data, "bgra", 2, 2)
