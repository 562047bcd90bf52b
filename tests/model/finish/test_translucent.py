"""A mark over art and over transparency is one mark: it comes off both, and the layers stack exactly."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from model.blending import recompose, stack
from model.decompose import decompose
from model.finish.translucent import split_translucent
from model.imaging.matte import flatten, matte_level
from model.types import BlendType, Composite, Request


def sticker(depth=np.uint8):
    """A disc with a soft edge on a transparent canvas, float straight alpha 0..1."""
    y, x = np.mgrid[:120, :160]
    alpha = np.clip((50 - np.hypot(x - 80, y - 60)) / 4, 0, 1)
    colour = np.dstack([0.9 * np.ones_like(alpha), x / 160, y / 120])
    return np.dstack([colour, alpha])


def bar(opacity=0.4):
    """A white bar from the left border to the right one, crossing the art; float h x w."""
    alpha = np.zeros((120, 160))
    alpha[50:64] = opacity
    return cv2.GaussianBlur(alpha, (0, 0), 0.8)


def laid_over(art, alpha, colour):
    union = alpha + art[..., 3] * (1 - alpha)
    premultiplied = alpha[..., None] * colour + ((1 - alpha) * art[..., 3])[..., None] * art[..., :3]
    return np.dstack([premultiplied / np.maximum(union, 1e-9)[..., None], union])


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_the_true_mark_leaves_the_art_and_its_transparency(depth):
    top = np.iinfo(depth).max
    art, alpha = sticker(), bar()
    z = np.rint(laid_over(art, alpha, np.ones(3)) * top).astype(depth)
    layer = np.rint(np.dstack([np.ones((*alpha.shape, 3)), alpha]) * top).astype(depth)
    background = z.copy()
    split_translucent(z, layer, background)
    translucent = z[..., 3] < top
    np.testing.assert_array_equal(stack(layer, background, BlendType.NORMAL)[translucent], z[translucent])
    wrong = np.abs(background[..., 3] / top - art[..., 3])[translucent]
    assert wrong.max() < 0.03
    plain = translucent & (art[..., 3] > 0.3)
    assert np.abs(background[plain][:, :3] / top - art[plain][:, :3]).max() < 0.03


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_whatever_the_layer_says_the_stack_is_the_composite(depth):
    rng, top = np.random.default_rng(3), np.iinfo(depth).max
    z, layer = (rng.integers(0, top, (90, 70, 4), endpoint=True).astype(depth) for _ in range(2))
    z[:20, :, 3] = rng.integers(0, 4, (20, 70))
    background = z.copy()
    split_translucent(z, layer, background)
    translucent = z[..., 3] < top
    np.testing.assert_array_equal(stack(layer, background, BlendType.NORMAL)[translucent], z[translucent])
    np.testing.assert_array_equal(background[~translucent], z[~translucent])


def test_a_white_mark_is_looked_at_over_a_dark_matte_and_a_black_one_over_a_light_matte():
    z = np.zeros((8, 8, 4), np.uint8)
    z[2:5] = (255, 255, 255, 100)
    assert flatten(z, matte_level(z))[0, 0, 0] < 100
    z[2:5] = (0, 0, 0, 100)
    assert flatten(z, matte_level(z))[0, 0, 0] > 150


def test_a_mark_partly_beside_the_art_comes_off_inside_and_outside():
    canvas = Image.new("RGBA", (2080, 2080))
    draw = ImageDraw.Draw(canvas)
    draw.ellipse((400, 300, 1700, 1700), fill=(240, 170, 60, 255))
    for x in (700, 1200):
        draw.ellipse((x, 700, x + 200, 1000), fill=(40, 30, 60, 255))
    art = np.asarray(canvas.resize((520, 520), Image.Resampling.LANCZOS)) / 255.0
    drawn = Image.new("L", (520, 520))
    ImageDraw.Draw(drawn).text((40, 220), "commission preview", 255, font=ImageFont.load_default(44))
    mark = np.asarray(drawn.rotate(20, resample=Image.Resampling.BICUBIC)) / 255 * 0.4
    z = np.rint(laid_over(art, mark, np.ones(3)) * 255).astype(np.uint8)
    (found,) = decompose(Request(Composite(z)))
    np.testing.assert_array_equal(recompose(found), z)
    background = found.background.pixels / 255
    beside = (mark > 0.2) & (art[..., 3] == 0)
    assert beside.sum() > 400
    assert background[beside][:, 3].mean() < 0.1 * z[beside][:, 3].mean() / 255
    over = (mark > 0.2) & (art[..., 3] == 1)
    before = np.sqrt(((z[over][:, :3] / 255 - art[over][:, :3]) ** 2).mean())
    assert np.sqrt(((background[over][:, :3] - art[over][:, :3]) ** 2).mean()) < 0.25 * before
