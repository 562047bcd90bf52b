"""Outlines of marks: where a mark is opaque to the full, how broad it is, and pairs of pixels across its outline."""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["MAX_PAIRS", "core_of", "half_width", "neighbours_across", "pairs_across"]

MAX_PAIRS = 60_000
"""Pairs of pixels across an outline that are compared at most."""

DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1), (0, -1), (-1, 0), (-1, -1), (-1, 1))
DISTANCES = (3, 5, 7)


def core_of(outline: np.ndarray) -> np.ndarray:
    """bool h x w: pixels at full opacity, at least 2.5 pixels inside, or on the middle line of a thin stroke."""
    depth = _depth(outline)
    return outline & (depth >= np.minimum(2.5, 0.8 * cv2.dilate(depth, np.ones((7, 7), np.uint8))))


def half_width(outline: np.ndarray) -> float:
    """Median distance, pixels, of the middle line of the strokes to the outline."""
    depth = _depth(outline)
    ridge = outline & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))
    return float(np.median(depth[ridge]))


def pairs_across(pixels: np.ndarray, outline: np.ndarray, max_pairs: int = MAX_PAIRS) -> tuple[np.ndarray, np.ndarray]:
    """Colours of neighbours across the outline, inside and outside, n x 3 each. As `neighbours_across`."""
    here, there = neighbours_across(outline, max_pairs)
    flat = pixels.reshape(-1, pixels.shape[-1])
    return flat[here], flat[there]


def neighbours_across(outline: np.ndarray, max_pairs: int = MAX_PAIRS) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of pixels on either side of an outline, 3 to 7 pixels apart in eight directions, without the rim.

    Parameters
    ----------
    outline : bool h x w
    max_pairs : more pairs are thinned out evenly

    Returns
    -------
    inside, outside : n indices each into the flattened picture
    """
    h, w = outline.shape
    clear = cv2.dilate(outline.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
    rows, columns = np.nonzero(core_of(outline))
    every = max(1, 12 * len(rows) // max_pairs)  # of the 24 neighbours about half are clear
    rows, columns = rows[::every], columns[::every]
    near, far = [], []
    for dy, dx in DIRECTIONS:
        for distance in DISTANCES:
            y, x = rows + dy * distance, columns + dx * distance
            ok = (y >= 0) & (y < h) & (x >= 0) & (x < w)
            ok[ok] = clear[y[ok], x[ok]]
            near.append(rows[ok] * w + columns[ok])
            far.append(y[ok] * w + x[ok])
    here, there = np.concatenate(near), np.concatenate(far)
    every = max(1, len(here) // max_pairs)
    return here[::every], there[::every]


def _depth(outline: np.ndarray) -> np.ndarray:
    """Distance of every pixel inside to the outline."""
    return cv2.distanceTransform(outline.astype(np.uint8), cv2.DIST_L2, 3)
