"""Pictures of other programs, as `Composite`s: every format, depth and colour model, profile, orientation, metadata."""

from __future__ import annotations

import struct
import sys
import zlib
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from bridge.errors import UnreadablePicture
from bridge.formats import encode_flat, read_composite, read_mask
from bridge.formats.colour import profile_space, srgb_profile
from bridge.formats.tags import first_directory
from model.types import Metadata
from tests.bridge.formats.samples import GRADIENT, by_opencv, saved, with_tag


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "GIF"])
def test_lossless_formats_of_8_bits_come_exactly(form):
    picture = Image.fromarray(GRADIENT)
    if form == "GIF":
        picture = picture.quantize(64)
    found = read_composite(saved(picture, form))
    np.testing.assert_array_equal(found.pixels, np.asarray(picture.convert("RGB")))
    assert found.notes == ()


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "AVIF", "HEIF"])
def test_lossy_formats_come_nearly(form):
    if form == "HEIF":
        pytest.importorskip("pillow_heif", reason="HEIC is an extra").register_heif_opener()
    found = read_composite(saved(Image.fromarray(GRADIENT), form, quality=95))
    assert np.abs(found.pixels.astype(int) - GRADIENT).mean() < 2


@pytest.mark.parametrize("ending", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_come_exactly(pixels, ending, channels):
    values = pixels(channels=channels, depth=16)
    found = read_composite(by_opencv(values, ending)).pixels
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, np.repeat(values, 3, axis=2) if channels == 1 else values)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA"])
def test_gray_palette_and_transparency_become_rgb(mode):
    picture = Image.fromarray(GRADIENT).convert(mode)
    if mode in ("LA", "RGBA"):
        picture.putalpha(Image.fromarray(GRADIENT[:, :, 0]))
    form = "TIFF" if mode == "PA" else "PNG"
    if mode == "PA":
        picture = picture.convert("P")
    found = read_composite(saved(picture, form)).pixels
    wanted = picture.convert("RGBA" if mode in ("LA", "RGBA") else "RGB")
    np.testing.assert_array_equal(found, np.asarray(wanted))


def test_a_clear_palette_entry_becomes_alpha():
    picture = Image.fromarray(GRADIENT).quantize(8)
    found = read_composite(saved(picture, "PNG", transparency=3)).pixels
    assert found.shape[2] == 4
    np.testing.assert_array_equal(found[:, :, 3] == 0, np.asarray(picture) == 3)


def test_only_the_first_frame_of_an_animation_is_used_and_it_is_said():
    first, second = Image.fromarray(GRADIENT).quantize(16), Image.new("P", (60, 40))
    found = read_composite(saved(first, "GIF", save_all=True, append_images=[second]))
    np.testing.assert_array_equal(found.pixels, np.asarray(first.convert("RGB")))
    assert "first frame" in found.notes[0]


# Orientation: the picture as it is seen is the same, whatever way it is stored.


def exif_of(number: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = number
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8769).update({0xA002: 60, 0xA003: 40})
    return exif


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_orientation_is_applied_to_pixels_sizes_and_resolution_and_then_reset(form, number):
    options = {"lossless": True, "exact": True} if form == "WEBP" else {"dpi": (100, 200)}
    exif = exif_of(number).tobytes()
    data = saved(Image.fromarray(GRADIENT), form, exif=exif, **options)
    shown = ImageOps.exif_transpose(Image.open(BytesIO(saved(Image.fromarray(GRADIENT), "PNG", exif=exif))))
    found = read_composite(data)
    np.testing.assert_array_equal(found.pixels, np.asarray(shown))
    again = Image.Exif()
    again.load(found.metadata.exif or b"")
    assert (again.get(0x0112, 1), again[0x010F]) == (1, "Camera")
    inner = again.get_ifd(0x8769)
    assert (inner[0xA002], inner[0xA003]) == found.pixels.shape[1::-1]
    if form != "WEBP":
        assert found.dpi == ((200, 100) if number >= 5 else (100, 200))


@pytest.mark.parametrize("number", [3, 6])
def test_a_16_bit_tiff_is_turned_too(pixels, number):
    values = pixels(depth=16)
    # OpenCV writes no orientation; its PlanarConfiguration (1, the default) makes room for one.
    found = read_composite(with_tag(by_opencv(values, ".tif"), (284, 1), (274, number))).pixels
    np.testing.assert_array_equal(found, np.rot90(values, 2 if number == 3 else -1))


def test_the_thumbnail_and_the_xmp_word_on_orientation_do_not_outlive_the_turn():
    exif = exif_of(6)
    raw = bytearray(exif.tobytes().removeprefix(b"Exif\0\0"))
    _, link, order = first_directory(bytes(raw))
    raw[link : link + 4] = len(raw).to_bytes(4, "big" if order == ">" else "little")
    raw += bytes(6)  # an empty directory for a thumbnail
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/><tiff:Orientation>6</tiff:Orientation></x:xmpmeta>'
    found = read_composite(saved(Image.fromarray(GRADIENT), "JPEG", exif=b"Exif\0\0" + bytes(raw), xmp=xmp)).metadata
    assert found.xmp == xmp.replace(b"6", b"1")
    assert found.exif
    _, link, _ = first_directory(found.exif)
    assert found.exif[link : link + 4] == bytes(4)


# Colour


def test_an_rgb_profile_is_carried_as_it_is():
    icc = srgb_profile()
    for form in ("PNG", "JPEG", "TIFF", "WEBP", "AVIF"):
        assert read_composite(saved(Image.fromarray(GRADIENT), form, icc_profile=icc)).icc == icc


@pytest.mark.parametrize("depth", [8, 16])
def test_gray_with_a_profile_is_converted_through_it_and_it_is_said(depth):
    top = 2**depth - 1
    ramp = np.linspace(0, top, 256).astype(np.uint16 if depth == 16 else np.uint8)[None].repeat(4, 0)
    icc = imagecodecs.cms_profile("gray", gamma=1.0)
    picture = Image.fromarray(ramp)
    found = read_composite(saved(picture, "TIFF" if depth == 16 else "PNG", icc_profile=icc))
    assert (profile_space(found.icc or b""), found.depth) == ("RGB", depth)
    assert "through its profile" in found.notes[0]
    linear = np.linspace(0, 1, 256)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)  # IEC 61966-2-1
    error = np.abs(found.pixels[0].astype(float) / top - encoded[:, None])
    assert error.max() < 0.01


def cmyk_profile() -> bytes:
    """A crude CMYK profile: the Lab of the sixteen full overprints and straight lines between (ICC.1, lut8Type)."""
    inks = {"": (100, 0, 0), "c": (62, -31, -48), "m": (48, 83, -3), "y": (95, -6, 96), "cm": (25, 23, -48)}
    inks |= {"cy": (50, -65, 27), "my": (47, 68, 48), "cmy": (23, 0, 0)}
    corners = ["".join(ink for ink, on in zip("cmy", bits, strict=True) if on) for bits in np.ndindex(2, 2, 2)]
    lab = [tuple(round(v * dark) for v in inks[name]) for name in corners for dark in (1.0, 0.1)]
    table = bytes(v for light, a, b in lab for v in (round(light * 2.55), a + 128, b + 128))
    identity = bytes(range(256))
    matrix = b"".join(struct.pack(">i", 65536 * (i in (0, 4, 8))) for i in range(9))
    lut = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + identity * 4 + table + identity * 3
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    text = b"text" + bytes(4) + b"test\0"
    words = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78)
    tags, body = b"", b""
    for name, data in ((b"desc", words), (b"cprt", text), (b"wtpt", white), (b"A2B0", lut)):
        tags += name + struct.pack(">II", 128 + 4 + 4 * 12 + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = 128 + 4 + len(tags) + len(body)
    head = struct.pack(">I4xI4s4s4s12x4s", size, 0x02400000, b"prtr", b"CMYK", b"Lab ", b"acsp").ljust(68, b"\0")
    return head + struct.pack(">3i", 63190, 65536, 54061).ljust(60, b"\0") + struct.pack(">I", 4) + tags + body


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_is_converted_through_its_profile_as_another_colour_engine_does_and_it_is_said(form):
    icc = cmyk_profile()
    picture = Image.fromarray(GRADIENT).convert("CMYK")
    data = saved(picture, form, icc_profile=icc, **({"quality": 100, "subsampling": 0} if form == "JPEG" else {}))
    wanted = ImageCms.profileToProfile(
        Image.open(BytesIO(data)),
        ImageCms.ImageCmsProfile(BytesIO(icc)),
        ImageCms.createProfile("sRGB"),
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        "RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    found = read_composite(data)
    np.testing.assert_allclose(found.pixels, np.asarray(wanted).astype(int), atol=2)
    assert found.pixels.std() > 10
    assert found.icc == srgb_profile()
    assert "CMYK to sRGB through its profile" in found.notes[0]


def test_cmyk_of_16_bits_keeps_them():
    inks = np.asarray(Image.fromarray(GRADIENT).convert("CMYK")).astype(np.uint16) * 257
    found = read_composite(with_tag(by_opencv(inks, ".tif"), (262, 2), (262, 5)))
    assert found.depth == 16
    np.testing.assert_allclose(found.pixels / 257, GRADIENT, atol=1)


def test_cmyk_without_a_profile_is_converted_and_called_a_guess():
    picture = Image.fromarray(GRADIENT).convert("CMYK")
    found = read_composite(saved(picture, "TIFF"))
    np.testing.assert_allclose(found.pixels, GRADIENT, atol=1)
    assert "guess" in found.notes[0]


def test_a_profile_of_another_colour_space_is_left_out_and_it_is_said():
    icc = imagecodecs.cms_profile("gray", gamma=2.2)
    found = read_composite(saved(Image.fromarray(GRADIENT), "PNG", icc_profile=icc))
    assert found.icc is None
    assert "does not fit" in found.notes[0]
    np.testing.assert_array_equal(found.pixels, GRADIENT)


# Masks


def test_a_mask_is_the_alpha_where_there_is_one_and_else_the_gray():
    gray = Image.fromarray(GRADIENT[:, :, 0])
    picture = Image.fromarray(GRADIENT)
    np.testing.assert_array_equal(read_mask(saved(gray, "PNG")), GRADIENT[:, :, 0])
    np.testing.assert_allclose(read_mask(saved(picture, "PNG")), np.asarray(picture.convert("L")).astype(int), atol=1)
    picture.putalpha(gray)
    np.testing.assert_array_equal(read_mask(saved(picture, "PNG")), GRADIENT[:, :, 0])


def test_a_mask_keeps_its_gray_values_whatever_profile_they_have():
    icc = ImageCms.ImageCmsProfile(BytesIO(imagecodecs.cms_profile("gray", gamma=1.0))).tobytes()
    gray = Image.fromarray(GRADIENT[:, :, 0])
    np.testing.assert_array_equal(read_mask(saved(gray, "PNG", icc_profile=icc)), GRADIENT[:, :, 0])


def test_a_mask_of_16_bits_becomes_8():
    values = np.array([[0, 257, 32896, 65535]], np.uint16)
    np.testing.assert_array_equal(read_mask(saved(Image.fromarray(values), "PNG")), [[0, 1, 128, 255]])


# Corners


def test_exif_and_xmp_behind_the_pixels_of_a_16_bit_png_are_found(pixels):
    file = BytesIO()
    exif = exif_of(1).tobytes().removeprefix(b"Exif\0\0")
    encode_flat(pixels(depth=16), "PNG", file, metadata=Metadata(exif, b"<x:xmpmeta/>"))
    data = file.getvalue()
    start, pixels_at, end = data.index(b"eXIf") - 4, data.index(b"IDAT") - 4, data.index(b"IEND") - 4
    found = read_composite(data[:start] + data[pixels_at:end] + data[start:pixels_at] + data[end:])
    assert found.metadata.xmp == b"<x:xmpmeta/>"
    assert found.metadata.exif is not None
    assert b"Camera" in found.metadata.exif


def test_an_alpha_that_is_opaque_everywhere_is_no_alpha(pixels):
    values = pixels(channels=4, depth=16)
    values[:, :, 3] = 65535
    found = read_composite(by_opencv(values, ".png")).pixels
    np.testing.assert_array_equal(found, values[:, :, :3])
    assert found.flags.c_contiguous


def test_more_than_8_bits_of_an_avif_are_reduced_and_it_is_said():
    data = imagecodecs.avif_encode(GRADIENT.astype(np.uint16) * 4, bitspersample=10, level=100)
    found = read_composite(bytes(data))
    assert found.depth == 8
    assert "10 bits a channel were reduced to 8" in found.notes[0]
    assert np.abs(found.pixels.astype(int) - GRADIENT).mean() < 2


def test_heic_without_its_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UnreadablePicture, match="install pillow-heif, or save the picture as JPEG"):
        read_composite(b"\0\0\0\x18ftypheic" + bytes(100))


def test_a_profile_that_cannot_be_used_is_left_out_and_it_is_said():
    icc = bytearray(imagecodecs.cms_profile("gray", gamma=2.2))
    icc[140:] = bytes(len(icc) - 140)
    found = read_composite(saved(Image.fromarray(GRADIENT[:, :, 0]), "PNG", icc_profile=bytes(icc)))
    assert found.icc is None
    assert "left out" in found.notes[0]
    np.testing.assert_array_equal(found.pixels[:, :, 0], GRADIENT[:, :, 0])


@pytest.mark.parametrize(
    "exif", [b"", b"II*\0", b"II*\0\xff\xff\xff\x7f", b"nothing of the kind", b"MM\0*\0\0\0\x08\xff\xff"]
)
def test_exif_that_makes_no_sense_is_dropped(exif):
    found = read_composite(saved(Image.fromarray(GRADIENT), "WEBP", exif=b"Exif\0\0" + exif, lossless=True))
    assert found.metadata.exif is None
    np.testing.assert_array_equal(found.pixels, GRADIENT)


def test_a_raw_file_with_a_preview_up_front_is_not_taken_for_the_picture():
    data = with_tag(by_opencv(GRADIENT, ".tif"), (284, 1), (254, 1))  # the type of the picture: a reduced copy
    with pytest.raises(UnreadablePicture, match="only a preview"):
        read_composite(data)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_a_transparent_key_of_a_gray_png_makes_just_that_gray_transparent(bits):
    values = np.arange(min(2**bits, 64), dtype=np.uint16)[None] * (1 if bits < 16 else 1021)
    key = int(values[0, 1])
    rows = np.unpackbits(values.astype(">u2").view(np.uint8).reshape(1, -1, 2), axis=2)[:, :, 16 - bits :]
    packed = b"\0" + np.packbits(rows.reshape(-1)).tobytes()
    header = struct.pack(">IIBBBBB", values.shape[1], 1, bits, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for kind, content in (
        (b"IHDR", header),
        (b"tRNS", struct.pack(">H", key)),
        (b"IDAT", zlib.compress(packed)),
        (b"IEND", b""),
    ):
        data += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    found = read_composite(data).pixels
    top = np.iinfo(found.dtype).max
    assert found.dtype == (np.uint16 if bits == 16 else np.uint8)
    np.testing.assert_array_equal(found[0, :, 3], np.where(values[0] == key, 0, top))
    shown = values[0] if bits in (8, 16) else values[0] * (255 // (2**bits - 1))
    np.testing.assert_array_equal(found[0, :, 0][values[0] != key], shown[values[0] != key])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.98])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_was_cut_off_opens_as_far_as_it_goes_and_it_is_said(share, progressive):
    whole = saved(Image.fromarray(np.tile(GRADIENT, (8, 8, 1))), "JPEG", quality=95, progressive=progressive)
    found = read_composite(whole[: len(whole) - 2 if share == 0.98 else int(len(whole) * share)])
    assert found.notes == ("the file ends early: what is missing of the picture is gray",)
    shown = read_composite(whole).pixels
    assert found.pixels.shape == shown.shape
    if share == 0.98:  # only the end marker is missing
        np.testing.assert_array_equal(found.pixels, shown)
    elif not progressive:
        rows = int(len(shown) * share * 0.3)  # tables come first, and the last row of blocks is cut through
        np.testing.assert_array_equal(found.pixels[:rows], shown[:rows])
        assert np.ptp(found.pixels[-1], axis=0).max() <= 2


def test_a_jpeg_that_ends_before_its_pixels_is_refused():
    whole = saved(Image.fromarray(GRADIENT), "JPEG")
    with pytest.raises(UnreadablePicture, match="damaged or cut off"):
        read_composite(whole[:100])


def test_the_orientation_of_a_heic_is_that_of_its_properties_and_exif_alone_does_not_turn_it():
    pytest.importorskip("pillow_heif", reason="HEIC is an extra").register_heif_opener()
    exif = Image.Exif()
    exif[274] = 6
    turned = saved(Image.fromarray(GRADIENT), "HEIF", exif=exif.tobytes())
    height, width = GRADIENT.shape[:2]
    found = read_composite(turned)
    assert (found.size, found.notes) == ((height, width), ())
    stored = read_composite(turned.replace(b"irot", b"free"))
    assert stored.size == (width, height)
    assert stored.notes == ("its Exif data call it turned, which does not count in a HEIC file: it is shown as stored",)
