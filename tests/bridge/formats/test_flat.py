"""Flat pictures that we write, opened by independent decoders."""

from __future__ import annotations

from io import BytesIO

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from bridge.errors import UnwritablePicture
from bridge.formats import encode_flat, read_composite
from bridge.formats.colour import srgb_profile
from model.types import Metadata

FORMS = ["PNG", "TIFF", "WEBP", "JPEG"]
DEPTHS = pytest.mark.parametrize("depth", [8, 16])
CHANNELS = pytest.mark.parametrize("channels", [3, 4])


def encoded(pixels, form, **about) -> bytes:
    file = BytesIO()
    encode_flat(pixels, form, file, **about)
    return file.getvalue()


@CHANNELS
@DEPTHS
def test_png_is_decoded_exactly_by_libpng_and_opencv(pixels, depth, channels):
    values = pixels(channels=channels, depth=depth)
    data = encoded(values, "PNG")
    np.testing.assert_array_equal(imagecodecs.png_decode(data), values)
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert bgr is not None
    np.testing.assert_array_equal(bgr[:, :, [2, 1, 0, 3][:channels]], values)


@CHANNELS
@DEPTHS
@pytest.mark.parametrize("order", ["II", "MM"])
def test_tiff_is_decoded_exactly_by_libtiff_in_either_byte_order(pixels, depth, channels, order, monkeypatch):
    monkeypatch.setattr("bridge.formats.stripes.STRIPE_BYTES", 600)  # several strips
    values = pixels(channels=channels, depth=depth)
    exif = Image.Exif()
    exif.endian = "<" if order == "II" else ">"
    exif[0x010F] = "Camera"
    data = encoded(values, "TIFF", metadata=Metadata(exif.tobytes().removeprefix(b"Exif\0\0")))
    assert data[:2] == order.encode()
    np.testing.assert_array_equal(imagecodecs.tiff_decode(data), values)
    picture = Image.open(BytesIO(data))
    assert picture.getexif()[0x010F] == "Camera"
    if depth == 8:
        np.testing.assert_array_equal(np.asarray(picture), values)


@CHANNELS
def test_webp_keeps_8_bits_exactly(pixels, channels):
    values = pixels(channels=channels)
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(encoded(values, "WEBP")))), values)


def test_jpeg_is_near_and_keeps_full_resolution_colour():
    across = np.linspace(0, 255, 64).astype(np.uint8)
    values = np.dstack(np.broadcast_arrays(across, across[:, None], across[::-1]))
    picture = JpegImageFile(BytesIO(encoded(values, "JPEG")))
    assert [layer[1:3] for layer in picture.layer] == [(1, 1)] * 3
    assert np.abs(np.asarray(picture).astype(int) - values).mean() < 1


@pytest.mark.parametrize("form", FORMS)
def test_profile_exif_and_xmp_travel_and_resolution_where_there_is_room_for_it(pixels, form):
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8769)[0x9003] = "2026:01:02 03:04:05"
    exif.get_ifd(0x8825)[1] = "N"
    metadata = Metadata(exif.tobytes().removeprefix(b"Exif\0\0"), b"<x:xmpmeta/>")
    data = encoded(pixels(), form, icc=srgb_profile(), dpi=(300.0, 300.0), metadata=metadata)
    found = Image.open(BytesIO(data))
    assert found.getexif()[0x010F] == "Camera"
    assert found.getexif().get_ifd(0x8769)[0x9003] == "2026:01:02 03:04:05"
    assert found.getexif().get_ifd(0x8825)[1] == "N"
    assert found.info["icc_profile"] == srgb_profile()
    again = read_composite(data)
    assert (again.icc, again.metadata.xmp) == (srgb_profile(), b"<x:xmpmeta/>")
    assert again.dpi == (None if form == "WEBP" else (300.0, 300.0))


@pytest.mark.parametrize("form", ["WEBP", "JPEG"])
def test_sixteen_bits_become_eight_and_it_is_said(pixels, form):
    told: list[str] = []
    values = pixels(depth=16)
    found = read_composite(encoded(values, form, tell=told.append)).pixels
    assert "8 bits of 16" in told[0]
    if form == "WEBP":
        np.testing.assert_array_equal(found, np.rint(values / 257))


def test_transparency_in_a_jpeg_is_laid_on_white_and_it_is_said():
    told: list[str] = []
    clear = np.zeros((16, 16, 4), np.uint8)
    assert read_composite(encoded(clear, "JPEG", tell=told.append)).pixels.min() == 255
    assert "laid on white" in told[0]


def test_alpha_that_does_nothing_is_not_written(pixels):
    values = pixels(channels=4)
    values[:, :, 3] = 255
    for form in ("PNG", "TIFF", "JPEG", "WEBP"):
        assert Image.open(BytesIO(encoded(values, form))).mode == "RGB"


def test_a_side_that_the_format_cannot_hold_is_refused_with_another_to_choose(pixels):
    with pytest.raises(UnwritablePicture, match=r"WEBP cannot hold 16384 x 1 .*choose \.png"):
        encoded(np.zeros((1, 16_384, 3), np.uint8), "WEBP")


def test_exif_too_long_for_a_jpeg_is_left_out_and_it_is_said(pixels):
    told: list[str] = []
    metadata = Metadata(b"II*\0" + bytes(70_000), b" " * 70_000)
    found = read_composite(encoded(pixels(), "JPEG", metadata=metadata, tell=told.append))
    assert len(told) == 2
    assert (found.metadata.exif, found.metadata.xmp) == (None, None)
