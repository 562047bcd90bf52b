"""Guided upsampling: a small map enlarged along the edges of the full-size picture.

In every small window the map is taken as an affine function of the picture's three colours (He, Sun, Tang,
"Guided Image Filtering", 2013, section 5; the coefficients, not the map, are enlarged: He, Sun, "Fast Guided
Filter", 2015). Knows nothing of layers.
"""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["RADIUS", "apply", "coefficients", "enlarge"]

RADIUS = 1
"""Window radius in pixels of the small map: as little reach as an affine fit can have."""

SMOOTH = 1e-4
"""Ridge of the fit, in squared picture units (0..1): texture fainter than about 0.01 does not shape the map."""


def coefficients(guide: np.ndarray, maps: np.ndarray, radius: int = RADIUS, smooth: float = SMOOTH) -> np.ndarray:
    """Coefficients of maps[k] = a0 R + a1 G + a2 B + b around every pixel.

    b takes up what the fit leaves over, so that at its own size the map is met exactly: without that a guided
    filter blurs what is smooth. Measured at a quarter size, background error in levels, bilinear / plain guided /
    this: text 3.0 / 0.9 / 0.7, rain 3.8 / 1.4 / 1.1, a soft shadow 0.4 / 0.8 / 0.5.

    guide: h x w x 3, maps: k x h x w, float32. Returns k x 4 x h x w. The outer 2 * radius rows are affected by
    the border: give that many more where the map goes on.
    """

    def mean(x: np.ndarray) -> np.ndarray:
        return cv2.blur(x, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT_101)

    colours = [np.ascontiguousarray(guide[..., j]) for j in range(3)]
    centre = [mean(x) for x in colours]
    pairs = {(i, j): mean(colours[i] * colours[j]) - centre[i] * centre[j] for i in range(3) for j in range(i, 3)}
    inverse = _inverse(pairs, smooth)
    out = np.empty((len(maps), 4, *maps.shape[1:]), np.float32)
    for k, values in enumerate(maps):
        middle = mean(values)
        with_colour = [mean(values * colours[j]) - middle * centre[j] for j in range(3)]
        out[k, 3] = values
        for i in range(3):
            slope = np.sum([inverse[min(i, j), max(i, j)] * with_colour[j] for j in range(3)], axis=0)
            out[k, i] = mean(slope)
            out[k, 3] -= out[k, i] * colours[i]
    return out


def _inverse(s: dict[tuple[int, int], np.ndarray], smooth: float) -> dict[tuple[int, int], np.ndarray]:
    """The inverse of the symmetric 3 x 3 covariance + smooth * identity, pixel by pixel (cofactors)."""
    a, b, c = s[0, 0] + smooth, s[0, 1], s[0, 2]
    d, e, f = s[1, 1] + smooth, s[1, 2], s[2, 2] + smooth
    co = {
        (0, 0): d * f - e * e,
        (0, 1): c * e - b * f,
        (0, 2): b * e - c * d,
        (1, 1): a * f - c * c,
        (1, 2): b * c - a * e,
        (2, 2): a * d - b * b,
    }
    scale = 1 / (a * co[0, 0] + b * co[0, 1] + c * co[0, 2])
    return {key: value * scale for key, value in co.items()}


def enlarge(maps: np.ndarray, first: int, span: tuple[int, int], height: int, size: tuple[int, int]) -> np.ndarray:
    """Rows `span` (top, bottom) of the maps enlarged to size (width, height), bilinear, pixel centres aligned.

    maps: ... x n x w, rows first.. of maps that are `height` rows tall in all; as many rows as the span needs
    (`rows_needed`). Returns ... x (bottom - top) x width, float32.
    """
    at = _rows_at(np.arange(*span), height, size[1])
    above = at.astype(int)
    below = np.minimum(above + 1, height - 1)
    part = (at - above).astype(np.float32)[:, None]
    rows = maps[..., above - first, :] * (1 - part) + maps[..., below - first, :] * part
    if maps.shape[-1] == size[0]:
        return rows
    flat = cv2.resize(rows.reshape(-1, rows.shape[-1]), (size[0], rows.size // rows.shape[-1]))
    return flat.reshape(*rows.shape[:-1], size[0])


def rows_needed(span: tuple[int, int], height: int, full: int, halo: int) -> tuple[int, int]:
    """Which rows of a map `height` tall `enlarge` reads for native rows `span` of `full`, and `halo` more each way."""
    first, last = _rows_at(np.array([span[0], span[1] - 1]), height, full).astype(int)
    return max(int(first) - halo, 0), min(int(last) + 2 + halo, height)


def _rows_at(rows: np.ndarray, height: int, full: int) -> np.ndarray:
    """Where the centres of native rows lie among the rows of a map. One formula: rounded in another order, a centre
    that falls on a row of the map would be above it for one caller and below it for another.
    """
    return np.clip((rows + 0.5) * (height / full) - 0.5, 0, height - 1)


def apply(coefficient: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Evaluate enlarged coefficients (k x 4 x h x w) on the picture's planes (3 x h x w, 0..1): k x h x w."""
    out = coefficient[:, 3].copy()
    for j in range(3):
        out += coefficient[:, j] * colours[j]
    return out
