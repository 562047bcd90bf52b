"""What cannot be done, on the command line: one line that says what to do, exit code 2, nothing written."""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from bridge.cli import main


def png(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds no pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def saved(picture: Image.Image, form: str) -> bytes:
    file = BytesIO()
    picture.save(file, form)
    return file.getvalue()


def noise(height: int = 40, width: int = 50) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def float_tiff(value: float) -> bytes:
    pixels = np.full((4, 5, 3), 0.5, np.float32)
    pixels[1, 2, 0] = value
    return cv2.imencode(".tif", pixels)[1].tobytes()


BAD_FILES = {
    "empty": (b"", "the file is empty: choose another"),
    "truncated": (saved(Image.fromarray(noise()), "PNG")[:900], "damaged or cut off: save or download it again"),
    "no picture": (b"To whom it may concern", "not a picture that can be opened: choose a PNG"),
    "a bomb": (png(20_000, 20_000), "at most 100 megapixels: make it smaller"),
    "a side of 30,001 pixels": (png(30_001, 1), "at most 30000 a side: make it smaller"),
    "a size of zero": (png(0, 5), "an empty picture (0 x 5): choose another"),
    "not a number": (float_tiff(np.nan), "NaN"),
    "a colour model nobody knows": (saved(Image.new("LAB", (4, 4)), "TIFF"), "colour model Lab"),
}


@pytest.fixture
def refused(capsys):
    """Calls the command line, which must refuse in one line with exit code 2; gives that line."""

    def call(*words: object) -> str:
        code = main(["decompose", *map(str, words), "--engine", "classic", "--kind", "fog"])
        told = capsys.readouterr()
        assert (code, told.out, told.err.count("\n")) == (2, "", 1), told.err
        assert "Traceback" not in told.err
        return told.err

    return call


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(saved(Image.fromarray(noise()), "PNG"))
    return path


@contextmanager
def bound_by_permissions() -> Iterator[None]:
    """Root may read and write everything: lay down the two capabilities (1, 2) that say so meanwhile. Linux only."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, held = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, held) == 0
    effective = held[0]
    held[0] = effective & ~0b110
    assert libc.capset(header, held) == 0
    try:
        yield
    finally:
        held[0] = effective
        assert libc.capset(header, held) == 0


@pytest.mark.parametrize(("data", "words"), BAD_FILES.values(), ids=BAD_FILES)
@pytest.mark.parametrize("target", ["out.psd", "clean.png", "layers"])
def test_a_file_that_cannot_be_opened(tmp_path, refused, data, words, target):
    source = tmp_path / "photo.png"
    source.write_bytes(data)
    told = refused(source, "-o", tmp_path / target)
    assert words in told
    assert told.startswith(f"diffdecompose: {source}: ")
    assert os.listdir(tmp_path) == ["photo.png"]


@pytest.mark.parametrize("mask", ["--hint", "--selection"])
def test_a_mask_that_cannot_be_opened(tmp_path, photo, refused, mask):
    (tmp_path / "mask.png").write_bytes(png(20_000, 20_000))
    assert "mask.png" in refused(photo, "-o", tmp_path / "out.psd", mask, tmp_path / "mask.png")
    assert sorted(os.listdir(tmp_path)) == ["mask.png", "photo.png"]


def test_a_file_that_is_not_there_and_a_pattern_without_files(tmp_path, refused):
    assert "there is no such file: check the name" in refused(tmp_path / "a.png", "-o", tmp_path / "out.psd")
    assert "no file matches: check the pattern" in refused(tmp_path / "*.png", "-o", tmp_path / "out")
    assert os.listdir(tmp_path) == []


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder with a picture in it; opened again in the end, so that it can be removed."""
    folder = tmp_path / "locked"
    folder.mkdir()
    (folder / "photo.png").write_bytes(png(4, 4))
    yield folder
    folder.chmod(0o700)


@pytest.mark.parametrize("mode", [0o000, 0o600])
def test_what_may_not_be_read(tmp_path, photo, locked, refused, mode):
    """A file, a folder of pictures, and a file in a folder that may not be entered."""
    photo.chmod(0)
    locked.chmod(mode)
    with bound_by_permissions():
        for source in (photo, locked / "photo.png"):
            assert "you may not read it: check its permissions" in refused(source, "-o", tmp_path / "out.psd")
        assert "check its permissions" in refused(locked, "-o", tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == ["locked", "photo.png"]


@pytest.mark.parametrize("mode", [0o000, 0o500])
@pytest.mark.parametrize("target", ["out.psd", "clean.png", "layers", "inner/out.psd"])
def test_a_place_where_nothing_may_be_written(tmp_path, photo, locked, refused, mode, target):
    locked.chmod(mode)
    with bound_by_permissions():
        told = refused(photo, "-o", locked / target)
    assert "may not" in told or (target.startswith("inner") and "does not exist" in told)
    assert os.listdir(tmp_path / "locked") == ["photo.png"]


@pytest.mark.parametrize("target", ["out.psd", "out.png"])
def test_an_output_folder_that_is_not_there(tmp_path, photo, refused, target):
    assert "does not exist" in refused(photo, "-o", tmp_path / "nowhere" / target)
    assert os.listdir(tmp_path) == ["photo.png"]


@pytest.mark.parametrize("target", ["out.psd", "out.ora", "clean.png", "clean.tif", "layers"])
def test_a_disk_that_takes_no_more(tmp_path, photo, refused, target):
    """A limit on how large a file may grow stands in for the disk: it breaks off in the midst of writing alike."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        told = refused(photo, "-o", tmp_path / target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "disk" in told
    assert os.listdir(tmp_path) == ["photo.png"]
