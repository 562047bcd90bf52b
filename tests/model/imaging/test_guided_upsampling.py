"""Enlarging a map by stripes: each stripe is given the rows that it reads, whatever the two heights are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.imaging.guided_upsampling import enlarge, rows_needed


@given(st.integers(1, 3000), st.floats(1, 40), st.integers(0, 10**6), st.integers(1, 300))
@settings(max_examples=300, deadline=None)
def test_a_stripe_is_the_same_rows_of_the_whole_enlargement(height, times, start, count):
    full = round(height * times)
    top = start % full
    span = top, min(full, top + count)
    maps = np.linspace(0, 1, height, dtype=np.float32)[None, :, None]
    low, high = rows_needed(span, height, full, 0)
    part = enlarge(maps[:, low:high], low, span, height, (1, full))
    np.testing.assert_array_equal(part, enlarge(maps, 0, span, height, (1, full)))


@pytest.mark.parametrize(("height", "full"), [(1151, 3453), (901, 2703), (667, 2001)])
def test_centres_that_fall_on_a_row_of_the_map_are_read_by_both_alike(height, full):
    maps = np.zeros((1, height, 1), np.float32)
    for row in range(full):
        low, high = rows_needed((row, row + 1), height, full, 0)
        assert enlarge(maps[:, low:high], low, (row, row + 1), height, (1, full)).shape == (1, 1, 1)
