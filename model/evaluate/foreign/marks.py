"""Camera date stamps, subtitles, diagonal stock-photo tiles and plain stickers. Knows nothing of the photograph."""

from __future__ import annotations

import cv2
import numpy as np

from ...types import BlendType
from .drawing import FONTS, lettering, polygon, printed, rotated, seven_segments, star
from .layer import ForeignLayer

__all__ = ["date_stamp", "place_mask", "sticker", "stock_tiles", "subtitle"]

_LINES = (
    "Where were you last night?",
    "I told you not to come back.",
    "- It is getting late.\n- Then let us go.",
    "The train leaves at seven.",
    "You have never seen\nthe sea, have you?",
    "[door closes]",
)
_BRANDS = ("StockHouse", "pixvault", "PREVIEW", "lumen.photo", "Sample only", "NorthLight Images")


def place_mask(canvas: np.ndarray, mask: np.ndarray, left: int, top: int) -> None:
    """Lay `mask` on `canvas` where it is stronger; parts outside are dropped."""
    height, width = canvas.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + mask.shape[1], width), min(top + mask.shape[0], height)
    if x0 < x1 and y0 < y1:
        here = canvas[y0:y1, x0:x1]
        np.maximum(here, mask[y0 - top : y1 - top, x0 - left : x1 - left], out=here)


def date_stamp(rng: np.random.Generator, size: tuple[int, int]) -> ForeignLayer:
    """Orange or red seven-segment digits with a glow, in a corner, as a film camera exposes them."""
    height, width = size
    year, month, day = rng.integers(0, 100), rng.integers(1, 13), rng.integers(1, 29)
    text = rng.choice(
        [f"'{year:02d} {month:2d} {day:2d}", f"{day:2d} {month:2d} '{year:02d}", f"{month} {day} '{year:02d}"]
    )
    digits = seven_segments(str(text), int(height * rng.uniform(0.03, 0.06)))
    canvas, margin = np.zeros(size, np.float32), int(0.05 * height)
    place_mask(canvas, digits, width - digits.shape[1] - margin, height - digits.shape[0] - margin)
    glow = cv2.GaussianBlur(canvas, (0, 0), height * 0.004)
    alpha = np.clip(rng.uniform(0.75, 0.95) * canvas + 0.5 * glow, 0, 1)
    colour = np.array([1.0, rng.uniform(0.25, 0.6), rng.uniform(0.02, 0.2)], np.float32)
    return ForeignLayer(alpha[..., None], colour, BlendType.SCREEN if rng.random() < 0.4 else BlendType.NORMAL)


def subtitle(rng: np.random.Generator, size: tuple[int, int]) -> ForeignLayer:
    """One or two centred lines near the bottom: white or yellow with a dark outline, or on a dark translucent box."""
    height, width = size
    text, tall = str(rng.choice(_LINES)), int(height * rng.uniform(0.045, 0.07))
    longest = max(len(line) for line in text.split("\n"))
    tall = max(10, min(tall, int(1.7 * width / longest)))
    stroke = max(1, tall // 12)
    letters, outline = printed(text, tall), printed(text, tall, stroke)
    fill = np.array([1, 1, 1] if rng.random() < 0.6 else [1, 0.92, 0.2], np.float32)
    left, top = (width - outline.shape[1]) // 2, int(height * 0.94) - outline.shape[0]
    inside, around = np.zeros(size, np.float32), np.zeros(size, np.float32)
    place_mask(inside, letters, left + stroke, top + stroke)
    if rng.random() < 0.3:
        pad = tall // 3
        around[max(0, top - pad) : top + outline.shape[0] + pad, max(0, left - pad) : left + outline.shape[1] + pad] = (
            0.6
        )
    else:
        place_mask(around, outline, left, top)
    alpha = inside + around * (1 - inside)
    colour = fill * (inside / np.maximum(alpha, 1e-6))[..., None]
    return ForeignLayer(np.clip(alpha, 0, 1)[..., None], np.clip(colour, 0, 1))


def stock_tiles(rng: np.random.Generator, size: tuple[int, int]) -> ForeignLayer:
    """A brand in vector lettering over the whole picture, in slanted rows with thin lines between, half transparent."""
    height, width = size
    word = lettering(str(rng.choice(_BRANDS)), int(height * rng.uniform(0.04, 0.07)), int(rng.choice(FONTS)), 0.1)
    angle = float(rng.choice([-45, -30, 30, 45]))
    word, step = rotated(word, angle), int(max(word.shape) * rng.uniform(1.15, 1.6))
    canvas, shift = np.zeros(size, np.float32), 0
    for top in range(-word.shape[0], height, int(step * 0.8)):
        for left in range(-step + shift, width, step):
            place_mask(canvas, word, left, top)
        shift = (shift + step // 2) % step
    if rng.random() < 0.5:
        lines = np.zeros((2 * height, 2 * width), np.uint8)
        slope = np.tan(np.radians(-angle))
        for start in range(-int(abs(slope) * width) - height, 2 * height, int(step * 0.8)):
            ends = (0, 2 * start), (2 * width, int(2 * start + slope * 2 * width))
            cv2.line(lines, ends[0], ends[1], 255, max(2, height // 300), cv2.LINE_AA)
        canvas = np.maximum(canvas, cv2.resize(lines, (width, height), interpolation=cv2.INTER_AREA) / np.float32(255))
    shade = rng.choice([1.0, 0.95, 0.5, 0.0], p=[0.5, 0.2, 0.2, 0.1])
    return ForeignLayer((canvas * rng.uniform(0.2, 0.5))[..., None], np.full(3, shade, np.float32))


def sticker(rng: np.random.Generator, size: tuple[int, int]) -> ForeignLayer:
    """A plain badge, star, heart, speech bubble or gear in two flat colours, opaque or nearly so."""
    height, width = size
    radius = height * rng.uniform(0.08, 0.2)
    centre = np.array([rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.8) * height])
    shape = int(rng.integers(0, 5))
    t = np.linspace(0, 2 * np.pi, 90)
    if shape == 0:
        corners = star(int(rng.integers(5, 9)), rng.uniform(0.4, 0.6), radius)
    elif shape == 1:
        corners = star(int(rng.integers(12, 24)), 0.86, radius)
    elif shape == 2:
        heart = 16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
        corners = np.stack(heart, axis=1) * radius / 16
    elif shape == 3:
        bubble = np.stack([1.3 * np.cos(t), 0.8 * np.sin(t)], axis=1) * radius
        corners = np.concatenate([bubble[:20], [[0.5 * radius, 1.3 * radius]], bubble[26:]])
    else:
        teeth = radius * (0.85 + 0.15 * np.sign(np.sin(9 * t)))
        corners = np.stack([teeth * np.cos(t), teeth * np.sin(t)], axis=1)
    outer = polygon(size, corners + centre)
    inner = polygon(size, 0.72 * corners + centre)
    rim, fill = rng.random(3), rng.random(3)
    colour = rim + (fill - rim) * inner[..., None]
    alpha = outer * rng.choice([1.0, 0.9, 0.7], p=[0.6, 0.2, 0.2])
    return ForeignLayer(alpha[..., None].astype(np.float32), colour.astype(np.float32))
