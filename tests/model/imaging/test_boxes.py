"""Bounding boxes and working sizes, at the borders where they go wrong."""

import numpy as np
import pytest

from model.imaging.boxes import bounding_box, bounding_spans, clip_box, expand_span
from model.imaging.resample import fit_long_side, fit_pixels, reduce_to


def test_the_bounding_box_holds_every_element_and_no_more():
    mask = np.zeros((20, 30), np.uint8)
    mask[4, 7] = mask[9, 3] = 1
    assert bounding_box(mask) == (3, 4, 5, 6)


def test_an_empty_mask_has_no_bounding_box():
    assert bounding_box(np.zeros((5, 5), bool)) is None
    assert bounding_spans(np.zeros((5, 5), bool)) is None


def test_a_margin_ends_where_the_mask_ends():
    assert expand_span((1, 2), 4, 20) == (0, 6)
    assert expand_span((28, 29), 4, 30) == (24, 30)


@pytest.mark.parametrize(
    ("box", "margin", "clipped"),
    [((2, 3, 4, 5), 0, (2, 3, 4, 5)), ((2, 3, 4, 5), 3, (0, 0, 9, 10)), ((-5, -5, 3, 3), 0, (0, 0, 0, 0))],
)
def test_a_box_is_clipped_to_the_picture(box, margin, clipped):
    assert clip_box(box, (9, 10), margin) == clipped


def test_a_working_size_keeps_proportions_and_never_enlarges():
    assert fit_pixels((4000, 1000), 1_000_000) == (2000, 500)
    assert fit_pixels((40, 10), 1_000_000) == (40, 10)
    assert fit_pixels((100_000, 1), 100) == (3162, 1)
    assert fit_long_side((4000, 1000), 1280) == (1280, 320)


def test_reduction_averages_and_keeps_the_dtype():
    pixels = np.array([[[0, 10, 20], [10, 20, 30]]], np.uint8)
    assert reduce_to(pixels, (1, 1)).tolist() == [[[5, 15, 25]]]
    assert reduce_to(pixels, (1, 1)).dtype == np.uint8
