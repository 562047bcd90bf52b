"""ORAs that we write, taken apart by zipfile and independent PNG decoders, and read again by ours."""

from __future__ import annotations

from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZIP_STORED, ZipFile

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from bridge.formats import Group, LayeredDocument, read_composite, read_layers, walk
from bridge.formats.colour import srgb_profile
from model.types import Layer, Metadata

DEPTHS = pytest.mark.parametrize("depth", [8, 16])


@DEPTHS
def test_what_is_written_is_read_again_with_names_modes_groups_and_every_pixel(layered, ora, same_nodes, depth):
    document = layered(depth)
    found = read_layers(ora(document))
    same_nodes(found.layers, document.layers)
    np.testing.assert_array_equal(found.merged, document.merged)
    assert (found.size, found.dpi, found.notes) == (document.size, document.dpi, ())


def test_the_mimetype_comes_first_and_nothing_is_compressed_twice(layered, ora):
    data = ora(layered())
    assert data[30:54] == b"mimetypeimage/openraster"
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {entry.compress_type for entry in archive.infolist()} == {ZIP_STORED}
        assert archive.read("mimetype") == b"image/openraster"
        assert not [name for name in archive.namelist() if name.startswith("/")]


def test_the_stack_lists_layers_from_the_top_with_mode_place_opacity_and_resolution(layered, ora):
    document = layered()
    with ZipFile(BytesIO(ora(document))) as archive:
        image = ElementTree.fromstring(archive.read("stack.xml"))
    assert {key: image.get(key) for key in ("w", "h", "xres", "yres")} == {
        "w": "31",
        "h": "23",
        "xres": "300",
        "yres": "150",
    }
    stack = image[0]
    assert [element.get("name") for element in stack] == [node.name for node in reversed(document.layers)]
    group = stack[0]
    assert (group.tag, group.get("isolation")) == ("stack", "isolate")
    modes = [element.get("composite-op") for element in group]
    assert modes == ["svg:plus", "svg:screen", "svg:multiply", "svg:src-over", "svg:src-over"]
    assert (group[0].get("opacity"), group[1].get("visibility")) == ("0.6", "hidden")
    assert (group[2].get("x"), group[2].get("y")) == ("-5", "17")


@DEPTHS
def test_independent_decoders_find_the_same_pixels(layered, ora, depth):
    document = layered(depth)
    with ZipFile(BytesIO(ora(document))) as archive:
        pictures = {name: archive.read(name) for name in archive.namelist() if name.endswith(".png")}
        image = ElementTree.fromstring(archive.read("stack.xml"))
    sources = [element.attrib["src"] for element in image.iter("layer")]
    for source, layer in zip(sources, reversed(list(walk(document.layers))), strict=True):
        np.testing.assert_array_equal(imagecodecs.png_decode(pictures[source]), layer.pixels)
        if depth == 8:
            np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(pictures[source]))), layer.pixels)
    np.testing.assert_array_equal(imagecodecs.png_decode(pictures["mergedimage.png"]), document.merged)
    profile = Image.open(BytesIO(pictures["mergedimage.png"])).info.get("icc_profile")
    assert profile == (srgb_profile() if depth == 16 else None)


def test_the_thumbnail_fits_256_pixels_in_8_bits(ora, pixels):
    wide = pixels(90, 700, 3, 16)
    with ZipFile(BytesIO(ora(LayeredDocument((700, 90), (Layer("a", wide),), wide)))) as archive:
        thumbnail = imagecodecs.png_decode(archive.read("Thumbnails/thumbnail.png"))
    assert (thumbnail.dtype, max(thumbnail.shape)) == (np.uint8, 256)


def test_names_that_xml_cannot_hold_are_still_written(ora, pixels):
    small = pixels()
    document = LayeredDocument((31, 23), (Layer('a\x00<&"\ud800', small), Group("\x1b", ())), small)
    found = read_layers(ora(document))
    assert [node.name for node in found.layers] == ['a\N{REPLACEMENT CHARACTER}<&"\N{REPLACEMENT CHARACTER}', "�"]


def test_profile_resolution_exif_and_xmp_travel_in_the_merged_picture(ora, pixels):
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    metadata = Metadata(exif.tobytes().removeprefix(b"Exif\0\0"), b"<x:xmpmeta/>")
    small = pixels()
    found = read_composite(ora(LayeredDocument((31, 23), (), small, srgb_profile(), (300.0, 300.0), metadata)))
    assert (found.metadata.xmp, found.dpi, found.icc) == (b"<x:xmpmeta/>", (300.0, 300.0), srgb_profile())
    again = Image.Exif()
    again.load(found.metadata.exif or b"")
    assert again[0x010F] == "Camera"


def test_a_krita_file_shows_its_merged_picture(ora, pixels):
    small = pixels(depth=16)
    with ZipFile(BytesIO(ora(LayeredDocument((31, 23), (), small)))) as archive:
        merged = archive.read("mergedimage.png")
    krita = BytesIO()
    with ZipFile(krita, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        archive.writestr("maindoc.xml", "<DOC/>")
        archive.writestr("mergedimage.png", merged)
    found = read_composite(krita.getvalue())
    np.testing.assert_array_equal(found.pixels, small)
    assert found.notes == ()


@pytest.mark.parametrize(("space", "said"), [("RGBA", 0), ("RGBA16", 1), ("RGBAF32", 1)])
def test_a_krita_file_that_has_more_bits_than_its_preview_says_so(ora, pixels, space, said):
    with ZipFile(BytesIO(ora(LayeredDocument((31, 23), (), pixels())))) as archive:
        merged = archive.read("mergedimage.png")
    krita = BytesIO()
    with ZipFile(krita, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        archive.writestr("maindoc.xml", f'<DOC><IMAGE name="a" colorspacename="{space}" width="31"/></DOC>')
        archive.writestr("mergedimage.png", merged)
    assert len(read_composite(krita.getvalue()).notes) == said


def test_old_kritas_word_for_add_is_understood(layered, ora):
    data, again = ora(layered()), BytesIO()
    with ZipFile(BytesIO(data)) as archive, ZipFile(again, "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, archive.read(name).replace(b"svg:plus", b"svg:add"))
    assert [layer.blend for layer in walk(read_layers(again.getvalue()).layers)][-1] == "add"
