"""Drawings are told from photographs, and a mark in one by what shows through it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from model.decompose import decompose
from model.evaluate.foreign.drawing import printed
from model.evaluate.foreign.drawings import DRAWINGS, drawing
from model.imaging.drawings import drawing_features, drawing_probability
from model.nano.config import DrawingConfig
from model.nano.edge_likelihood import shows_through
from model.types import Composite, Request

CONFIG = DrawingConfig()
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.mark.parametrize("row", list(DRAWINGS))
def test_most_drawings_are_known_as_such(row):
    pictures = [drawing(np.random.default_rng([77, n]), row, (420, 560)) for n in range(8)]
    assert (
        sum(drawing_probability(drawing_features(p), CONFIG.coefficients) > CONFIG.min_probability for p in pictures)
        >= 7
    )


@pytest.mark.parametrize("name", ["watermark-text", "flare", "fog", "xray", "rain", "glass"])
def test_the_example_photographs_are_not_taken_for_drawings(name):
    pixels = np.asarray(Image.open(EXAMPLES / f"{name}.jpg").convert("RGB"))
    assert drawing_probability(drawing_features(pixels), CONFIG.coefficients) < 0.1
    deep = pixels.astype(np.uint16) * 257
    assert drawing_probability(drawing_features(deep), CONFIG.coefficients) == pytest.approx(
        drawing_probability(drawing_features(pixels), CONFIG.coefficients)
    )


def mask(text="SAMPLE", size=(200, 400)):
    letters = printed(text, 70)
    out = np.zeros(size, np.float32)
    out[60 : 60 + letters.shape[0], 40 : 40 + letters.shape[1]] = letters
    return out


def grounds():
    """Three flat grounds side by side, the letters lie over all of them; float32 0..1."""
    picture = np.empty((200, 400, 3), np.float32)
    picture[:, :130], picture[:, 130:220], picture[:, 220:] = (0.9, 0.3, 0.2), (0.1, 0.5, 0.2), (0.2, 0.3, 0.9)
    return picture


def test_a_translucent_mark_over_several_grounds_shows_them_through():
    alpha = 0.4 * mask()[..., None]
    marked = grounds() * (1 - alpha) + alpha
    assert shows_through(marked, mask() > 0.5, CONFIG) > 0.5


def test_opaque_lettering_that_belongs_to_the_drawing_does_not():
    alpha = mask()[..., None]
    assert shows_through(grounds() * (1 - alpha) + alpha * 0.1, mask() > 0.5, CONFIG) <= 0
    plain = np.full((200, 400, 3), 0.95, np.float32)
    assert shows_through(plain * (1 - alpha) + alpha * 0.2, mask() > 0.5, CONFIG) == 0


def test_the_evidence_survives_a_jpeg():
    alpha = 0.4 * mask()[..., None]
    marked = ((grounds() * (1 - alpha) + alpha) * 255 + 0.5).astype(np.uint8)
    _, stored = cv2.imencode(".jpg", marked, [cv2.IMWRITE_JPEG_QUALITY, 85])
    decoded = np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR)).astype(np.float32) / 255
    assert shows_through(decoded, mask() > 0.5, CONFIG) > CONFIG.min_evidence


def test_a_screen_and_a_page_are_left_alone_by_the_engine():
    for row in ("screen", "page"):
        (found,) = decompose(Request(Composite(drawing(np.random.default_rng([78, 1]), row, (300, 400)))))
        assert not found.foregrounds, row
