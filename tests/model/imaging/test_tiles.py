"""Tiles leave no seam: their weights add up to one at every pixel."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.imaging.tiles import spans, tiles


@given(st.integers(1, 5000), st.integers(96, 1024))
def test_spans_cover_the_axis_and_their_weights_add_up_to_one(length: int, tile: int) -> None:
    total = np.zeros(length)
    for span in spans(length, tile, overlap=32):
        assert 0 <= span.start < span.stop <= length
        assert span.stop - span.start <= tile
        total[span.start : span.stop] += span.weights()
    np.testing.assert_allclose(total, 1, atol=1e-6)


def test_tiles_of_a_picture_add_up_to_one() -> None:
    total = np.zeros((300, 500))
    several = list(tiles(500, 300, tile=200, overlap=40))
    assert len(several) > 4
    for tile in several:
        total[tile.slices] += tile.weights()
    np.testing.assert_allclose(total, 1, atol=1e-6)


def test_a_small_picture_is_one_tile() -> None:
    (only,) = tiles(768, 500)
    assert only.slices == (slice(0, 500), slice(0, 768))
    assert (only.weights() == 1).all()
