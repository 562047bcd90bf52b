"""PSDs that others make: psd-tools writes them here, in the colour models and compressions that we do not write."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import psd_tools
import pytest
from PIL import Image, ImageCms
from psd_tools.compression import compress
from psd_tools.constants import BlendMode, Compression

from bridge.errors import UnreadablePicture
from bridge.formats import Group, read_composite, read_layers
from bridge.formats.psd_reader import Cursor, read_psd, tagged_blocks

SMOOTH = np.dstack(np.broadcast_arrays(*np.ix_(range(0, 80, 2), range(0, 180, 3)), 90)).astype(np.uint8)


def saved(psd: psd_tools.PSDImage) -> bytes:
    file = BytesIO()
    psd._record.write(file)  # `save` would make the merged picture anew
    return file.getvalue()


def flat_psd(mode: int, depth: int, planes: list[bytes], height: int, width: int, palette: bytes = b"") -> bytes:
    """A PSD of one raw merged picture."""
    head = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", len(planes), height, width, depth, mode)
    sections = struct.pack(">I", len(palette)) + palette + bytes(8)
    return head + sections + bytes(2) + b"".join(planes)


@pytest.mark.parametrize("compression", [Compression.RAW, Compression.RLE])
def test_a_flat_rgb_document_comes_exactly(compression):
    psd = psd_tools.PSDImage.frompil(Image.fromarray(SMOOTH), compression=compression)
    np.testing.assert_array_equal(read_composite(saved(psd)).pixels, SMOOTH)


@pytest.mark.parametrize("compression", [Compression.ZIP, Compression.ZIP_WITH_PREDICTION])
@pytest.mark.parametrize("depth", [8, 16])
def test_a_zipped_merged_picture_comes_exactly(pixels, compression, depth):
    values = pixels(depth=depth)
    raw = np.moveaxis(values, 2, 0).astype(f">u{depth // 8}").tobytes()
    head = flat_psd(3, depth, [b"", b"", b""], *values.shape[:2])[:-2]
    packed = compress(raw, compression, values.shape[1], 3 * values.shape[0], depth)
    found = read_composite(head + struct.pack(">H", compression) + packed)
    np.testing.assert_array_equal(found.pixels, values)


def test_a_gray_document_becomes_rgb(pixels):
    gray = pixels(channels=1, depth=16)
    found = read_composite(flat_psd(1, 16, [gray.astype(">u2").tobytes()], 23, 31))
    np.testing.assert_array_equal(found.pixels, np.repeat(gray, 3, axis=2))


def test_a_bitmap_has_ink_where_its_bits_are_set():
    bits = np.random.default_rng(0).integers(0, 2, (5, 13), np.uint8)
    found = read_composite(flat_psd(0, 1, [np.packbits(bits, axis=1).tobytes()], 5, 13))
    np.testing.assert_array_equal(found.pixels[:, :, 0], 255 * (1 - bits))


def test_an_indexed_document_is_seen_through_its_palette():
    picture = Image.fromarray(SMOOTH).quantize(32)
    palette = np.zeros((256, 3), np.uint8)
    colours = np.array(picture.getpalette(), np.uint8).reshape(-1, 3)
    palette[: len(colours)] = colours
    data = flat_psd(2, 8, [np.asarray(picture).tobytes()], 40, 60, palette.T.tobytes())
    np.testing.assert_array_equal(read_composite(data).pixels, np.asarray(picture.convert("RGB")))


def test_cmyk_counts_from_full_ink():
    inks = np.asarray(Image.fromarray(SMOOTH).convert("CMYK"))
    planes = [(255 - inks[:, :, index]).tobytes() for index in range(4)]
    found = read_composite(flat_psd(4, 8, planes, 40, 60))
    np.testing.assert_allclose(found.pixels.astype(int), SMOOTH, atol=1)
    assert "CMYK" in found.notes[0]


def test_saved_selections_are_no_transparency(pixels):
    planes = [pixels(channels=1).tobytes() for _ in range(4)]
    found = read_composite(flat_psd(3, 8, planes, 23, 31))
    assert found.pixels.shape == (23, 31, 3)
    assert "selections" in found.notes[0]
    assert found.pixels[:, :, 2].tobytes() == planes[2]


def test_layers_of_psd_tools_come_with_their_groups_masks_aside(pixels):
    psd = psd_tools.PSDImage.frompil(Image.fromarray(SMOOTH))
    values = pixels(9, 14, 4)
    group = psd.create_group(name="group")
    group.create_pixel_layer_from_array(values, name="layer", top=3, left=-2, opacity=128, blend_mode=BlendMode.SCREEN)
    layer = psd.create_pixel_layer_from_array(values[:, :, :3], name="odd", blend_mode=BlendMode.HUE)
    layer.create_mask(Image.new("L", (14, 9), 99))
    found = read_layers(saved(psd))
    inner = found.layers[0]
    assert isinstance(inner, Group)
    assert (inner.name, [node.name for node in inner.layers]) == ("group", ["layer"])
    one = inner.layers[0]
    assert not isinstance(one, Group)
    assert (one.offset, one.blend, one.opacity) == ((-2, 3), "screen", 128 / 255)
    np.testing.assert_array_equal(one.pixels, values)
    assert [word for word in ("mask", "'hue'") if not any(word in note for note in found.notes)] == []


def test_layers_of_other_colour_models_are_refused():
    with pytest.raises(UnreadablePicture, match="only the layers of RGB documents"):
        read_layers(flat_psd(1, 8, [bytes(12)], 3, 4))


def test_a_profile_is_found_among_other_resources_with_odd_names():
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    block = b"8BIM" + struct.pack(">H", 1000) + b"\3odd" + struct.pack(">I", 3) + b"abc\0"
    block += b"8BIM" + struct.pack(">H", 1001) + b"\4even\0" + struct.pack(">I", 0)
    block += b"8BIM" + struct.pack(">H", 1039) + b"\0\0" + struct.pack(">I", len(icc)) + icc
    data = flat_psd(3, 8, [bytes(12)] * 3, 3, 4)
    start = 26 + 4
    data = data[:start] + struct.pack(">I", len(block)) + block + data[start + 4 :]
    assert read_psd(data).icc == icc


@pytest.mark.parametrize("multiple", [1, 2, 4])
def test_tagged_blocks_are_found_however_they_are_padded(multiple):
    wanted = [(b"luni", b"12345"), (b"lclr", b"123456"), (b"lsct", b"")]
    blocks = b""
    for key, data in wanted:
        blocks += b"8BIM" + key + struct.pack(">I", len(data)) + data + bytes(-len(data) % multiple)
    assert [(key, bytes(data)) for key, data in tagged_blocks(Cursor(memoryview(blocks)))] == wanted
