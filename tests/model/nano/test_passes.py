"""Coarse to fine: the global pass, and tiles that agree with it and with one another."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from model.imaging.tiles import Tile, tiles  # noqa: E402
from model.nano import layout, passes  # noqa: E402
from model.nano.config import NanoConfig  # noqa: E402
from model.nano.net import NanoNetwork, NanoParams  # noqa: E402
from model.nano.net.export import export  # noqa: E402
from model.nano.network import Network, NetworkOutput  # noqa: E402
from model.types import BlendType, Composite, Kind, Options, Request  # noqa: E402


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Random weights that answer to everything they are given, and see a foreground in about half the pixels."""
    torch.manual_seed(0)
    net = NanoNetwork(NanoParams(widths=(8, 12, 16), encoder=(1, 1, 1), decoder=(1, 1), embedding=8))
    for parameter in net.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.2)
    torch.nn.init.zeros_(net.head.bias)
    path = tmp_path_factory.mktemp("passes") / "n.onnx"
    export(net, path)
    return Network(path, threads=1)


def picture(width: int, height: int, dtype: type = np.uint8) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width] / 40
    waves = np.stack([np.sin(rows + columns), np.cos(rows * 2), np.sin(columns * 3)], -1)
    return ((waves * 0.5 + 0.5) * np.iinfo(dtype).max).astype(dtype)


def request(pixels: np.ndarray, **options: object) -> Request:
    return Request(Composite(pixels), Options(**options))  # type: ignore[arg-type]


GATES = NanoConfig().marks.gates
ALL = float("inf")


def tile_count(grid: passes.TileGrid | None) -> int:
    return 0 if grid is None else len(grid.tiles)


def predict_global(
    network: Network, asked: Request, blend: BlendType | None = None, kind: Kind | None = None, side: int = 1280
) -> passes.GlobalPrediction:
    return passes.predict_global(network, asked, blend, kind, False, side, GATES)


def grid_of(asked: Request, chosen: list[Tile]) -> passes.TileGrid:
    """The native tiles `chosen`, and what they cover."""
    left, top, width, height = box = passes.tiles_bounding_box(chosen)
    pixels = asked.composite.pixels[top : top + height, left : left + width]
    return passes.TileGrid(pixels, None, box, [tile.moved(-left, -top) for tile in chosen])


def native(network: Network, asked: Request, whole: passes.GlobalPrediction, chosen: list[Tile]) -> passes.Fields:
    given = passes.condition(asked.options, BlendType.NORMAL, Kind.WATERMARK)
    grid = grid_of(asked, chosen)
    return passes.refine_tiles(network, grid, whole, given, BlendType.NORMAL, False, lambda tile, f, t: None)


def test_the_global_pass_looks_at_a_reduced_copy(network: Network) -> None:
    whole = predict_global(network, request(picture(300, 150)), side=128)
    assert whole.output.layer.shape == (layout.OUTPUT_CHANNELS, 64, 128)
    small = predict_global(network, request(picture(100, 50)), side=128)
    assert small.factor == (1, 1)


def test_a_veil_begins_where_a_mark_is_still_doubted(network: Network) -> None:
    whole = predict_global(network, request(picture(96, 64)))
    mark, veil = (
        passes.global_fields(replace(whole, gates=network.gates), BlendType.NORMAL, (96, 64)).alpha
        for network in (NanoConfig().marks, NanoConfig().veils)
    )
    doubted = (whole.output.presence > 0.2) & (whole.output.presence < 0.3)
    assert doubted.any()
    assert not mark[doubted].any()
    assert (veil >= mark).all()
    assert veil[doubted].any()


def test_what_was_dropped_from_the_global_pass_does_not_come_back_with_the_tiles(network: Network) -> None:
    asked = request(picture(192, 128))
    whole = predict_global(network, asked, side=96)
    kept = np.ones(whole.output.presence.shape, np.float32)
    kept[:, :48] = 0
    chosen = list(tiles(192, 128))
    before, after = (native(network, asked, seen, chosen).alpha for seen in (whole, whole.with_component_mask(kept)))
    assert before[:, :90].any()
    assert not after[:, :90].any()
    np.testing.assert_array_equal(after[:, 100:], before[:, 100:])


def test_16_bit_and_8_bit_pictures_look_alike(network: Network) -> None:
    eight = picture(64, 48)
    a = predict_global(network, request(eight)).output
    b = predict_global(network, request(eight.astype(np.uint16) * 257)).output
    np.testing.assert_allclose(a.layer, b.layer, atol=1e-4)


def test_what_the_user_gives_reaches_the_network(network: Network) -> None:
    pixels = picture(64, 48)
    plain = predict_global(network, request(pixels)).output.layer
    hinted = replace(request(pixels), hint=np.full((48, 64), 255, np.uint8))
    for asked, blend, kind in (
        (request(pixels), BlendType.SCREEN, None),
        (request(pixels), None, Kind.RAIN),
        (request(pixels, colour=(1.0, 0.0, 0.0)), None, None),
        (hinted, None, None),
    ):
        assert np.abs(predict_global(network, asked, blend, kind).output.layer - plain).max() > 1e-3


def test_native_tiles_differ_from_one_large_tile_only_near_their_edges(network: Network) -> None:
    asked = request(picture(288, 160))
    whole = predict_global(network, asked)
    once = native(network, asked, whole, list(tiles(288, 160, tile=512, overlap=32)))
    cut = native(network, asked, whole, list(tiles(288, 160, tile=176, overlap=64)))
    assert once.box == cut.box == (0, 0, 288, 160)
    difference = np.abs(once.alpha.astype(np.float32) - cut.alpha)
    assert float(difference[:, :64].max()) < 0.01
    assert float(difference.mean()) < 0.01


def test_only_tiles_with_something_in_them_are_refined(network: Network) -> None:
    asked = request(picture(300, 200))
    whole = predict_global(network, asked)
    layer = whole.output.layer.copy()
    layer[layout.PRESENCE] = 0
    nothing = replace(whole, output=replace(whole.output, layer=layer))
    assert passes.select_tiles(nothing, asked, False, ALL) is None
    assert tile_count(passes.select_tiles(nothing, asked, True, ALL)) == 1
    hint = np.zeros((200, 300), np.uint8)
    hint[10, 10] = 255
    assert tile_count(passes.select_tiles(nothing, replace(asked, hint=hint), False, ALL)) == 1
    shut = replace(asked, selection=np.zeros((200, 300), np.uint8))
    assert passes.select_tiles(whole, shut, True, ALL) is None


def test_where_native_tiles_would_be_too_many_pixels_they_are_reduced_and_else_not_at_all(network: Network) -> None:
    asked = request(picture(2400, 1600))
    whole = predict_global(network, asked)
    native_grid = passes.select_tiles(whole, asked, True, ALL)
    assert native_grid is not None
    assert native_grid.shape == (1600, 2400)
    reduced = passes.select_tiles(whole, asked, True, 1_500_000)
    assert reduced is not None
    assert reduced.box == native_grid.box == (0, 0, 2400, 1600)
    assert reduced.shape[0] / reduced.shape[1] == pytest.approx(1600 / 2400, abs=2e-3)
    area = sum((t.rows.stop - t.rows.start) * (t.columns.stop - t.columns.start) for t in reduced.tiles)
    assert area == pytest.approx(1_500_000, rel=0.1)
    given = passes.condition(asked.options, BlendType.NORMAL, Kind.WATERMARK)
    seen: list[Tile] = []
    fields = passes.refine_tiles(
        network, reduced, whole, given, BlendType.NORMAL, False, lambda tile, f, t: seen.append(tile)
    )
    assert fields.alpha.shape == reduced.shape
    assert fields.box == (0, 0, 2400, 1600)
    assert (seen[0].rows.start, seen[-1].rows.stop, seen[-1].columns.stop) == (0, 1600, 2400), "places are native"


def test_a_mark_in_a_corner_of_a_large_picture_is_refined_at_native_size(network: Network) -> None:
    """The limit counts the tiles that are needed, not the picture."""
    asked = request(picture(2400, 1600))
    whole = predict_global(network, asked)
    layer = whole.output.layer.copy()
    layer[layout.PRESENCE] = 0
    layer[layout.PRESENCE, -40:, -40:] = 1
    corner = replace(whole, output=replace(whole.output, layer=layer))
    grid = passes.select_tiles(corner, asked, False, 1_500_000)
    assert grid is not None
    assert len(grid.tiles) == 1
    assert grid.shape == (grid.box[3], grid.box[2])
    np.testing.assert_array_equal(grid.pixels, asked.composite.pixels[grid.box[1] :, grid.box[0] :])


def test_the_coarse_estimate_lies_where_it_was_seen_on_a_reduced_grid_too(network: Network) -> None:
    asked = request(picture(400, 200))
    whole = predict_global(network, asked)
    layer = np.zeros((layout.OUTPUT_CHANNELS, 50, 100), np.float32)
    layer[layout.OPACITY, :, 50:] = 1  # the right half, from native column 200 on
    half = replace(whole, output=replace(whole.output, layer=layer), factor=(0.25, 0.25))
    (tile,) = tiles(100, 100)
    pixels = np.zeros((100, 100, 3), np.uint8)
    grid = passes.TileGrid(pixels, None, (100, 0, 200, 200), [tile])  # native columns 100..300 on 100
    coarse = passes.resample_to_tile(half, half.output.layer, grid, tile)
    assert (coarse[layout.OPACITY, :, :48] == 0).all()
    assert (coarse[layout.OPACITY, :, 52:] == 1).all()


def test_the_estimate_covers_the_box_of_the_refined_tiles_only(network: Network) -> None:
    asked = request(picture(300, 200))
    whole = predict_global(network, asked)
    right = [t for t in tiles(300, 200, tile=160, overlap=32) if t.columns.start > 0][:1]
    fields = native(network, asked, whole, right)
    rows, columns = right[0].slices
    assert fields.box == (columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
    assert fields.emission.dtype == np.float16
    assert fields.emission.shape == (*fields.alpha.shape, 3) == fields.transmission.shape


def test_beneath_a_layer_the_network_sees_the_solved_background(network: Network) -> None:
    asked = request(picture(64, 48))
    whole = predict_global(network, asked)
    veil = np.zeros_like(whole.output.layer)
    veil[layout.OPACITY], veil[layout.PRESENCE] = 0.5, 1  # half of the picture's light is gone
    above = replace(whole, output=replace(whole.output, layer=veil))
    below = passes.predict_residual(network, above, BlendType.MULTIPLY, asked.options, False)
    z, y = (w.picture[layout.PICTURE] + 0.5 for w in (whole, below))
    np.testing.assert_allclose(y, np.minimum(1, z * 2), atol=0.1)


def test_the_coarse_estimate_lies_where_the_global_pass_saw_it(network: Network) -> None:
    asked = request(picture(256, 128))
    whole = predict_global(network, asked)
    layer = np.zeros((layout.OUTPUT_CHANNELS, 64, 128), np.float32)
    layer[layout.OPACITY, 32:, :] = 1
    half = replace(whole, output=replace(whole.output, layer=layer), factor=(0.5, 0.5))
    (tile,) = tiles(256, 128)
    coarse = passes.resample_to_tile(half, half.output.layer, grid_of(asked, [tile]), tile)
    assert coarse.shape == (10, 128, 256)
    assert (coarse[layout.OPACITY, :62] == 0).all()
    assert (coarse[layout.OPACITY, 66:] == 1).all()
    assert (coarse[[0, 1, 2, 6, 7, 8, 9]] == 0).all()


def test_at_each_pixel_the_surer_look_says_what_is_there() -> None:
    fine, wide = (np.zeros((layout.OUTPUT_CHANNELS, 4, 6), np.float32) for _ in range(2))
    fine[layout.OPACITY], wide[layout.OPACITY] = 0.25, 0.75
    fine[layout.PRESENCE, :, :3], wide[layout.PRESENCE, :, 3:] = 1, 1
    seen = passes.merge_by_presence(NetworkOutput(fine, np.ones(4), np.ones(9)), wide)
    np.testing.assert_allclose(seen.opacity[:, :, :3], 0.25)
    np.testing.assert_allclose(seen.opacity[:, :, 3:], 0.75)
    np.testing.assert_allclose(seen.presence, 1)


def half_present(presence: float) -> np.ndarray:
    """A layer that takes half of the light and is present everywhere to this degree."""
    layer = np.zeros((layout.OUTPUT_CHANNELS, 48, 64), np.float32)
    layer[layout.OPACITY], layer[layout.PRESENCE] = 0.5, presence
    return layer


class Constant:
    """A network that predicts one layer, whatever it is shown."""

    def __init__(self, layer: np.ndarray) -> None:
        self.layer = layer

    def predict(self, picture: np.ndarray, condition: np.ndarray, latent: np.ndarray | None = None) -> NetworkOutput:
        return NetworkOutput(self.layer.copy(), np.ones(4), np.ones(9))


def test_native_tiles_of_weather_have_the_gates_of_weather() -> None:
    """A presence of 0.7 is above the gates of marks, whole, and within those of weather, in part."""
    asked, network = request(picture(64, 48)), Constant(half_present(0.7))
    config = NanoConfig()
    chosen = list(tiles(64, 48))
    alphas = []
    for one in (config.marks, config.weather):
        whole = passes.predict_global(network, asked, None, None, False, 1280, one.gates)  # type: ignore[arg-type]
        coarse = passes.global_fields(whole, BlendType.MULTIPLY, (64, 48)).alpha
        fine = passes.refine_tiles(
            network,  # type: ignore[arg-type]
            grid_of(asked, chosen),
            whole,
            passes.condition(asked.options, BlendType.MULTIPLY, None),
            BlendType.MULTIPLY,
            False,
            lambda tile, f, t: None,
        ).alpha
        np.testing.assert_allclose(fine, coarse, atol=2e-3)
        alphas.append(float(fine.mean()))
    marks, weather = alphas
    assert marks == pytest.approx(0.5, abs=2e-3)
    assert weather == pytest.approx(0.5 * passes.gate(np.array(0.7, np.float32), *config.weather.gates), abs=2e-3)
    assert weather < 0.45


def test_beneath_weather_its_own_gates_decide_what_is_taken_off() -> None:
    asked, network = request(picture(64, 48)), Constant(half_present(0.7))
    seen = []
    for one in (NanoConfig().marks, NanoConfig().weather):
        whole = passes.predict_global(network, asked, None, None, False, 1280, one.gates)  # type: ignore[arg-type]
        below = passes.predict_residual(network, whole, BlendType.MULTIPLY, asked.options, False)  # type: ignore[arg-type]
        seen.append(float(below.picture[layout.PICTURE].mean()))
    assert seen[1] < seen[0] - 0.01, "less of the veil is removed, so the rest is darker"
