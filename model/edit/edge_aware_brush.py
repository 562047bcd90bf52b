"""The weight of a brush held to the edges of the picture.

Two ways, tried in this order when something is to become foreground. Thin marks: what stands out from its
surroundings towards the layer's colour, by as much as the layer's opacity would make it (a top hat along the line
from background to colour), and leaves a backdrop no darker than black and no lighter than white. Else, and when
something is to become background: what looks like the middle of the brush.
Knows nothing of edits.
"""

from __future__ import annotations

import cv2
import numpy as np

from .config import EditConfig
from .patch import Patch, max_alpha

__all__ = ["edge_aware_weight"]


def edge_aware_weight(
    patch: Patch,
    brush: np.ndarray,
    radius: float,
    mark: tuple[np.ndarray, np.ndarray] | None = None,
    missed: bool = False,
) -> np.ndarray:
    """h x w float32, 0..1: the brush (h x w, 0..1) held to what is meant.

    radius: of the brush in pixels. mark: (colour 3 x h x w, opacity h x w) that the foreground has here, when
    something is to become foreground. missed: only what still shows in the backdrop, since a mark that is already taken
    off must not be taken off twice.
    """
    if mark is None:
        return _colour_similarity(patch, brush) * brush
    possible = _feasible(patch, *mark, brush)
    thin = _top_hat_response(patch.picture, *mark, radius, patch.config) * possible
    if float((thin * brush).sum()) > patch.config.thin_mark_share * float(brush.sum()):
        if missed:
            thin = np.minimum(thin, _top_hat_response(patch.below, *mark, radius, patch.config))
        return thin * brush
    if missed and _already_there(patch, mark[1], brush):
        return np.zeros_like(brush)
    return _colour_similarity(patch, brush) * brush * possible


def _already_there(patch: Patch, opacity: np.ndarray, brush: np.ndarray) -> bool:
    """Whether the layer has a good part of its usual opacity under the middle of the brush."""
    core = brush >= 0.8 * brush.max()
    share = patch.alpha_and_colour[0][core] / np.maximum(opacity[core], 0.02)
    return float(np.median(share)) >= patch.config.missed_opacity


def _feasible(patch: Patch, colour: np.ndarray, opacity: np.ndarray, brush: np.ndarray) -> np.ndarray:
    """0 where so much of the layer cannot be: a backdrop darker than black or lighter than white would lie below.

    Also 0 away from the brush.
    """
    out = np.zeros_like(brush)
    rows, columns = np.flatnonzero(brush.any(axis=1)), np.flatnonzero(brush.any(axis=0))
    if rows.size:
        here = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        share = max_alpha(patch.picture[:, *here], colour[:, *here], patch.blend) / np.maximum(opacity[here], 0.02)
        out[here] = cv2.blur(np.clip((share - 0.75) * 6, 0, 1).astype(np.float32), (3, 3))
    return out


def _top_hat_response(
    picture: np.ndarray, colour: np.ndarray, opacity: np.ndarray, radius: float, config: EditConfig
) -> np.ndarray:
    """How much of the layer's opacity shows as a thin mark, 0..1."""
    half = int(np.clip(round(radius * 0.35), 2, config.thin_mark_half_width))
    side = 2 * half + 1
    around = np.stack([cv2.blur(plane, (side, side)) for plane in picture])
    line = colour - around
    length = np.sqrt((line * line).sum(axis=0)) + np.float32(1e-4)
    along = ((picture - around) * line).sum(axis=0) / length
    # The ground: detail towards the colour opened away; smoothed, so that noise does not lower it.
    quiet = cv2.blur(along, (3, 3))
    kernel = np.ones((side, side), np.uint8)
    ground = cv2.dilate(cv2.erode(quiet, kernel), kernel)
    ground = np.minimum(cv2.blur(ground, (half | 1, half | 1)), quiet)
    share = (along - ground) / np.maximum(opacity * (length - ground), 0.02)
    return np.clip((share - 0.3) / 0.5, 0, 1).astype(np.float32)


def _colour_similarity(patch: Patch, brush: np.ndarray) -> np.ndarray:
    """How much each pixel looks like those in the middle of the brush, 0..1."""
    picture, inner = patch.picture, patch.config.brush_core
    core = brush >= 1 - inner * 0.5 if brush.max() >= 1 else brush >= 0.8 * brush.max()
    depth = cv2.distanceTransform(np.ascontiguousarray(core, np.uint8), cv2.DIST_L2, 3)
    seeds = np.flatnonzero(depth >= (1 - inner) * depth.max())
    samples = picture.reshape(3, -1)[:, seeds[:: max(1, seeds.size // 2000)]]
    middle = np.median(samples, axis=1)[:, None, None]
    spread = np.median(np.abs(samples - middle[..., 0]), axis=1)[:, None, None] * 3.5 + patch.config.brush_least_spread
    far = (((picture - middle) / spread) ** 2).max(axis=0)
    near = np.clip(2.0 - np.sqrt(far), 0, 1)
    return cv2.blur(near, (3, 3)).astype(np.float32)
