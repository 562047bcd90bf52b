"""Files that cannot be opened: one line that says what to do, nothing decoded that declares too much."""

from __future__ import annotations

import os
import random
import re
import resource
import struct
import time
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import cv2
import numpy as np
import pytest
from PIL import Image

from bridge.errors import FormatError, UnreadablePicture
from bridge.formats import LayeredDocument, read_composite, read_layers, read_mask
from model.types import Layer


def refusal(source, read=read_composite) -> str:
    with pytest.raises(UnreadablePicture) as caught:
        read(source)
    said = str(caught.value)
    assert "\n" not in said
    return said


def saved(picture: Image.Image, form: str, **options) -> bytes:
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def png_that_declares(width: int, height: int, depth: int = 8, data: bytes = b"") -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def zipped(**entries: bytes) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name.replace("_", "."), data)
    return file.getvalue()


def test_files_that_are_not_there_or_no_files(tmp_path):
    assert re.search("nothing.png: there is no such file: check the name", refusal(tmp_path / "nothing.png"))
    assert "it is a folder: name a picture in it" in refusal(tmp_path)
    assert "it is not a file" in refusal("/dev/zero")
    (tmp_path / "empty.png").write_bytes(b"")
    assert "empty.png: the file is empty" in refusal(tmp_path / "empty.png")
    assert "cannot be read" in refusal("a\0b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "a.png").chmod(0)
    assert "may not read it" in refusal(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"hello, world", "not a picture"),
        (b"%PDF-1.7", "it is a PDF"),
        (b"gimp xcf v011", "it is a GIMP file"),
        (b"\xff\x0a....", "it is a JPEG XL"),
        (zipped(a_txt=b"x"), "it is an archive, not a picture"),
        (zipped(mimetype=b"application/epub+zip"), "it is an archive, not a picture"),
        (zipped(mimetype=b"image/openraster"), "it has no mergedimage.png"),
    ],
)
def test_files_that_are_no_pictures_are_called_what_they_are(data, words):
    assert words in refusal(data)


def test_the_name_of_the_file_stands_first_and_can_be_given():
    with pytest.raises(UnreadablePicture, match=r"^photo\.jpg: it is not a picture"):
        read_composite(b"hello", name="photo.jpg")
    assert refusal(b"hello").startswith("the picture: ")


@pytest.mark.parametrize("read", [read_composite, read_mask])
@pytest.mark.parametrize("depth", [8, 16])
def test_a_declared_size_is_checked_before_anything_is_decoded(read, depth):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "at most 30000 a side" in refusal(png_that_declares(30_001, 1, depth), read)
    assert "at most 100 megapixels" in refusal(png_that_declares(20_000, 20_000, depth), read)
    assert "too large" in refusal(png_that_declares(2**31 - 1, 2**31 - 1, depth), read)
    assert "empty picture (0 x 5)" in refusal(png_that_declares(0, 5, depth), read)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def declaring_too_much() -> dict[str, bytes]:
    """Small files that declare a side of 30,001 pixels or more. (A WebP cannot: 16,383 is the most it can say.)"""
    tall, small = Image.new("L", (1, 30_001)), Image.new("L", (8, 8))
    bmp, gif = bytearray(saved(small, "BMP")), bytearray(saved(small, "GIF"))
    bmp[18:26] = struct.pack("<II", 30_001, 2)
    gif[6:10] = struct.pack("<HH", 40_000, 40_000)
    psd = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 2, 30_001, 8, 3) + bytes(100)
    return {"TIFF": saved(tall, "TIFF"), "JPEG": saved(tall, "JPEG"), "BMP": bytes(bmp), "GIF": bytes(gif), "PSD": psd}


@pytest.mark.parametrize("form", ["TIFF", "JPEG", "BMP", "GIF", "PSD"])
def test_other_formats_are_refused_by_their_declared_size_too(form):
    assert "too large" in refusal(declaring_too_much()[form])


def test_a_layer_larger_than_what_may_be_opened_is_refused_before_it_is_decoded(psd):
    small = np.zeros((4, 4, 3), np.uint8)
    data = psd(LayeredDocument((4, 4), (Layer("a", small),), small))
    record = data.index(struct.pack(">4iH", 0, 0, 4, 4, 3))
    for box in ((0, 0, 30_001, 4), (0, 0, 25_000, 25_000)):
        bad = bytearray(data)
        bad[record : record + 16] = struct.pack(">4i", *box)
        assert "too large" in refusal(bytes(bad), read_layers)
    bad = data[: record - 2] + struct.pack(">h", 30_000) + data[record:]
    assert "30000 layers, at most" in refusal(bad, read_layers)


def test_archives_that_unpack_to_more_than_they_should_are_refused():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ora, merged = b"image/openraster", png_that_declares(4, 4, 8, bytes(13 * 4))
    assert "stack.xml is larger" in refusal(
        zipped(mimetype=ora, mergedimage_png=merged, stack_xml=b" " * 200_000_000), read_layers
    )
    padded = merged + bytes(100_000_000)
    assert "mergedimage.png is larger" in refusal(zipped(mimetype=ora, mergedimage_png=padded))
    many = {f"x{number}": b"" for number in range(300)}
    assert "entries, too many" in refusal(zipped(mimetype=ora, **many))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


@pytest.mark.parametrize(
    "stack",
    [
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><image w='4' h='4'><stack/></image>",
        b"<image w='4' h='4'><stack><layer src='../../etc/passwd'/></stack></image>",
        b"<image w='4' h='4'><stack><layer src='/etc/passwd'/></stack></image>",
        b"<image w='4' h='4'><stack><layer src='a.png' x='left'/></stack></image>",
        b"<image w='4' h='4'>",
        b"<image w='4' h='4'/>",
        b"<image w='0' h='4'><stack/></image>",
        b"<image w='4' h='4'>" + b"<stack>" * 70 + b"</stack>" * 70 + b"</image>",
    ],
    ids=["entity", "outside", "absolute", "no number", "cut off", "no stack", "empty", "deep"],
)
def test_an_ora_whose_stack_cannot_be_trusted_is_refused(stack):
    merged = png_that_declares(4, 4, 8, bytes(13 * 4))
    refusal(zipped(mimetype=b"image/openraster", mergedimage_png=merged, stack_xml=stack), read_layers)


def test_floats_that_are_no_numbers_or_out_of_range_are_refused():
    values = np.full((4, 5, 3), 0.5, np.float32)
    for bad, words in ((np.nan, "NaN"), (np.inf, "NaN or infinite"), (1.5, "0.5 to 1.5, not 0 to 1: tone-map")):
        values[2, 3, 1] = bad
        assert words in refusal(cv2.imencode(".tif", values)[1].tobytes())


def test_colour_models_that_are_not_supported_are_named():
    lab = saved(Image.new("LAB", (4, 4)), "TIFF")
    assert "colour model Lab" in refusal(lab)
    assert "32-bit samples" in refusal(saved(Image.new("I", (4, 4)), "TIFF"))
    head = b"8BPS\0\1" + bytes(6)
    for mode, depth, words in ((9, 8, "colour model Lab"), (7, 8, "multichannel"), (3, 32, "32-bit samples")):
        assert words in refusal(head + struct.pack(">HIIHH", 3, 4, 4, depth, mode) + bytes(200))


def test_a_psd_without_a_merged_picture_says_how_to_save_it(psd):
    small = np.zeros((4, 4, 3), np.uint8)
    data = psd(LayeredDocument((4, 4), (), small))
    place = data.index(b"8BIM" + struct.pack(">HH", 1057, 0)) + 12
    assert data[place + 4] == 1
    assert "Maximize Compatibility" in refusal(data[: place + 4] + b"\0" + data[place + 5 :])


# Damage. Small files, so that hundreds of them are quick; sizes that a mutation can make large are the point.


def smooth(height: int, width: int, channels: int, depth: int) -> np.ndarray:
    values = np.add.outer(np.arange(height), np.arange(width))[:, :, None] * np.arange(1, channels + 1)
    return (values * (2**depth - 1) // values.max()).astype(f"u{depth // 8}")


def samples(psd, ora) -> dict[str, bytes]:
    """One small file of each format that can be read, by name."""
    picture = Image.fromarray(smooth(20, 30, 3, 8))
    found = {form: saved(picture, form) for form in ("PNG", "JPEG", "WEBP", "TIFF", "AVIF", "GIF", "BMP")}
    found["CMYK JPEG"] = saved(picture.convert("CMYK"), "JPEG")
    found["LZW TIFF"] = saved(picture, "TIFF", compression="tiff_lzw")
    for ending in (".png", ".tif"):
        found["16-bit " + ending] = cv2.imencode(ending, smooth(20, 30, 3, 16))[1].tobytes()
    try:
        from pillow_heif import HeifImagePlugin  # noqa: F401

        found["HEIF"] = saved(picture, "HEIF")
    except ImportError:
        pass
    for depth in (8, 16):
        background = smooth(20, 30, 3, depth)
        document = LayeredDocument((30, 20), (Layer("a", background), Layer("b", smooth(9, 7, 4, depth))), background)
        found[f"{depth}-bit PSD"] = psd(document)
        found[f"{depth}-bit compact PSD"] = psd(document, compact=True)
        found[f"{depth}-bit PSB"] = psd(document, large=True)
        found[f"{depth}-bit ORA"] = ora(document)
    return found


def mutated(data: bytes, dice: random.Random) -> bytes:
    """The file with its end cut off, some bytes changed, numbers of its head made extreme, or a piece repeated."""
    how, out = dice.randrange(4), bytearray(data)
    if how == 0:
        return data[: dice.randrange(len(data))]
    if how == 1:
        for _ in range(dice.randrange(1, 8)):
            out[dice.randrange(len(out))] = dice.randrange(256)
    if how == 2:
        for _ in range(dice.randrange(1, 4)):
            out[dice.randrange(min(len(out), 300))] = dice.choice((0, 1, 127, 128, 255))
    if how == 3:
        place, source, length = dice.randrange(len(out)), dice.randrange(len(out)), dice.randrange(1, 50)
        out[place : place + length] = out[source : source + length]
    return bytes(out)


def problem_of(read, data: bytes) -> str:
    """What a reader says of a file that it refuses, empty where it opens it; any other error comes through."""
    try:
        read(data)
    except FormatError as problem:
        return str(problem)
    return ""


@pytest.mark.filterwarnings("error")
def test_200_damaged_files_of_each_format_are_opened_or_refused_in_one_line_quickly(psd, ora, capfd):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, data in samples(psd, ora).items():
        dice, slowest, refused = random.Random(7), 0.0, 0
        for _ in range(200):
            damaged = mutated(data, dice)
            began = time.perf_counter()
            for read in (read_composite, read_layers) if name[-3:] in ("PSD", "PSB", "ORA") else (read_composite,):
                said = problem_of(read, damaged)
                assert "\n" not in said, name
                refused += bool(said)
            slowest = max(slowest, time.perf_counter() - began)
        assert refused > 20, name
        assert slowest < 5, name
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_000_000
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.98])
def test_a_file_that_was_cut_off_is_refused_not_half_shown(psd, ora, share):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    picture = Image.fromarray(noise)
    found = {form: saved(picture, form) for form in ("PNG", "WEBP", "TIFF", "AVIF", "GIF", "BMP")}
    found["LZW"] = saved(picture, "TIFF", compression="tiff_lzw")
    for ending in (".png", ".tif"):
        found[ending] = cv2.imencode(ending, noise.astype(np.uint16) * 257)[1].tobytes()
    document = LayeredDocument((64, 64), (Layer("a", noise),), noise)
    found |= {"PSD": psd(document), "ORA": ora(document)}
    for data in found.values():
        assert "damaged or cut off" in refusal(data[: int(len(data) * share)])
