"""A stamp, signature or note of one ink on a page: paper and print beneath it, by unmixing.

A page is paper y = P darkened by print: y = s P with one s for all channels. An ink of transmission t, covering a pixel
by a, multiplies: z = s P (1 - a (1 - t)). With P from around and t from the ink's own colour, the ratios between the
channels give a and what remains gives s at every pixel, so that print beneath a coloured ink is kept. Knows nothing of
networks.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.crop import Crop
from ..imaging.pyramid import pull_push
from ..types import BlendType, Estimate
from .config import DEFAULT, ClassicConfig

__all__ = ["is_page", "page_ink"]

STEPS = np.linspace(0, 1, 65, dtype=np.float32)
"""Coverages that are tried."""

MIN_PIXELS = 60
"""Pixels of clear ink that are needed."""


def is_page(pixels: np.ndarray, hinted: np.ndarray, config: ClassicConfig = DEFAULT) -> bool:
    """Whether what surrounds the hint is bright paper with darker print of hardly any colour.

    Parameters
    ----------
    pixels : float32 h x w x 3, 0..1
    hinted : bool h x w
    """
    around = pixels[~hinted]
    if len(around) < 500:
        return False
    paper = np.quantile(around, 0.8, axis=0)
    bright = (np.abs(around - paper) < config.page_paper_range).all(axis=1)
    share = around / np.maximum(paper, 0.05)
    gray = np.ptp(share, axis=1) < config.page_colour_range
    return bool(
        paper.mean() > config.page_min_level
        and bright.mean() > config.page_min_paper
        and (gray & (share.max(axis=1) < 1.15)).mean() > config.page_min_gray
    )


def page_ink(crop: Crop, config: ClassicConfig = DEFAULT) -> tuple[Estimate, np.ndarray] | None:
    """The ink under `crop.hint`, as a multiply layer, and the page beneath, float16; None for an ink without colour."""
    hinted, pixels = crop.hinted, crop.pixels
    paper = _paper(pixels, hinted)
    share = np.clip(pixels / np.maximum(paper, 0.05), 0, 1.2)
    colour = np.ptp(share, axis=2)
    clear = hinted & (colour > config.page_colour_range)
    if clear.sum() < MIN_PIXELS:
        return None
    ink = _ink(share, colour, clear)
    coverage, level = _unmixed(np.minimum(share, 1), ink)
    sure = np.clip((colour - 0.4 * config.page_colour_range) / (0.4 * config.page_colour_range), 0, 1)
    near = cv2.dilate(clear.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    coverage = np.where(hinted & near, coverage, 0)
    coverage = _through_print(coverage * sure, level, sure, hinted & near)
    transmission = 1 - coverage[..., None] * (1 - ink)
    background = np.clip(pixels / np.maximum(transmission, 0.04), 0, 1)
    # Where the ink lets little through, the channel that it lets through best knows how dark the print is.
    known = background / np.maximum(paper, 0.05)
    weight = np.maximum(transmission, 0.04) ** 4
    darkness = (known * weight).sum(axis=2, keepdims=True) / weight.sum(axis=2, keepdims=True)
    background = np.where(coverage[..., None] > 0, np.clip(darkness, 0, 1) * paper, pixels)
    transmission = np.where(coverage[..., None] > 0, np.clip(pixels / np.maximum(background, 1e-3), 0, 1), 1)
    alpha = 1 - transmission.min(axis=2)
    layer = crop.estimate(np.zeros(3), transmission, alpha, BlendType.MULTIPLY, 0.9)
    return layer, background.astype(np.float16)


def _paper(pixels: np.ndarray, hinted: np.ndarray) -> np.ndarray:
    """The paper alone, h x w x 3: the brightest of each neighbourhood outside the hint, interpolated below it."""
    window = np.ones((15, 15), np.uint8)
    bright = cv2.erode(cv2.dilate(np.where(hinted[..., None], 0, pixels), window), window)
    bright = cv2.GaussianBlur(bright, (0, 0), 2)
    known = (cv2.erode((~hinted).astype(np.uint8), window) > 0).astype(np.float32)
    if not known.any():
        known = (~hinted).astype(np.float32)
    usual = np.maximum(np.quantile(pixels[~hinted], 0.8, axis=0), 0.05)
    share = pixels / usual
    inside = hinted & (share.min(axis=2) > 0.92) & (np.ptp(share, axis=2) < 0.05)
    known = np.maximum(known, inside.astype(np.float32))
    return pull_push(np.where(inside[..., None], pixels, bright).astype(np.float32), known)


def _ink(share: np.ndarray, colour: np.ndarray, clear: np.ndarray) -> np.ndarray:
    """Transmission of the ink at full coverage: the median of the most coloured pixels without print beneath."""
    values, strength = share[clear], colour[clear]
    strongest = strength >= np.quantile(strength, 0.7)
    return np.clip(np.median(values[strongest], axis=0), 0.02, 1).astype(np.float32)


def _unmixed(share: np.ndarray, ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coverage of the ink and level of the page, h x w each, that explain each pixel best."""
    best = np.full(share.shape[:2], np.inf, np.float32)
    coverage, level = np.zeros_like(best), np.zeros_like(best)
    for a in STEPS:
        t = 1 - a * (1 - ink)
        s = np.clip((share * t).sum(axis=2) / (t * t).sum(), 0, 1)
        rest = ((share - s[..., None] * t) ** 2).sum(axis=2)
        better = rest < best - 1e-7
        best[better], coverage[better], level[better] = rest[better], a, s[better]
    return coverage, level


def _through_print(coverage: np.ndarray, level: np.ndarray, sure: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The coverage with gaps over dark print, where no colour can be seen, closed from the strokes around."""
    closed = cv2.morphologyEx(coverage, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    dark = inside & (level < 0.35)
    return np.where(dark, np.maximum(coverage, closed * (1 - sure)), coverage).astype(np.float32)
