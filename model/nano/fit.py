"""Closed form after the network: where it saw a mark, one opacity and one colour may explain it better.

The network's outline is sharp long before its opacity and colour are exact, and a text or stamp usually has one of
each. So they are fitted across the outline (`model.classic.mark`), and the answer kept is the one whose recovered
background shows less of the mark's edge. Knows nothing of the network's insides.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..blending import INVERSION_WEIGHT, invert
from ..classic.mark import mark
from ..imaging.crop import Crop, crop_request
from ..imaging.threads import run_in_background
from ..types import Box, Estimate, Request
from .resample import resample_to_crop

__all__ = ["background", "fit_single_ink", "outline_of", "residual_edge"]

PIXELS = 2_000_000
"""The fit works on at most this many; a larger mark is reduced for it."""

LEAST = 80
"""Pixels of an outline below which there is nothing to fit."""


def outline_of(alpha: np.ndarray) -> np.ndarray | None:
    """bool h x w: where a soft mask is at least half of what it mostly is; None where that is next to nothing."""
    seen = alpha[alpha > 0.08]
    if len(seen) < LEAST:
        return None
    return alpha > 0.5 * np.quantile(seen.astype(np.float32), 0.8)


def fit_single_ink(request: Request, estimate: Estimate) -> tuple[Estimate, np.ndarray] | None:
    """The same mark with one opacity and colour, and the background beneath it (float16, over its box).

    None where no such mark fits, or where the network's own answer leaves less of an edge.
    """
    outline = outline_of(estimate.alpha)
    if outline is None:
        return None
    view = crop_request(request, PIXELS, around(outline, estimate))
    x, y, width, height = estimate.box
    full = np.zeros(request.composite.pixels.shape[:2], np.uint8)
    full[y : y + height, x : x + width] = cv2.resize(outline.astype(np.uint8), (width, height))
    left, top, w, h = view.box
    hint = cv2.resize(full[top : top + h, left : left + w], view.shape[::-1], interpolation=cv2.INTER_NEAREST)
    view = replace(view, hint=hint.astype(np.float32))
    theirs = run_in_background(lambda: residual_edge(background(view, resample_to_crop(estimate, view)), hint > 0))
    fitted = mark(view, request.options.colour)
    if fitted is None:
        return None
    ours = residual_edge(background(view, fitted[0]), hint > 0)
    return fitted if ours < theirs.result() else None


def around(outline: np.ndarray, estimate: Estimate, margin: int = 32) -> Box:
    """The native box of the outline with some picture around it."""
    x, y, width, height = estimate.box
    fx, fy = width / outline.shape[1], height / outline.shape[0]
    rows, columns = np.flatnonzero(outline.any(axis=1)), np.flatnonzero(outline.any(axis=0))
    left, top = max(0, int(columns[0] * fx) - margin), max(0, int(rows[0] * fy) - margin)
    right = min(width, int((columns[-1] + 1) * fx) + margin)
    bottom = min(height, int((rows[-1] + 1) * fy) + margin)
    return x + left, y + top, right - left, bottom - top


def background(view: Crop, layer: Estimate) -> np.ndarray:
    """float32 h x w x 3: the inverted picture, by itself where nothing shines through."""
    f, t = layer.emission.astype(np.float32), layer.transmission.astype(np.float32)
    return np.clip(invert(view.pixels, f, t, view.pixels, INVERSION_WEIGHT), 0, 1)


def residual_edge(picture: np.ndarray, outline: np.ndarray) -> float:
    """Mean step, 0..1, that `picture` takes across the outline's edge."""
    inside = outline.astype(np.float32)
    soft = cv2.GaussianBlur(inside, (0, 0), 1.0)
    normal = np.stack([cv2.Sobel(soft, -1, 1, 0), cv2.Sobel(soft, -1, 0, 1)])
    length = np.sqrt((normal**2).sum(axis=0))
    edge = length > 0.5 * length.max()
    if not edge.any():
        return 0.0
    steps = [
        np.abs(cv2.Sobel(p, -1, 1, 0) * normal[0] + cv2.Sobel(p, -1, 0, 1) * normal[1])[edge] / length[edge]
        for p in np.moveaxis(picture, -1, 0)
    ]
    return float(np.mean(steps)) / 8
