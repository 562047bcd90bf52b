"""`finish`: whatever the estimate says, the layers stack to the picture; and what it says is honoured."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.blending import composite, emission_transmission, recompose
from model.errors import Cancelled
from model.finish import FinishConfig, finish
from model.types import BlendType, Candidate, Composite, Estimate, Kind, Options, Request


def silent(stage, step, steps, preview=None):
    pass


def picture(height=120, width=161, channels=3, depth=np.uint8, seed=0):
    """Soft shapes and hard edges, with levels at both ends."""
    rng = np.random.default_rng(seed)
    top = int(np.iinfo(depth).max)
    coarse = rng.integers(-top // 4, top + top // 4, (9, 12, channels))
    soft = cv2.resize(coarse.astype(np.float64), (width, height), interpolation=cv2.INTER_CUBIC)
    soft[:, width // 2 :] = top - soft[:, width // 2 :]
    return soft.clip(0, top).astype(depth)


def disc(h, w, opacity=0.8, middle=(0.5, 0.5), radius=0.3):
    """h x w float32: a soft-edged disc."""
    y, x = np.mgrid[:h, :w]
    far = np.hypot((y + 0.5) / h - middle[1], (x + 0.5) / w - middle[0]) / radius
    return ((1.2 - far) * 4).clip(0, 1).astype(np.float32) * np.float32(opacity)


def estimate(alpha, colour, blend, box):
    light, let = emission_transmission(alpha[..., None], np.broadcast_to(np.float32(colour), (*alpha.shape, 3)), blend)
    return Estimate(light.astype(np.float16), let.astype(np.float16), alpha, blend, 1.0, box)


def candidate(*layers, paint=None):
    return Candidate(layers, paint, 7, 0.9, "truth")


def canvas(pixels):
    return (0, 0, pixels.shape[1], pixels.shape[0])


@given(
    seed=st.integers(0, 2**32 - 1),
    blends=st.lists(st.sampled_from(list(BlendType)), min_size=1, max_size=4),
    depth=st.sampled_from([np.uint8, np.uint16]),
    channels=st.sampled_from([3, 4]),
    size=st.tuples(st.integers(1, 70), st.integers(1, 90)),
    grid=st.tuples(st.integers(1, 24), st.integers(1, 24)),
    painted=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_the_layers_stack_to_the_picture_whatever_the_estimate_says(seed, blends, depth, channels, size, grid, painted):
    """Estimates of noise, over boxes anywhere, of grids coarser or finer than the picture, some not even numbers."""
    rng = np.random.default_rng(seed)
    z = rng.integers(0, int(np.iinfo(depth).max) + 1, (*size, channels)).astype(depth)
    layers = []
    for blend in blends:
        x, y = int(rng.integers(0, size[1])), int(rng.integers(0, size[0]))
        box = (x, y, int(rng.integers(1, size[1] - x + 1)), int(rng.integers(1, size[0] - y + 1)))
        noise = rng.uniform(-0.2, 1.2, (*grid, 6)).astype(np.float16)
        noise[rng.random(grid) < 0.02] = np.nan
        layers.append(Estimate(noise[..., :3], noise[..., 3:], rng.random(grid).astype(np.float32), blend, 0.5, box))
    paint = rng.random((*grid, 3)).astype(np.float16) if painted else None
    result = finish(Request(Composite(z)), candidate(*layers, paint=paint), silent)
    np.testing.assert_array_equal(recompose(result), z)
    assert result.provenance.recomposition_error == 0


@pytest.mark.parametrize("blend", list(BlendType))
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_the_background_comes_back_from_a_true_quarter_size_estimate(blend, depth):
    y = picture(240, 322, depth=depth)
    top = int(np.iinfo(depth).max)
    y = (y * 0.4 + top * 0.1).astype(depth)  # so that nothing clips
    alpha, colour = disc(240, 322, 0.5), np.array([0.8, 0.7, 0.6], np.float32)
    if blend == BlendType.MULTIPLY:
        colour = 1 - colour
    if blend == BlendType.ADD:  # alpha 1 on black, so that nothing clips before it is mixed
        z = np.rint(y + alpha[..., None] * colour * top).astype(depth)
    else:
        z = np.rint(composite(alpha[..., None].astype(float), colour, y / top, blend) * top).astype(depth)
    small = cv2.resize(alpha, (80, 60), interpolation=cv2.INTER_AREA)
    result = finish(Request(Composite(z)), candidate(estimate(small, colour, blend, canvas(z))), silent)

    def error(x):
        return np.sqrt(((x.astype(float) - y) ** 2).mean()) / top

    assert error(result.background.pixels) < 0.06 * error(z)
    np.testing.assert_array_equal(recompose(result), z)
    assert result.layers[-1].blend == blend


def test_an_opaque_mark_does_not_bleed_into_the_background():
    """Red on a gray ramp: the fill from around must be gray."""
    ramp = np.linspace(60, 180, 400).astype(np.uint8)
    y = np.repeat(np.broadcast_to(ramp, (300, 400))[..., None], 3, axis=2)
    alpha = disc(300, 400, 1.0, radius=0.12)
    z = np.rint(alpha[..., None] * np.array([220, 20, 20], np.float32) + (1 - alpha[..., None]) * y).astype(np.uint8)
    small = cv2.resize(alpha, (100, 75), interpolation=cv2.INTER_AREA)
    mark = estimate(small, [220 / 255, 20 / 255, 20 / 255], BlendType.NORMAL, canvas(z))
    background = finish(Request(Composite(z)), candidate(mark), silent).background.pixels.astype(int)
    assert np.abs(background - y).max() <= 24
    assert np.abs(background - y).mean() < 0.5


def test_the_engines_own_paint_is_used_where_nothing_shines_through():
    z = picture()
    paint = np.full((30, 40, 3), 0.25, np.float16)
    mark = estimate(disc(30, 40, 1.0), [1, 0, 0], BlendType.NORMAL, canvas(z))
    result = finish(Request(Composite(z)), candidate(mark, paint=paint), silent)
    assert np.abs(result.background.pixels[55:65, 75:85].astype(int) - 64).max() <= 2


def test_faint_haze_leaves_no_layer():
    z = picture()
    haze = estimate(np.full((30, 40), 3 / 255, np.float32), [1, 1, 1], BlendType.NORMAL, canvas(z))
    result = finish(Request(Composite(z)), candidate(haze), silent)
    assert [layer.name for layer in result.layers] == ["Background"]
    assert result.provenance.coverage == 0
    assert result.provenance.blend is None


def test_haze_beside_a_mark_is_cleaned_away_and_the_marks_soft_edge_stays():
    z = picture(240, 320)
    mark, haze = disc(240, 320, 0.6, (0.3, 0.5), 0.15), np.float32(3 / 255)
    result = finish(
        Request(Composite(z)),
        candidate(estimate(np.maximum(mark, haze), [1, 1, 1], BlendType.NORMAL, canvas(z))),
        silent,
    )
    layer = result.layers[1]
    alpha = np.zeros((240, 320), np.uint8)
    x, y = layer.offset
    alpha[y : y + layer.pixels.shape[0], x : x + layer.pixels.shape[1]] = layer.pixels[..., 3]
    assert not alpha[:, 200:].any()
    edge = (mark > 8 / 255) & (mark < 0.3)
    assert np.abs(alpha[edge] - mark[edge] * 255).max() <= 1.5
    assert layer.pixels.shape[1] < 200


def test_nothing_found_gives_the_picture_back():
    z = picture(channels=4)
    result = finish(Request(Composite(z)), candidate(), silent)
    assert len(result.layers) == 1
    np.testing.assert_array_equal(result.background.pixels, z)
    assert result.provenance.coverage == 0


def test_pixels_that_were_not_opaque_stay_in_the_background_as_they_are():
    z = picture(channels=4)
    z[..., 3] = 255
    z[:60, :, 3] = np.random.default_rng(0).integers(0, 255, (60, 161))
    fog = estimate(np.full((30, 40), 0.5, np.float32), [0.8, 0.8, 0.8], BlendType.NORMAL, canvas(z))
    result = finish(Request(Composite(z)), candidate(fog), silent)
    np.testing.assert_array_equal(result.background.pixels[:60], z[:60])
    np.testing.assert_array_equal(result.background.pixels[..., 3], z[..., 3])
    assert (result.background.pixels[60:, :, :3] != z[60:, :, :3]).any()
    np.testing.assert_array_equal(recompose(result), z)


@pytest.mark.parametrize("blend", list(BlendType))
def test_outside_the_selection_nothing_changes_and_a_soft_one_scales_alpha(blend):
    z = picture()
    selection = np.zeros(z.shape[:2], np.uint8)
    selection[:, :50], selection[:, 50:80] = 255, 128
    veil = estimate(np.full((30, 40), 0.5, np.float32), [0.4, 0.4, 0.4], blend, canvas(z))
    result = finish(Request(Composite(z), selection=selection), candidate(veil), silent)
    np.testing.assert_array_equal(result.background.pixels[:, 80:], z[:, 80:])
    np.testing.assert_array_equal(recompose(result), z)
    if blend != BlendType.ADD:  # there alpha also follows the picture
        alpha = result.layers[1].pixels[..., 3].astype(float)
        assert abs(alpha[:, 60:70].mean() / alpha[:, 10:40].mean() - 128 / 255) < 0.02


def test_layers_are_named_from_below_and_numbered_when_there_are_several():
    z = picture()
    top = estimate(disc(30, 40, 0.5, (0.3, 0.5), 0.1), [1, 0, 0], BlendType.NORMAL, canvas(z))
    below = estimate(disc(30, 40, 0.5, (0.7, 0.5), 0.1), [1, 1, 1], BlendType.SCREEN, canvas(z))
    result = finish(Request(Composite(z)), candidate(top, below), silent)
    assert [layer.name for layer in result.layers] == ["Background", "Foreground 1", "Foreground 2"]
    assert [layer.blend for layer in result.layers[1:]] == [BlendType.SCREEN, BlendType.NORMAL]
    assert result.layers[1].offset[0] > result.layers[2].offset[0]


def test_the_bytes_do_not_depend_on_the_number_of_threads():
    z = picture(900, 801)
    veil = estimate(disc(90, 80, 0.7), [0.9, 0.9, 0.9], BlendType.NORMAL, canvas(z))
    both = []
    for threads in (1, 3):
        config = FinishConfig(band_pixels=60000, threads=threads)
        both.append(finish(Request(Composite(z)), candidate(veil), silent, config))
    for one, other in zip(both[0].layers, both[1].layers, strict=True):
        assert one.pixels.tobytes() == other.pixels.tobytes()


def test_a_tick_that_raises_stops_the_work_early():
    z = picture(900, 801)
    veil = estimate(disc(90, 80, 0.7), [0.9, 0.9, 0.9], BlendType.NORMAL, canvas(z))
    ticks = []

    def tick(stage, step, steps, preview=None):
        ticks.append((stage, step, steps))
        if step == 3:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        finish(Request(Composite(z)), candidate(veil), tick, FinishConfig(band_pixels=20000))
    assert ticks == [("finish", step, 38) for step in (1, 2, 3)]


def test_no_seam_shows_between_stripes():
    """The same picture in one band and in many: at most one level apart anywhere."""
    z = picture(400, 300)
    veil = estimate(disc(50, 38, 0.7), [0.9, 0.9, 0.9], BlendType.NORMAL, canvas(z))
    whole = finish(Request(Composite(z)), candidate(veil), silent)
    parts = finish(Request(Composite(z)), candidate(veil), silent, FinishConfig(band_pixels=3000))
    for one, other in zip(whole.layers, parts.layers, strict=True):
        assert np.abs(one.pixels[..., 3:].astype(int) - other.pixels[..., 3:]).max(initial=0) <= 1
    difference = whole.background.pixels.astype(int) - parts.background.pixels
    assert np.abs(difference).max() <= 3


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("blend", list(BlendType))
def test_a_gray_picture_gets_gray_layers_whatever_colour_the_estimate_has(depth, blend):
    gray = np.repeat(picture(depth=depth)[..., :1], 3, axis=2)
    alpha = disc(60, 80, opacity=1.0 if blend is BlendType.NORMAL else 0.7)
    candidate = Candidate((estimate(alpha, (0.9, 0.4, 0.1), blend, (0, 0, 161, 120)),), None, 0, 1.0, "nano")
    done = finish(Request(Composite(gray)), candidate, silent)
    assert len(done.layers) == 2
    for layer in done.layers:
        for channel in (1, 2):
            np.testing.assert_array_equal(layer.pixels[..., channel], layer.pixels[..., 0])
    np.testing.assert_array_equal(recompose(done), gray)


def test_one_coloured_pixel_makes_a_picture_a_coloured_one():
    from model.finish.gray import is_gray

    gray = np.repeat(picture()[..., :1], 3, axis=2)
    assert is_gray(gray)
    gray[-1, -1, 2] ^= 1
    assert not is_gray(gray)


def test_with_a_hint_a_layer_stays_in_its_neighbourhood_unless_a_veil_is_named():
    pixels = picture(300, 400)
    everywhere = Candidate(
        (estimate(np.full((75, 100), 0.5, np.float32), (0.9, 0.4, 0.1), BlendType.NORMAL, (0, 0, 400, 300)),),
        None, 0, 1.0, "nano",
    )  # fmt: skip
    hint = np.zeros((300, 400), np.uint8)
    hint[100:140, 100:180] = 255
    done = finish(Request(Composite(pixels), hint=hint), everywhere, silent)
    changed = (done.layers[0].pixels != pixels).any(axis=2)
    assert changed[100:140, 100:180].mean() > 0.9
    assert changed[90:150, 90:190].mean() > 0.9, "not the hint alone: a stroke is rarely exact"
    assert not changed[:70].any()
    assert not changed[170:].any()
    assert not changed[:, :70].any()
    assert not changed[:, 210:].any()
    np.testing.assert_array_equal(recompose(done), pixels)
    fog = finish(Request(Composite(pixels), Options(kind=Kind.FOG), hint=hint), everywhere, silent)
    assert (fog.layers[0].pixels != pixels).any(axis=2)[200:].mean() > 0.9


def test_a_mark_that_is_one_with_what_the_hint_touches_may_lie_far_from_it():
    pixels = picture(300, 400)
    layer = estimate(np.full((75, 100), 0.5, np.float32), (0.9, 0.4, 0.1), BlendType.NORMAL, (0, 0, 400, 300))
    hint = np.zeros((300, 400), np.uint8)
    hint[100:110, 100:120] = 255
    done = finish(
        Request(Composite(pixels), hint=hint), Candidate((layer,), None, 0, 1.0, "nano", beyond_hint=True), silent
    )
    assert (done.layers[0].pixels != pixels).any(axis=2)[200:].mean() > 0.9
    np.testing.assert_array_equal(recompose(done), pixels)


def test_an_empty_hint_limits_nothing():
    from model.finish.hint import hint_neighbourhood

    assert hint_neighbourhood(np.zeros((20, 30), np.uint8), FinishConfig()).min() == 255
