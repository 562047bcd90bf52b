"""Opaque lettering under a rough hint, with outline and glow: segmented by its colour, filled in from around.

Lettering of one ink has a colour that is frequent within the hint and rare around it, and lies within what is drawn
around it; where none does, nothing is found here. (GrabCut from such seeds took parts of the scene along.) What differs
from its filled-in surroundings beside the strokes, such as a glow or an outline of another colour, belongs to the mark.
Knows nothing of networks.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.crop import Crop
from ..imaging.inpaint import inpaint_patchmatch
from ..types import BlendType, Estimate
from .config import DEFAULT, ClassicConfig

__all__ = ["opaque_lettering", "segment_lettering"]

BESIDE, LOST = 0.3, 0.3
"""Frequency of the ink's colour around the hint over that inside, and share of it that may reach the hint's border."""

CANDIDATES = 6
"""Colours that are tried as the ink."""

MIN_COMPONENT = 6
"""Pixels of the smallest part of a letter."""


def segment_lettering(pixels: np.ndarray, hinted: np.ndarray, config: ClassicConfig = DEFAULT) -> np.ndarray:
    """bool h x w: the pixels of the one colour that the hint has and its surroundings hardly have.

    All false where no colour stands out, or where much of it reaches the hint's border.

    Parameters
    ----------
    pixels : float32 h x w x 3, 0..1
    hinted : bool h x w
        A box or a stroke around the mark.
    """
    nothing = np.zeros_like(hinted)
    lab = cv2.cvtColor(np.clip(pixels, 0, 1).astype(np.float32), cv2.COLOR_RGB2LAB)
    bins = np.clip((lab + np.array([0, 128, 128], np.float32)) / 8, 0, 31).astype(np.int32)
    codes = (bins[..., 0] << 10) | (bins[..., 1] << 5) | bins[..., 2]
    if hinted.all():
        return nothing
    inside, around = _density(codes[hinted]), _density(codes[~hinted])
    ratio = np.log((inside + 1e-5) / (around + 1e-4)) - config.lettering_min_log_ratio
    score = inside * np.maximum(ratio, 0) ** 2
    for _ in range(CANDIDATES):
        best = int(score.argmax())
        if score[best] <= 0:
            break
        near = np.abs(bins - np.array([best >> 10, (best >> 5) & 31, best & 31])).max(axis=2) <= 1
        score[np.unique(codes[near])] = 0
        if not (near & hinted).any():
            continue
        found = _of_ink(lab, np.median(lab[near & hinted], axis=0), hinted, config)
        if found.any():
            return found
    return nothing


def _of_ink(lab: np.ndarray, ink: np.ndarray, hinted: np.ndarray, config: ClassicConfig) -> np.ndarray:
    """bool h x w: the pixels of this colour within the hint, or none where it does not belong to the hint alone."""
    like = np.linalg.norm(lab - ink, axis=2) < config.lettering_colour_distance
    found = _enclosed(like & hinted, hinted)
    share, lost = found.sum() / max(1, hinted.sum()), (like & hinted).sum() - found.sum()
    alone = like[~hinted].mean() < BESIDE * share and lost < LOST * found.sum()
    return found if alone and share > config.lettering_min_share else np.zeros_like(hinted)


def _density(codes: np.ndarray) -> np.ndarray:
    """Share of each of 32 x 32 x 32 colours, neighbouring ones counted too."""
    counts = np.bincount(codes, minlength=1 << 15).reshape(32, 32, 32).astype(np.float32)
    for axis in range(3):
        counts = counts + 0.5 * (np.roll(counts, 1, axis) + np.roll(counts, -1, axis))
    return (counts / max(counts.sum(), 1)).ravel()


def _enclosed(seed: np.ndarray, hinted: np.ndarray) -> np.ndarray:
    """The connected components that do not reach the hint's border: a mark lies within what is drawn around it."""
    inner = cv2.erode(np.pad(hinted, 1, mode="edge").astype(np.uint8), np.ones((3, 3), np.uint8))[1:-1, 1:-1] > 0
    count, labels = cv2.connectedComponents(seed.astype(np.uint8))
    drawn = np.asarray(labels, np.int32)
    outside = np.zeros(count, bool)
    outside[np.unique(drawn[hinted & ~inner])] = True
    sizes = np.bincount(drawn.ravel(), minlength=count)
    outside[sizes < MIN_COMPONENT] = True
    outside[0] = True
    return ~outside[drawn]


def opaque_lettering(crop: Crop, config: ClassicConfig = DEFAULT) -> tuple[Estimate, np.ndarray] | None:
    """The lettering under `crop.hint` as an opaque layer with a soft rim, and the background; None without any."""
    hinted = crop.hinted
    found = segment_lettering(crop.pixels, hinted, config)
    if found.sum() < 20 or found.sum() > config.lettering_max_share * hinted.sum():
        return None
    core = cv2.dilate(found.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    wide = cv2.dilate(core.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))) > 0
    # Glow and outline: beside the strokes, what is not as it would be if it continued from further away.
    guess = inpaint_patchmatch(crop.pixels, wide & hinted)
    noise = np.quantile(np.abs(crop.pixels - cv2.GaussianBlur(crop.pixels, (0, 0), 2))[~hinted], 0.7)
    differs = np.abs(cv2.GaussianBlur(crop.pixels - guess, (0, 0), 1.0)).max(axis=2) > max(0.05, 3 * noise)
    mask = (core | (wide & differs)) & hinted
    background = inpaint_patchmatch(crop.pixels, mask)
    alpha = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8) * mask
    alpha = np.where(core, 1, alpha).astype(np.float32)
    emission = np.clip(crop.pixels - (1 - alpha[..., None]) * background, 0, 1)
    layer = crop.estimate(emission, 1 - alpha[..., None], alpha, BlendType.NORMAL, 0.8)
    return layer, background.astype(np.float16)
