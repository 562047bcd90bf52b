"""Drawings and screenshots without any overlay: what an engine must leave alone. uint8 H x W x 3."""

from __future__ import annotations

import cv2
import numpy as np

from .drawing import FONTS, lettering, polygon, printed, smooth_noise, star

__all__ = ["illustration", "screenshot"]

_WORDS = ("File", "Edit", "View", "Inbox (12)", "Total", "Settings", "Report 2024", "Search", "Open", "42.7 %", "Notes")
_SENTENCES = (
    "Rain is expected in the north until the evening.",
    "The committee will meet again on the second Monday.",
    "Please keep this window open until the copy is complete.",
    "Chapter three describes how the samples were taken.",
)


def _paint(canvas: np.ndarray, mask: np.ndarray, colour: np.ndarray, left: int = 0, top: int = 0) -> None:
    """Lay one colour over the canvas, float32 0..1, through the mask."""
    here = canvas[top : top + mask.shape[0], left : left + mask.shape[1]]
    part = mask[: here.shape[0], : here.shape[1], None]
    here += part * (colour - here)


def illustration(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A flat poster, a map or a chart: coloured shapes, dark outlines, some lettering."""
    height, width = size
    canvas = np.empty((*size, 3), np.float32)
    canvas[:] = rng.uniform(0.6, 1.0, 3)
    if rng.random() < 0.4:
        contours = smooth_noise(rng, size, 5)
        for level in np.linspace(0.25, 0.75, int(rng.integers(3, 7))):
            _paint(canvas, (contours > level).astype(np.float32), rng.random(3))
    outline = rng.random() < 0.5
    for _ in range(int(rng.integers(8, 30))):
        radius = height * rng.uniform(0.03, 0.2)
        corners = star(int(rng.integers(2, 8)), rng.uniform(0.4, 1.0), radius)
        turn = rng.uniform(0, 6.3)
        matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        corners = corners @ matrix + rng.random(2) * (width, height)
        if outline:
            _paint(canvas, polygon(size, corners + (corners - corners.mean(axis=0)) * 0.08), np.zeros(3))
        _paint(canvas, polygon(size, corners), rng.random(3))
    for _ in range(int(rng.integers(1, 5))):
        text = lettering(str(rng.choice(_WORDS)), int(height * rng.uniform(0.03, 0.08)), int(rng.choice(FONTS)))
        left, top = (int(rng.uniform(0, 0.8) * side) for side in (width, height))
        _paint(canvas, text, rng.random(3) * 0.4, left, top)
    return (np.clip(canvas, 0, 1) * 255 + 0.5).astype(np.uint8)


def screenshot(rng: np.random.Generator, size: tuple[int, int], photograph: np.ndarray) -> np.ndarray:
    """A window with a title bar, a side bar, paragraphs, buttons and a small photograph; light or dark theme."""
    height, width = size
    dark = rng.random() < 0.4
    paper, ink = (0.12, 0.9) if dark else (0.97, 0.12)
    canvas = np.full((*size, 3), paper, np.float32)
    accent, bar, side = rng.random(3), int(height * 0.06), int(width * rng.uniform(0.15, 0.25))
    canvas[:bar] = 0.5 * accent + 0.25
    canvas[bar:, :side] = paper + (0.05 if dark else -0.05)
    unit = max(9, int(height * rng.uniform(0.018, 0.026)))
    for number, word in enumerate(rng.permutation(_WORDS)):
        _paint(canvas, printed(str(word), unit), np.full(3, ink), unit, bar + unit + int(2.4 * unit * number))
    top = bar + 2 * unit
    while top < 0.55 * height:
        line = printed(" ".join(str(s) for s in rng.permutation(_SENTENCES)[:2]), unit)
        _paint(canvas[:, : width - unit], line, np.full(3, ink), side + 2 * unit, top)
        top += int(1.8 * unit)
    wide, tall = int((width - side) * rng.uniform(0.3, 0.6)), int(height * 0.32)
    picture = cv2.resize(photograph, (wide, tall), interpolation=cv2.INTER_AREA)
    canvas[top + unit : top + unit + tall, side + 2 * unit : side + 2 * unit + wide] = picture.astype(np.float32) / 255
    button = printed("OK", unit)
    x, y = width - 8 * unit, height - 4 * unit
    canvas[y : y + 2 * unit, x : x + 6 * unit] = accent
    _paint(canvas, button, np.full(3, 1.0 if accent.mean() < 0.5 else 0.0), x + 2 * unit, y + unit // 2)
    return (np.clip(canvas, 0, 1) * 255 + 0.5).astype(np.uint8)
