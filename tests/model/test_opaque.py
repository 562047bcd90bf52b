"""With full alpha a layer does what it did, by the arithmetic of every program."""

from dataclasses import replace

import numpy as np
import pytest

from model.blending import recompose
from model.opaque import opaque
from model.types import BlendType, Decomposition, Layer, Options, Provenance

SAID = Provenance("test", Options(), 0, None, None, 1.0, 0.0, 0)
OTHERS = [BlendType.MULTIPLY, BlendType.SCREEN, BlendType.ADD]
DTYPES = [np.uint8, np.uint16]


def every_level(dtype, height, width, channels, seed=3):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, (height, width, channels), dtype, endpoint=True)


def krita(blend, colour, backdrop):
    """What Krita 5.2 computes for two opaque pixels: products by shift and add, sums that stop at the top."""
    bits = colour.dtype.itemsize * 8
    c, y = colour.astype(np.uint64), backdrop.astype(np.uint64)
    product = c * y + (1 << (bits - 1))
    product = ((product >> bits) + product) >> bits
    if blend == BlendType.MULTIPLY:
        return product.astype(colour.dtype)
    together = c + y - (product if blend == BlendType.SCREEN else 0)
    return np.minimum(together, (1 << bits) - 1).astype(colour.dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("blend", OTHERS)
def test_the_stack_is_the_same_picture_by_one_rounding_and_by_kritas(blend, dtype):
    below = every_level(dtype, 300, 400, 3)
    layer = Layer("mark", every_level(dtype, 200, 250, 4, seed=4), (30, 50), blend=blend)
    whole = Decomposition((400, 300), (Layer("Background", below), layer), SAID)
    picture = recompose(whole)
    full = np.concatenate(list(opaque(whole, 1)))
    assert full.shape == layer.pixels.shape
    assert np.all(full[..., 3] == np.iinfo(dtype).max)
    assert np.array_equal(recompose(replace(whole, layers=(whole.layers[0], replace(layer, pixels=full)))), picture)
    here = np.s_[50:250, 30:280]
    assert np.array_equal(krita(blend, full[..., :3], below[here]), picture[here])


@pytest.mark.parametrize("blend", OTHERS)
def test_where_the_layer_does_nothing_its_colour_is_neutral(blend):
    below = every_level(np.uint8, 20, 20, 3)
    layer = Layer("mark", np.zeros((20, 20, 4), np.uint8), blend=blend)
    full = np.concatenate(list(opaque(Decomposition((20, 20), (Layer("Background", below), layer), SAID), 1)))
    assert np.all(full[..., :3] == (255 if blend == BlendType.MULTIPLY else 0))


@pytest.mark.parametrize("blend", OTHERS)
def test_the_colour_is_the_paler_one_that_goes_with_full_alpha(blend):
    """Over a light backdrop (a dark one for multiply there is no choice) it is the mean of colour and neutral."""
    below = np.full((8, 8, 3), 40 if blend != BlendType.MULTIPLY else 250, np.uint8)
    layer = Layer("mark", np.full((8, 8, 4), [100, 60, 20, 128], np.uint8), blend=blend)
    full = np.concatenate(list(opaque(Decomposition((8, 8), (Layer("Background", below), layer), SAID), 1)))
    neutral = 255 if blend == BlendType.MULTIPLY else 0
    assert np.abs(full[0, 0, :3].astype(float) - (np.array([100, 60, 20]) + neutral) / 2).max() <= 1


def test_a_layer_above_others_meets_what_they_leave():
    below = every_level(np.uint16, 40, 50, 3)
    first = Layer("veil", every_level(np.uint16, 20, 30, 4, seed=5), (10, 15))
    second = Layer("flare", every_level(np.uint16, 30, 30, 4, seed=6), (5, 5), blend=BlendType.SCREEN)
    whole = Decomposition((50, 40), (Layer("Background", below), first, second), SAID)
    full = replace(second, pixels=np.concatenate(list(opaque(whole, 2))))
    assert np.array_equal(recompose(replace(whole, layers=(*whole.layers[:2], full))), recompose(whole))
