"""A semi-transparent plate or shade under a hint, with or without letters on it.

A plate has straight sides along the picture's axes, perhaps with round ends, and one transmission and emission:
z = f + T y inside. Frame and layer are found together (`frame`), and the layer is inverted. What
cannot be a picture seen through the plate, because the inversion leaves 0..1 or meets an ink of its own, is lettering
on it and is filled in. Knows nothing of networks.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..imaging.crop import Crop
from ..imaging.inpaint import inpaint_patchmatch
from ..types import BlendType, Estimate
from .config import DEFAULT, ClassicConfig
from .frame import Frame, coverage, fit_layer, placed_exactly

__all__ = ["plate"]


def plate(crop: Crop, frame: Frame, config: ClassicConfig = DEFAULT) -> tuple[list[Estimate], np.ndarray] | None:
    """The plate in `frame`: [plate] or [letters, plate], and the background, float16; None where none explains it."""
    frame = placed_exactly(crop.pixels, frame, *fit_layer(crop.pixels, frame))
    transmission, emission = fit_layer(crop.pixels, frame)
    if not config.plate_opacity[0] < 1 - transmission < config.plate_opacity[1]:
        return None
    mask = coverage(frame, crop.shape)
    inside = mask > 0.5
    colour = emission / (1 - transmission)
    opacity = mask[..., None] * (1 - transmission)
    inverted = (crop.pixels - opacity * colour) / (1 - opacity)
    letters = _letters(crop.pixels, inverted, inside)
    solved = np.clip(inverted, 0, 1)
    if not letters.any():
        layer = crop.estimate(opacity * colour, 1 - opacity, opacity[..., 0], BlendType.NORMAL, 0.9)
        return [layer], solved.astype(np.float16)
    background = inpaint_patchmatch(solved, letters)
    return _with_letters(crop, background, letters, opacity, colour)


def _with_letters(
    crop: Crop,
    background: np.ndarray,
    letters: np.ndarray,
    opacity: np.ndarray,
    colour: np.ndarray,
) -> tuple[list[Estimate], np.ndarray]:
    shown = background * (1 - opacity) + opacity * colour  # what the plate alone would show
    alpha = cv2.GaussianBlur(letters.astype(np.float32), (0, 0), 0.7) * letters
    alpha = np.where(cv2.erode(letters.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, 1, alpha)[..., None]
    light = np.clip(crop.pixels - (1 - alpha) * shown, 0, 1)
    top = crop.estimate(light, 1 - alpha, alpha[..., 0], BlendType.NORMAL, 0.9)
    below = crop.estimate(opacity * colour, 1 - opacity, opacity[..., 0], BlendType.NORMAL, 0.9)
    return [top, below], background.astype(np.float16)


def _letters(pixels: np.ndarray, inverted: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """bool h x w: lettering on the plate, widened by its soft edge."""
    impossible = inside & ((inverted < -0.08) | (inverted > 1.08)).any(axis=2)
    inner = cv2.erode(inside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    impossible &= inner
    if impossible.sum() < 25:
        return np.zeros_like(inside)
    ink = np.median(pixels[impossible], axis=0)
    similar = inner & (np.abs(pixels - ink) < 0.12).all(axis=2)
    found = cv2.morphologyEx((similar | impossible).astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    if found.sum() > 0.6 * inside.sum():
        return np.zeros_like(inside)
    return (cv2.dilate(found, np.ones((5, 5), np.uint8)) > 0) & inside
