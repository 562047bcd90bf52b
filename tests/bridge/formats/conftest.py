"""Small pictures and documents for the tests of formats: random values, so that no pixel can be right by chance."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest

from bridge.formats import Group, LayeredDocument, encode_ora, encode_psd
from model.types import BlendType, Decomposition, Layer, Metadata, Options, Provenance

NAME = "前景 Überlagerung"
DEPTHS = {8: np.uint8, 16: np.uint16}


@pytest.fixture
def pixels() -> Callable[..., np.ndarray]:
    """pixels(height, width, channels, depth): random, the same every time."""
    rng = np.random.default_rng(7)

    def make(height: int = 23, width: int = 31, channels: int = 3, depth: int = 8) -> np.ndarray:
        return rng.integers(0, 2**depth, (height, width, channels)).astype(DEPTHS[depth])

    return make


@pytest.fixture
def layered(pixels) -> Callable[..., LayeredDocument]:
    """A document with every blend mode, offsets outside the canvas, a Unicode name, a hidden layer, two groups."""

    def make(depth: int = 8, transparent: bool = False) -> LayeredDocument:
        background = Layer("background", pixels(23, 31, 4 if transparent else 3, depth))
        inner = [
            Layer(f"{NAME} {blend}", pixels(9, 14, 4, depth), offset, opacity, blend, visible=blend != "screen")
            for blend, offset, opacity in (
                (BlendType.NORMAL, (0, 0), 1.0),
                (BlendType.MULTIPLY, (-5, 17), 1.0),
                (BlendType.SCREEN, (25, -4), 1.0),
                (BlendType.ADD, (3, 2), 0.6),
            )
        ]
        groups = Group("hidden", (background, inner[0]), visible=False), Group("Gruppe ü", (background, *inner))
        return LayeredDocument((31, 23), (background, inner[1], *groups), background.pixels, dpi=(300.0, 150.0))

    return make


@pytest.fixture
def psd() -> Callable[..., bytes]:
    def make(document: LayeredDocument, **options: bool) -> bytes:
        file = BytesIO()
        encode_psd(document, file, **options)
        return file.getvalue()

    return make


@pytest.fixture
def ora() -> Callable[[LayeredDocument], bytes]:
    def make(document: LayeredDocument) -> bytes:
        file = BytesIO()
        encode_ora(document, file)
        return file.getvalue()

    return make


@pytest.fixture
def decomposition(pixels) -> Callable[..., Decomposition]:
    """A background and an opaque-or-clear foreground: what they stack to needs no arithmetic."""

    def make(depth: int = 8, foregrounds: int = 1, **about) -> Decomposition:
        layers = [Layer("background", pixels(depth=depth))]
        for number in range(foregrounds):
            foreground = pixels(channels=4, depth=depth)
            foreground[:, :, 3] = np.where(foreground[:, :, 3] % 2, 2**depth - 1, 0)
            layers.append(Layer(f"foreground {number}", foreground, blend=BlendType.NORMAL))
        past = Provenance("classic", Options(), 5, BlendType.NORMAL, None, 0.5, 0.25, 0)
        about = {"dpi": (300.0, 300.0), "metadata": Metadata(xmp=b"<x:xmpmeta/>"), **about}
        return Decomposition((31, 23), tuple(layers), past, **about)

    return make


@pytest.fixture
def same_nodes() -> Callable[..., None]:
    """Asserts that two trees agree in names, looks, places and every value (opacity: to what a byte can hold)."""
    return _same_nodes


def _same_nodes(found, wanted):
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert (type(one), one.name, one.blend, one.visible) == (type(other), other.name, other.blend, other.visible)
        assert one.opacity == pytest.approx(other.opacity, abs=0.5 / 255)
        if isinstance(one, Group):
            _same_nodes(one.layers, other.layers)
        else:
            assert one.offset == other.offset
            np.testing.assert_array_equal(one.pixels, other.pixels)
