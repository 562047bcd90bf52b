"""What can be seen while the work goes on: the background so far, refined where a tile is done."""

import numpy as np
import pytest

from model.imaging.tiles import tiles
from model.nano import layout
from model.nano.config import NanoConfig
from model.nano.network import NetworkOutput
from model.nano.passes import GlobalPrediction
from model.nano.progress import PREVIEW_SIDE, ProgressPreview
from model.types import BlendType

WIDTH, HEIGHT = 1600, 900
GATES = NanoConfig().marks.gates


def half_white(opacity: float) -> GlobalPrediction:
    """A gray scene, 0.4, under a white layer of this opacity, as a global pass that is right sees it."""
    h, w = 432, 768
    picture = np.zeros((layout.PICTURE_CHANNELS, h, w), np.float32)
    picture[layout.PICTURE] = 0.4 * (1 - opacity) + opacity - 0.5
    layer = np.empty((layout.OUTPUT_CHANNELS, h, w), np.float32)
    layer[layout.EMISSION], layer[layout.OPACITY], layer[layout.PAINT], layer[layout.PRESENCE] = (
        opacity,
        opacity,
        0.4,
        1,
    )
    return GlobalPrediction(NetworkOutput(layer, np.ones(4), np.ones(9)), picture, (w / WIDTH, h / HEIGHT), GATES)


@pytest.mark.parametrize("opacity", [0.5, 1.0])
def test_the_layer_is_off_and_what_is_opaque_is_painted(opacity: float) -> None:
    seen = ProgressPreview(half_white(opacity), BlendType.NORMAL).pixels()
    assert (seen.shape, seen.dtype) == ((72, PREVIEW_SIDE, 3), np.uint8)
    assert np.abs(seen.astype(int) - 102).max() <= 3  # 0.4 of 255; the paint is measure_edge in


def test_a_tile_that_is_done_is_renewed_and_nothing_else() -> None:
    preview = ProgressPreview(half_white(0.5), BlendType.NORMAL)
    before = preview.pixels()
    tile = list(tiles(WIDTH, HEIGHT))[-1]
    shape = 3, tile.rows.stop - tile.rows.start, tile.columns.stop - tile.columns.start
    preview.refine(tile, np.zeros(shape, np.float32), np.ones(shape, np.float32))  # nothing is there after all
    after = preview.pixels()
    rows, columns = int(tile.rows.start * 72 / HEIGHT), int(tile.columns.start * PREVIEW_SIDE / WIDTH)
    assert np.abs(after[rows:, columns:].astype(int) - 178).max() <= 2  # the picture as it is: 0.7
    after[rows:, columns:] = before[rows:, columns:]
    np.testing.assert_array_equal(after, before)


def test_a_very_long_picture_has_a_glimpse() -> None:
    whole = half_white(0.5)
    thin = GlobalPrediction(
        NetworkOutput(whole.output.layer[:, :3], whole.output.blend, whole.output.kind),
        whole.picture[:, :3],
        (768 / 30_000, 0.03),
        GATES,
    )
    assert ProgressPreview(thin, BlendType.ADD).pixels().shape == (1, PREVIEW_SIDE, 3)
