"""How much stronger a layer must be, and how its rim must run, so that nothing of it is left in the background.

The picture is z = y + g u with u = a (c - b), the layer as it is over the backdrop b without detail, and y of course
not looking like u. So g is the slope of the picture against u, by least squares in the neighbourhood of each pixel,
what is smooth taken away from both: 1 where the layer is right, more where a ghost remains, less where it was
taken off too much. The rim, where half a pixel decides, is then measured again, on the line from the backdrop around
it to what the layer would make of it. Knows nothing of brushes.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..blending import blended, emission_transmission
from ..types import BlendType
from .cover import Cover, cover_near
from .patch import Patch, most_alpha

__all__ = ["gain_near", "gain_of", "matched", "sums", "tinted_near"]

CELL = 2
"""The gain is looked for on cells of this many pixels a side: edges are still edges, at a quarter of the time."""

SMOOTH = 7.0 / CELL
"""Cells (sigma): what is smoother belongs to the picture, not to the edges of the layer."""

BLOCK = 4
NEAR = 24.0 / CELL / BLOCK
"""Blocks of cells (sigma) over which one gain is looked for."""

PRIOR = 2e-5
"""Ridge towards 1: variance of u below which there is nothing to go by."""

LIMITS = 0.0, 3.0

ALIKE = 0.05, 0.25
"""Squared correlation of picture and layer: below, what is there is not seen in the picture, and stays as it is."""

TINTS = 0.5, 2.0
"""How far one channel's gain may lie from that of all."""

ACROSS = 2.5
"""Pixels (sigma) across a rim from which the backdrop on it is taken."""


def gain_near(patch: Patch, colour: np.ndarray | None = None) -> np.ndarray:
    """h x w float32: the gain of the layer's alpha at each pixel; 1 where nothing speaks for another. See `sums`."""
    gain, _ = _slopes(*_terms(patch, colour)[:3])
    return cv2.resize(gain, patch.alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)


def tinted_near(patch: Patch, here: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
    """(gain h x w, colour 3 x h x w) `here`: where channels want different gains, the colour is wrong and makes up."""
    *terms, plain = _terms(patch, None)
    gain, share = _slopes(*terms)
    size = patch.alpha.shape[::-1]

    def wide(plane: np.ndarray) -> np.ndarray:
        return cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)[here]

    its = patch.cover[1][:, *here]
    below = np.stack([wide(plane) for plane in plain])
    colour = below + np.stack([wide(plane) for plane in share]) * (its - below)
    return wide(gain), colour.clip(0, 1)


def _slopes(both: np.ndarray, own: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(gain, gain of each channel / gain) near each block of cells; `_terms` in, 3 x h x w each."""
    both, own, seen = (
        np.stack([cv2.GaussianBlur(_reduced(x, BLOCK), (0, 0), NEAR) for x in planes]) for planes in (both, own, seen)
    )
    b, o = both.sum(axis=0), own.sum(axis=0)
    gain = np.clip((b + np.float32(PRIOR)) / (o + np.float32(PRIOR)), *LIMITS)
    low, high = ALIKE
    sure = np.clip((b * np.abs(b) / np.maximum(o * seen.sum(axis=0), 1e-12) - low) / (high - low), 0, 1)
    # A channel in which the layer hardly shows follows the others.
    ridge = np.float32(PRIOR) + o * np.float32(0.03)
    share = (both + ridge * gain) / (own + ridge) / np.maximum(gain, 0.1)
    return 1 + (gain - 1) * sure, 1 + (np.clip(share, *TINTS) - 1) * sure


def matched(patch: Patch, gain: np.ndarray, colour: np.ndarray, cover: Cover) -> tuple[np.ndarray, np.ndarray]:
    """Canonical (alpha h x w, colour 3 x h x w), 0..1, that leave no ghost: as `tinted_near` says, the rim measured."""
    alpha = patch.cover[0]
    most = most_alpha(patch.picture, colour, patch.blend)
    alpha = np.clip(alpha * gain, 0, np.maximum(alpha, most))
    tint, opacity = cover_near(alpha, colour, cover)
    rim = _rim(alpha, opacity)
    colour = colour + (tint - colour) * rim
    light, let = emission_transmission(alpha[None], colour, patch.blend)
    below = np.clip((patch.picture - light) / np.maximum(let, 0.05), 0, 1)
    known = np.clip(1 - 2 * rim, 0, 1) * np.clip(let.min(axis=0) * 4, 0, 1) + np.float32(1e-4)
    mass = cv2.GaussianBlur(known, (0, 0), ACROSS)
    around = np.stack([cv2.GaussianBlur(plane * known, (0, 0), ACROSS) / mass for plane in below])
    line = blended(colour, around, patch.blend) - around
    length = (line * line).sum(axis=0)
    measured = ((patch.picture - around) * line).sum(axis=0) / np.maximum(length, 1e-4)
    # Where backdrop and colour are alike, the measure is noise.
    sure = rim * length / (length + np.float32(0.03))
    return alpha + sure * (np.clip(measured, 0, np.minimum(1.05 * opacity, most)) - alpha), colour


def _rim(alpha: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """h x w, 0..1: where alpha changes from one pixel to the next by a good part of the layer's opacity."""
    square = np.ones((3, 3), np.uint8)
    steep = (cv2.dilate(alpha, square) - cv2.erode(alpha, square)) / np.maximum(opacity, 0.02)
    return cv2.dilate(np.clip(2.5 * steep - 0.25, 0, 1), square)


def gain_of(parts: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """One gain for a whole layer, from the `sums` of samples of it; 1 where nothing speaks for another."""
    both, own = (float(sum(part[k].sum(dtype=np.float64) for part in parts)) for k in (0, 1))
    return float(np.clip(both / own, *LIMITS)) if own > 0 else 1.0


def sums(patch: Patch, colour: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(z u, u u) at each cell, summed over channels: the ratio of their sums is the gain.

    colour: 3 x 1 x 1, in place of the layer's own.
    """
    both, own, _, _ = _terms(patch, colour)
    return both.sum(axis=0), own.sum(axis=0)


def _terms(patch: Patch, colour: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(z u, u u, z z, backdrop without detail), 3 x h x w on cells; see the module's docstring."""
    alpha = _reduced(patch.cover[0], CELL)
    # The backdrop without detail: from where there is least of the layer, what lies under it may be wrong.
    around = cv2.dilate(alpha, np.ones((9, 9), np.uint8))
    clear = (1 - alpha / np.maximum(around, 1e-3)) ** 2 + np.float32(1e-3)
    mass = cv2.GaussianBlur(clear, (0, 0), SMOOTH)
    both, own, seen, plain = (np.empty((3, *alpha.shape), np.float32) for _ in range(4))
    normal = patch.blend == BlendType.NORMAL  # known without looking at T in every channel
    for k in range(3):
        plane = _reduced(patch.picture[k], CELL)
        plain[k] = cv2.GaussianBlur(_reduced(patch.below[k], CELL) * clear, (0, 0), SMOOTH) / mass
        if colour is None and normal:
            u = _reduced(patch.cover[0] * patch.cover[1][k], CELL) - alpha * plain[k]
        elif colour is None:
            u = _reduced(patch.light[0][k], CELL) + (_reduced(patch.light[1][k], CELL) - 1) * plain[k]
        else:
            f, t = emission_transmission(np.float32(1), colour[k], patch.blend)
            u = alpha * (f + (t - 1) * plain[k])
        u -= cv2.GaussianBlur(u, (0, 0), SMOOTH)
        plane -= cv2.GaussianBlur(plane, (0, 0), SMOOTH)
        both[k], own[k], seen[k] = u * plane, u * u, plane * plane
    return both, own, seen, plain


def _reduced(plane: np.ndarray, cell: int) -> np.ndarray:
    h, w = plane.shape
    return cv2.resize(plane, (-(-w // cell), -(-h // cell)), interpolation=cv2.INTER_AREA)
