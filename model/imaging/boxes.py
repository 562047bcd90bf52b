"""Bounding boxes of masks, and boxes widened and clipped. numpy alone; knows nothing of pictures.

A span is (start, stop) along one axis, stop exclusive. A box is `model.types.Box`: x, y, width, height.
"""

from __future__ import annotations

import numpy as np

from ..types import Box

__all__ = ["Slices", "bounding_box", "bounding_spans", "clip_box", "expand_span"]

Span = tuple[int, int]
Slices = tuple[slice, slice]
"""Rows and columns: indexes an array of h x w."""


def bounding_spans(mask: np.ndarray) -> tuple[Span, Span] | None:
    """Rows and columns that hold a nonzero element of `mask` (h x w): ((y0, y1), (x0, x1)); None where all is zero."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not rows.size:
        return None
    y0, y1 = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[y0:y1].any(axis=0))
    return (y0, y1), (int(columns[0]), int(columns[-1]) + 1)


def bounding_box(mask: np.ndarray) -> Box | None:
    """The smallest box that holds every nonzero element of `mask` (h x w); None where all is zero."""
    spans = bounding_spans(mask)
    if spans is None:
        return None
    (y0, y1), (x0, x1) = spans
    return x0, y0, x1 - x0, y1 - y0


def expand_span(span: Span, margin: int, length: int) -> Span:
    """`span` made `margin` longer at both ends, clipped to 0..length."""
    return max(0, span[0] - margin), min(length, span[1] + margin)


def clip_box(box: Box, size: tuple[int, int], margin: int = 0) -> Box:
    """`box`, `margin` wider on each side, clipped to a picture of `size` (width, height).

    Width or height is 0 where the box lies outside.
    """
    x0, y0 = max(box[0] - margin, 0), max(box[1] - margin, 0)
    x1, y1 = min(box[0] + box[2] + margin, size[0]), min(box[1] + box[3] + margin, size[1])
    return x0, y0, max(x1 - x0, 0), max(y1 - y0, 0)
