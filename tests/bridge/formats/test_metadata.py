"""What comes with a picture beside its pixels is kept, or it is said that it was not: every kind in every format."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms, IptcImagePlugin

from bridge.formats import read_composite, write
from bridge.formats.colour import srgb_profile
from model.types import Composite, Decomposition, Layer, Metadata, Options, Provenance

PIXELS = np.dstack(np.broadcast_arrays(*np.ix_(range(40), range(60)), 90)).astype(np.uint8)
EXIF = Image.Exif()
EXIF[0x010E] = "a description"
EXIF_BYTES = EXIF.tobytes().removeprefix(b"Exif\0\0")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a/></x:xmpmeta>'
IPTC = b"".join(
    struct.pack(">BBBH", 28, 2, number, len(value)) + value
    for number, value in ((5, b"Village feast"), (80, b"A. Photographer"), (120, b"Caption of the archivist"))
)
TEXT = (("Comment", "by hand"), ("workflow", '{"nodes": "\N{CYRILLIC SMALL LETTER ZHE}"}'))
KINDS = {
    "Exif": Metadata(exif=EXIF_BYTES),
    "XMP": Metadata(xmp=XMP),
    "IPTC": Metadata(iptc=IPTC),
    "profile": Metadata(),
    "resolution": Metadata(),
    "comment": Metadata(text=TEXT[:1]),
    "text": Metadata(text=TEXT),
}


def decomposed(metadata: Metadata, icc: bytes | None = None, dpi: tuple[float, float] | None = None) -> Decomposition:
    past = Provenance("nano", Options(), 0, None, None, 0.0, 0.0, 0)
    return Decomposition((60, 40), (Layer("background", PIXELS),), past, icc, dpi, metadata)


def found_in(composite: Composite, kind: str) -> object:
    if kind in ("profile", "resolution"):
        return composite.icc if kind == "profile" else composite.dpi
    metadata = composite.metadata
    return {"Exif": metadata.exif, "XMP": metadata.xmp, "IPTC": metadata.iptc}.get(kind, metadata.text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ["psd", "psb", "ora", "png", "jpg", "tif", "webp", "folder"])
def test_each_kind_is_kept_or_said(tmp_path, ending, kind):
    icc = srgb_profile() if kind == "profile" else None
    dpi = (300.0, 300.0) if kind == "resolution" else None
    notes: list[str] = []
    path = tmp_path / ("layers" if ending == "folder" else f"out.{ending}")
    write(decomposed(KINDS[kind], icc, dpi), path, tell=notes.append)
    back = read_composite(path / "background.png" if ending == "folder" else path)
    found = found_in(back, kind)
    wanted = {"profile": icc, "resolution": dpi}.get(kind, found_in(Composite(PIXELS, metadata=KINDS[kind]), kind))
    if kind == "Exif":  # a TIFF's tags are rewritten: what they say counts
        exif = Image.Exif()
        exif.load(found)  # type: ignore[arg-type]
        found, wanted = exif[0x010E], "a description"
    if notes:
        assert found != wanted, "said to be left out, but there it is"
        assert any(word in notes[0] for word in ("IPTC", "resolution", "text"))
    else:
        assert found == wanted


def test_nothing_beside_pixels_means_nothing_said_and_nothing_added(tmp_path):
    for ending in ("psd", "ora", "png", "jpg", "tif", "webp"):
        notes: list[str] = []
        write(decomposed(Metadata()), tmp_path / f"out.{ending}", tell=notes.append)
        back = read_composite(tmp_path / f"out.{ending}")
        assert (notes, back.icc, back.dpi in (None, (72.0, 72.0)), back.metadata) == ([], None, True, Metadata())


def test_the_iptc_of_a_jpeg_reaches_psd_png_tiff_and_jpeg_as_other_programs_read_it(tmp_path):
    resources = b"Photoshop 3.0\0" + struct.pack(">4sHHI", b"8BIM", 1028, 0, len(IPTC)) + IPTC + bytes(len(IPTC) % 2)
    plain = BytesIO()
    Image.fromarray(PIXELS).save(plain, "JPEG", comment="typed in")
    jpeg = plain.getvalue()
    jpeg = jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(resources) + 2) + resources + jpeg[2:]
    composite = read_composite(jpeg)
    assert composite.metadata.iptc == IPTC
    assert composite.metadata.text == (("Comment", "typed in"),)
    for ending in ("jpg", "tif"):
        write(decomposed(composite.metadata), tmp_path / f"a.{ending}")
        with Image.open(tmp_path / f"a.{ending}") as picture:
            found = IptcImagePlugin.getiptcinfo(picture)
        assert found is not None
        assert found[(2, 120)] == b"Caption of the archivist"
    with Image.open(tmp_path / "a.jpg") as picture:
        assert picture.info["comment"] == b"typed in"


def chunk(kind: bytes, content: bytes, *, damaged: bool = False) -> bytes:
    checksum = zlib.crc32(kind + content) ^ damaged
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png_with(*chunks: bytes, pixels: np.ndarray = PIXELS) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()[:33] + b"".join(chunks) + file.getvalue()[33:]


def test_a_png_opens_with_a_large_profile_and_keeps_it():
    large = srgb_profile() + np.random.default_rng(0).bytes(3 << 20)
    found = read_composite(png_with(chunk(b"iCCP", b"monitor\0\0" + zlib.compress(large))))
    assert found.icc == large
    np.testing.assert_array_equal(found.pixels, PIXELS)


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt"])
def test_a_png_opens_with_a_long_text_and_keeps_it(kind):
    text = '{"node": 1}' * 400_000
    content = {
        "tEXt": b"workflow\0" + text.encode(),
        "zTXt": b"workflow\0\0" + zlib.compress(text.encode()),
        "iTXt": b"workflow\0\1\0\0\0" + zlib.compress(text.encode()),
    }[kind]
    found = read_composite(png_with(chunk(kind.encode(), content)))
    assert found.metadata.text == (("workflow", text),)
    assert found.notes == ()


def test_a_text_that_would_fill_the_memory_is_left_out_and_said():
    bomb = zlib.compress(bytes(80 << 20), 9)
    found = read_composite(png_with(chunk(b"zTXt", b"bomb\0\0" + bomb)))
    assert found.metadata.text == ()
    assert found.notes == ("text of more than 64 MB was left out",)


@pytest.mark.parametrize(
    ("kind", "content"),
    [(b"tEXt", b"Title\0x"), (b"iCCP", b"p\0\0" + zlib.compress(b"no profile")), (b"eXIf", b"II*\0")],
)
def test_a_wrong_checksum_of_what_only_describes_the_picture_hides_no_pixels(kind, content):
    found = read_composite(png_with(chunk(kind, content, damaged=True)))
    np.testing.assert_array_equal(found.pixels, PIXELS)


def test_a_damaged_profile_is_left_out_and_said():
    found = read_composite(png_with(chunk(b"iCCP", b"p\0\0this is no deflate stream")))
    assert found.icc is None
    assert found.notes == ("the colour profile in it is damaged and was left out",)
    cut = read_composite(png_with(chunk(b"iCCP", b"p\0\0" + zlib.compress(srgb_profile()[:100]))))
    assert cut.notes == ("its colour profile does not fit the picture and was left out",)


def to_srgb(values: tuple[int, int, int], profile: bytes) -> np.ndarray:
    """By littlecms, an implementation that is not ours."""
    picture = Image.new("RGB", (1, 1), values)
    target = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(picture, ImageCms.ImageCmsProfile(BytesIO(profile)), target)
    assert converted is not None
    return np.asarray(converted)[0, 0]


def test_display_p3_by_cicp_is_kept_as_a_profile_that_means_display_p3():
    found = read_composite(png_with(chunk(b"cICP", bytes([12, 13, 0, 1]))))
    assert found.icc is not None
    assert "Display P3" in found.notes[0]
    np.testing.assert_array_equal(found.pixels, PIXELS)
    # CSS Color 4, sample code: linear Display P3 to linear sRGB.
    matrix = np.array([[1.22494, -0.22494, 0], [-0.04206, 1.04206, 0], [-0.01964, -0.07864, 1.09827]])
    linear = matrix @ ((np.array([204, 102, 51]) / 255 + 0.055) / 1.055) ** 2.4
    wanted = 255 * (1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(to_srgb((204, 102, 51), found.icc) - wanted).max() <= 1
    assert np.abs(to_srgb((128, 128, 128), found.icc).astype(int) - 128).max() <= 1


def test_a_linear_png_is_kept_as_a_linear_profile():
    found = read_composite(png_with(chunk(b"gAMA", struct.pack(">I", 100_000))))
    assert found.icc is not None
    assert np.abs(to_srgb((55, 55, 55), found.icc).astype(int) - 128).max() <= 1


@pytest.mark.parametrize(
    "chunks",
    [
        (chunk(b"cICP", bytes([1, 13, 0, 1])),),
        (chunk(b"gAMA", struct.pack(">I", 45455)),),
        (chunk(b"sRGB", b"\0"), chunk(b"gAMA", struct.pack(">I", 100_000))),
    ],
)
def test_what_says_srgb_in_other_words_adds_no_profile(chunks):
    found = read_composite(png_with(*chunks))
    assert (found.icc, found.notes) == (None, ())


def test_colours_that_no_profile_can_say_are_named():
    found = read_composite(png_with(chunk(b"cICP", bytes([9, 16, 0, 1]))))
    assert found.icc is None
    assert found.notes == ("its colours (cICP 9, 16, 0, 1) cannot be kept as a profile and are taken for sRGB",)
    odd = read_composite(png_with(chunk(b"gAMA", bytes(4)), chunk(b"cHRM", bytes(32))))
    assert odd.notes == ("its colours (gAMA, cHRM) make no sense and are taken for sRGB",)
