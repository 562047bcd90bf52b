"""An overlay is read with its alpha from a PNG, from a layer of a PSD or ORA, and from an SVG."""

import numpy as np
import pytest
from PIL import Image

from bridge.formats import FormatError, encode_ora, encode_psd, read_overlay
from bridge.formats.document import LayeredDocument as Document
from model.types import Layer


@pytest.fixture
def mark():
    pixels = np.zeros((24, 40, 4), np.uint8)
    pixels[4:20, 6:30] = (200, 40, 10, 180)
    return pixels


def test_a_png_gives_its_own_pixels(tmp_path, mark):
    Image.fromarray(mark).save(tmp_path / "mark.png")
    assert np.array_equal(read_overlay(tmp_path / "mark.png"), mark)


@pytest.mark.parametrize("ending", ["psd", "ora"])
def test_of_a_layered_file_without_transparency_the_top_layer_is_taken(tmp_path, mark, ending):
    ground = np.full((60, 80, 3), 90, np.uint8)
    layers = (Layer("Background", ground), Layer("Logo", mark, (20, 10)))
    with open(tmp_path / f"mark.{ending}", "xb") as file:
        (encode_ora if ending == "ora" else encode_psd)(Document((80, 60), layers, ground), file)
    read = read_overlay(tmp_path / f"mark.{ending}")
    shown = read[..., 3] > 0
    assert np.array_equal(read[shown], mark[mark[..., 3] > 0])


def test_an_svg_is_drawn_with_a_transparent_ground(tmp_path):
    (tmp_path / "mark.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">'
        '<circle cx="10" cy="10" r="8" fill="red"/></svg>'
    )
    read = read_overlay(tmp_path / "mark.svg")
    assert read.shape == (512, 1024, 4)
    assert tuple(read[256, 256]) == (255, 0, 0, 255)
    assert read[5, 1000, 3] == 0


def test_a_broken_svg_is_refused_in_one_line(tmp_path):
    (tmp_path / "mark.svg").write_text("<svg")
    with pytest.raises(FormatError, match=r"mark\.svg"):
        read_overlay(tmp_path / "mark.svg")
