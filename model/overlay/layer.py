"""Placed overlays as one layer: pairs of pixels for the appearance, emission and transmission at full size.

Knows nothing of searching.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..types import Box, Estimate
from .appearance import Appearance, Pairs, appearance_fields
from .refine import CELLS
from .template import Pose, Template, render, unit

__all__ = ["BLURS", "estimate_of", "gather_pairs"]

MOST_PAIRS = 8_000
"""Pairs that the appearance is fitted to."""

EDGE = 0.03
"""Difference in alpha or colour between the two pixels of a pair."""

FINE_PIXELS = 1_500_000
"""Overlays of fewer pixels in the picture are drawn with 3 x 3 samples a pixel, larger ones with 2 x 2 or 1."""

BLURS = (0.0, -0.6, -0.3, 0.4, 0.6, 0.9, 1.3)
"""How the overlay may have been resampled; see `drawn`."""


def drawn(template: Template, pose: Pose, box: Box, blur: float) -> np.ndarray:
    """The placed template as the picture shows it: `render`, then blurred by a Gaussian of `blur` pixels.

    blur < 0: sharpened instead, as by Lanczos or bicubic resampling, by that share.
    """
    area = box[2] * box[3]
    planes = render(template, pose, box, 3 if area < FINE_PIXELS else 2 if area < 3 * FINE_PIXELS else 1)
    return _blurred(planes, blur)


def _blurred(planes: np.ndarray, blur: float) -> np.ndarray:
    if blur == 0:
        return planes
    if blur > 0:
        return cv2.GaussianBlur(planes, (0, 0), blur)
    sharp = (planes - blur * (planes - cv2.GaussianBlur(planes, (0, 0), 0.8))).clip(0, 1)
    return np.minimum(sharp, np.concatenate([sharp[..., 3:]] * 3 + [np.ones_like(sharp[..., 3:])], axis=-1))


def gather_pairs(
    template: Template, picture: np.ndarray, poses: Sequence[Pose], blurs: Sequence[float] = (0.0,)
) -> list[Pairs]:
    """Pairs a few pixels apart across the edges of the placed overlays, at most MOST_PAIRS, for each of `blurs`.

    picture: H x W x 3 as for `unit`. All answers hold the same pixels. Overlays that
    others cover are left out by the caller.
    """
    rng = np.random.default_rng(0)
    share = MOST_PAIRS // len(poses)
    found = [_pairs_of(template, picture, pose, blurs, n, share, rng) for n, pose in enumerate(poses)]
    out = []
    for k in range(len(blurs)):
        parts = [pairs[k] for pairs in found]
        out.append(
            Pairs(
                np.concatenate([p.picture for p in parts], axis=1),
                np.concatenate([p.planes for p in parts], axis=1),
                np.concatenate([p.far for p in parts]),
                np.concatenate([p.group for p in parts]),
            )
        )
    return out


def _pairs_of(
    template: Template,
    picture: np.ndarray,
    pose: Pose,
    blurs: Sequence[float],
    number: int,
    most: int,
    rng: np.random.Generator,
) -> list[Pairs]:
    box = pose.box(template.size, (picture.shape[1], picture.shape[0]), 4)
    x, y, w, h = box
    crop = unit(picture[y : y + h, x : x + w])
    plain = drawn(template, pose, box, 0.0)
    first, second, far = [], [], []
    for reach in (1, 2, 4, 6):
        for dy, dx in ((0, reach), (reach, 0)):
            if dy >= h or dx >= w:
                continue
            differs = np.abs(plain[dy:, dx:] - plain[: h - dy, : w - dx]).max(axis=-1) > EDGE
            rows, columns = np.nonzero(differs)
            first.append(rows * w + columns)
            second.append((rows + dy) * w + columns + dx)
            far.append(np.full(len(rows), reach >= 4))
    one, other, far_ = np.concatenate(first), np.concatenate(second), np.concatenate(far)
    flat = crop.reshape(-1, 3)
    # Where a channel is burnt out or black the picture no longer shows what was added to it.
    whole = np.asarray(((flat > 0.6 / 255) & (flat < 1 - 0.6 / 255)).all(axis=-1))
    sound = np.flatnonzero(whole[one] & whole[other])
    chosen = sound if len(sound) > 0.15 * len(one) else np.arange(len(one))
    if len(chosen) > most:
        chosen = rng.choice(chosen, most, replace=False)
    one, other, far_ = one[chosen], other[chosen], far_[chosen]
    cell = (one // w * CELLS // h) * CELLS + one % w * CELLS // w + number * CELLS * CELLS
    pixels = np.stack([flat[one], flat[other]])
    out = []
    for blur in blurs:
        layer = _blurred(plain, blur).reshape(-1, 4)
        out.append(Pairs(pixels, np.stack([layer[one], layer[other]]), far_, cell))
    return out


def estimate_of(
    template: Template,
    poses: Sequence[Pose],
    appearance: Appearance,
    picture: tuple[int, int],
    blur: float,
    confidence: float,
) -> Estimate:
    """One layer of all placed overlays, later ones over earlier ones, at the picture's full size (width, height)."""
    margin = 2 + int(3 * blur)
    boxes = [pose.box(template.size, picture, margin) for pose in poses]
    x0, y0 = min(b[0] for b in boxes), min(b[1] for b in boxes)
    x1, y1 = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    emission, transmission = np.zeros((y1 - y0, x1 - x0, 3), np.float16), np.ones((y1 - y0, x1 - x0, 3), np.float16)
    for pose, (x, y, w, h) in zip(poses, boxes, strict=True):
        here = np.s_[y - y0 : y - y0 + h, x - x0 : x - x0 + w]
        f, t = appearance_fields(drawn(template, pose, (x, y, w, h), blur), appearance)
        emission[here] = f + t * emission[here]
        transmission[here] = t * transmission[here]
    alpha = np.maximum(emission.max(axis=-1), 1 - transmission.min(axis=-1))
    np.clip(emission, 0, 1, out=emission)
    np.clip(transmission, 0, 1, out=transmission)
    return Estimate(emission, transmission, alpha.clip(0, 1), appearance.blend, confidence, (x0, y0, x1 - x0, y1 - y0))
