"""A semi-transparent plate or shade under a hint, with or without letters on it.

A plate has straight sides along the picture's axes, perhaps with round ends, and one transmission and emission:
z = f + T y inside. It is found as the frame whose sides all show a step, solved across the frame, and inverted. What
cannot be a picture seen through the plate, because the inversion leaves 0..1 or meets an ink of its own, is lettering
on it and is filled in. Knows nothing of networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..imaging.crop import Crop
from ..imaging.inpaint import inpaint_patchmatch
from ..types import BlendType, Estimate
from .config import DEFAULT, ClassicConfig
from .mark import fit_mark

__all__ = ["plate"]


CORRELATED = 4
"""Neighbouring lines that count as one in the standard error."""

MIN_RATIO = 5.0
"""Step over its standard error from which it is plain."""

OUTERMOST = 0.15
"""Share of the strongest step that an outer one must have."""


@dataclass(frozen=True)
class _Frame:
    """Edges between pixels; radius of the corners in pixels; strength of the weaker long side."""

    left: int
    top: int
    right: int
    bottom: int
    radius: int
    step: float


def plate(crop: Crop, config: ClassicConfig = DEFAULT) -> tuple[list[Estimate], np.ndarray] | None:
    """The plate under `crop.hint`: [plate] or [letters, plate], and the background, float16; None without one."""
    assert crop.hint is not None
    frame = _frame(crop.pixels, crop.hint > 0.3, config)
    if frame is None:
        return None
    mask = _rounded(frame, crop.shape)
    inside = mask > 0.5
    fit = fit_mark(crop.pixels, inside, None, config)
    if fit is None or not config.plate_opacity[0] < fit.opacity < config.plate_opacity[1]:
        return None
    emission, transmission = (fit.opacity * fit.colour).astype(np.float32), 1 - fit.opacity
    opacity = mask[..., None] * fit.opacity
    inverted = (crop.pixels - opacity * fit.colour) / (1 - opacity)
    letters = _letters(crop.pixels, inverted, inside, frame)
    solved = np.clip(inverted, 0, 1)
    if not letters.any():
        layer = crop.estimate(opacity * fit.colour, 1 - opacity, opacity[..., 0], BlendType.NORMAL, 0.9)
        return [layer], solved.astype(np.float16)
    background = inpaint_patchmatch(solved, letters)
    return _with_letters(crop, background, letters, opacity, emission, transmission, fit.colour)


def _with_letters(
    crop: Crop,
    background: np.ndarray,
    letters: np.ndarray,
    opacity: np.ndarray,
    emission: np.ndarray,
    transmission: float,
    colour: np.ndarray,
) -> tuple[list[Estimate], np.ndarray]:
    shown = background * (1 - opacity) + opacity * colour  # what the plate alone would show
    alpha = cv2.GaussianBlur(letters.astype(np.float32), (0, 0), 0.7) * letters
    alpha = np.where(cv2.erode(letters.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, 1, alpha)[..., None]
    light = np.clip(crop.pixels - (1 - alpha) * shown, 0, 1)
    top = crop.estimate(light, 1 - alpha, alpha[..., 0], BlendType.NORMAL, 0.9)
    below = crop.estimate(opacity * colour, 1 - opacity, opacity[..., 0], BlendType.NORMAL, 0.9)
    return [top, below], background.astype(np.float16)


def _frame(pixels: np.ndarray, hinted: np.ndarray, config: ClassicConfig) -> _Frame | None:
    """The frame with the plainest sides within the hint; None where no frame has four plain sides."""
    rows, columns = np.flatnonzero(hinted.any(axis=1)), np.flatnonzero(hinted.any(axis=0))
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    if min(y1 - y0, x1 - x0) < 12:
        return None
    # The step from one side of each edge to the other, two pixels apart, in the channel where it is largest.
    down = np.zeros(pixels.shape, np.float32)
    down[2:-1] = (pixels[2:-1] + pixels[3:] - pixels[:-3] - pixels[1:-2]) / 2
    across = np.zeros(pixels.shape, np.float32)
    across[:, 2:-1] = (pixels[:, 2:-1] + pixels[:, 3:] - pixels[:, :-3] - pixels[:, 1:-2]) / 2
    left, right, top, bottom = x0, x1, y0, y1
    for _ in range(3):
        middle = slice(left + (right - left) // 5, right - (right - left) // 5)
        top, bottom, vertical = _pair(down[:, middle].transpose(1, 0, 2), y0, y1, config.plate_min_step)
        if bottom - top < 8:
            return None
        middle = slice(top + (bottom - top) // 4, bottom - (bottom - top) // 4)
        left, right, horizontal = _pair(across[middle], x0, x1, config.plate_min_step)
        if right - left < 8 or bottom - top < 8:
            return None
    top, bottom, left, right = int(top), int(bottom), int(left), int(right)
    if vertical < config.plate_min_step:
        return None
    if (right - left) * (bottom - top) < config.plate_min_share * (x1 - x0) * (y1 - y0):
        return None
    radii = (0, (bottom - top) // 2) if horizontal > config.plate_min_step else ((bottom - top) // 2,)
    frames = [_Frame(left, top, right, bottom, r, vertical) for r in radii]
    return max(frames, key=lambda frame: _contour_step(pixels, frame))


def _pair(steps: np.ndarray, low: int, high: int, least: float) -> tuple[int, int, float]:
    """The two positions within low..high with the plainest opposite steps, and the weaker one's strength.

    steps: lines x positions x 3. A plain step is far above its own standard error over the lines. Of several on one
    side the outermost counts: edges of the scene lie within the plate more often than beyond it.
    """
    if not len(steps):
        return low, high, 0.0
    mean = steps.mean(axis=0)
    error = steps.std(axis=0) / np.sqrt(max(1.0, len(steps) / CORRELATED))
    plain = np.where(np.abs(mean) > MIN_RATIO * error, mean, 0)
    rising, falling = np.maximum(plain, 0).max(axis=-1), np.maximum(-plain, 0).max(axis=-1)
    half = (low + high) // 2
    best = low, high, 0.0
    for first, second in ((rising, falling), (falling, rising)):
        start, stop = max(low - 2, 0), min(high + 3, len(first))
        if half <= start or stop <= half:
            continue
        i, j = start + _outermost(first[start:half]), stop - 1 - _outermost(second[half:stop][::-1])
        strength = float(min(first[i], second[j]))
        # Letters on the plate have plain steps too, the other way round: the wider pair is the plate's.
        plainer, wider = strength > best[2], j - i > best[1] - best[0]
        if not best[2] or (wider if min(strength, best[2]) > least else plainer):
            best = i, j, strength
    return best


def _outermost(strength: np.ndarray) -> int:
    """The first position whose step is a good part of the strongest, at the peak of its neighbourhood."""
    first = int(np.flatnonzero(strength >= OUTERMOST * strength.max())[0])
    return first + int(strength[first : first + 3].argmax())


def _rounded(frame: _Frame, shape: tuple[int, int], grow: int = 0) -> np.ndarray:
    """float32 h x w, 0..1: the frame filled, drawn at four times the size."""
    big = np.zeros((4 * shape[0], 4 * shape[1]), np.uint8)
    x0, y0 = 4 * (frame.left - grow), 4 * (frame.top - grow)
    x1, y1 = 4 * (frame.right + grow) - 1, 4 * (frame.bottom + grow) - 1
    r = min(4 * (frame.radius + grow if frame.radius else 0), (x1 - x0) // 2, (y1 - y0) // 2)
    cv2.rectangle(big, (x0 + r, y0), (x1 - r, y1), 255, -1)
    if r:
        cv2.rectangle(big, (x0, y0 + r), (x1, y1 - r), 255, -1)
        for x in (x0 + r, x1 - r):
            for y in (y0 + r, y1 - r):
                cv2.circle(big, (x, y), r, 255, -1)
    return cv2.resize(big, shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _contour_step(pixels: np.ndarray, frame: _Frame) -> float:
    """How much the picture changes across the frame's contour, median over it."""
    outside = (_rounded(frame, pixels.shape[:2], 2) > 0.5) & (_rounded(frame, pixels.shape[:2], 1) < 0.5)
    inner = _rounded(frame, pixels.shape[:2], -1) > 0.5
    near = cv2.blur((pixels * inner[..., None]).astype(np.float32), (7, 7))
    weight = cv2.blur(inner.astype(np.float32), (7, 7))
    at = outside & (weight > 0.02)
    if not at.any():
        return 0.0
    return float(np.median(np.abs(near[at] / weight[at][:, None] - pixels[at]).max(axis=1)))


def _letters(pixels: np.ndarray, inverted: np.ndarray, inside: np.ndarray, frame: _Frame) -> np.ndarray:
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
