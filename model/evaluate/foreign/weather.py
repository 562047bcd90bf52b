"""Rain drawn as lines, uniform and depth fog, dust and hairs of a scanner. Knows nothing of the photograph."""

from __future__ import annotations

import cv2
import numpy as np

from ...types import BlendType
from .drawing import smooth_noise
from .layer import ForeignLayer

__all__ = ["depth_fog", "line_rain", "scanner_dust", "uniform_fog"]


def line_rain(rng: np.random.Generator, size: tuple[int, int]) -> ForeignLayer:
    """Straight lines of one slant, each of its own length and strength, slightly blurred; screen or add."""
    height, width = size
    slant, unit = rng.uniform(-0.35, 0.35), height / 720
    drops = int(rng.uniform(250, 1200))
    canvas = np.zeros((2 * height, 2 * width), np.float32)
    for x, y, length, strength in rng.random((drops, 4)):
        start = int(2 * width * (1.4 * x - 0.2)), int(2 * height * (1.2 * y - 0.1))
        fall = 2 * unit * (15 + 45 * length)
        end = int(start[0] + slant * fall), int(start[1] + fall)
        cv2.line(canvas, start, end, float(0.35 + 0.65 * strength), max(1, round(unit * rng.choice([2, 3, 4]))))
    streaks = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    streaks = cv2.GaussianBlur(streaks, (0, 0), 0.5 * max(unit, 0.6)) * rng.uniform(0.4, 0.85)
    colour = np.array([0.86, 0.9, 0.95], np.float32) * rng.uniform(0.75, 1.0)
    return ForeignLayer(streaks[..., None], colour, BlendType.SCREEN if rng.random() < 0.5 else BlendType.ADD)


def uniform_fog(rng: np.random.Generator, size: tuple[int, int]) -> ForeignLayer:
    """One opacity and one pale gray over the whole picture."""
    alpha = np.full((*size, 1), rng.uniform(0.25, 0.75), np.float32)
    return ForeignLayer(alpha, (rng.uniform(0.7, 0.95) + rng.uniform(-0.02, 0.02, 3)).astype(np.float32))


def depth_fog(rng: np.random.Generator, size: tuple[int, int]) -> ForeignLayer:
    """Koschmieder's law, T = exp(-b d), over invented scenes: a ground plane up to a horizon, with a hill or a wall."""
    height, width = size
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    horizon = rng.uniform(0.15, 0.5)
    ground = 0.12 / np.maximum(rows - horizon, 0.02)
    depth = np.broadcast_to(np.where(rows > horizon, np.minimum(ground, 4.0), 4.0), size).astype(np.float32)
    columns = np.linspace(0, 1, width, dtype=np.float32)[None]
    hill = horizon + 0.25 - 0.35 * np.exp(-(((columns - rng.uniform(0.1, 0.9)) / rng.uniform(0.15, 0.4)) ** 2))
    depth = np.where((rows > hill) & (rows < horizon + 0.2), rng.uniform(0.8, 2.0), depth)
    depth = cv2.GaussianBlur(depth, (0, 0), height * 0.02) * (0.8 + 0.4 * smooth_noise(rng, size, 4))
    alpha = 1 - np.exp(-rng.uniform(0.25, 0.7) * depth)
    colour = rng.uniform(0.68, 0.95) + np.array([-1, 0, 1], np.float32) * rng.uniform(-0.04, 0.06)
    return ForeignLayer(alpha[..., None].astype(np.float32), np.clip(colour, 0, 1).astype(np.float32))


def scanner_dust(rng: np.random.Generator, size: tuple[int, int]) -> ForeignLayer:
    """Specks and curled hairs, white or dark, as dust on a scanned slide or print."""
    height, width = size
    canvas, unit = np.zeros((2 * height, 2 * width), np.uint8), height / 720
    for x, y, r in rng.random((int(rng.integers(40, 250)), 3)):
        axes = max(1, int(2 * unit * (0.6 + 2.5 * r**4))), max(1, int(2 * unit * (0.6 + 1.5 * r**2)))
        cv2.ellipse(canvas, (int(2 * width * x), int(2 * height * y)), axes, float(360 * r), 0, 360, 255, -1)
    for _ in range(int(rng.integers(3, 12))):
        start, turn = rng.random(2) * (2 * width, 2 * height), rng.uniform(0, 6.3)
        bend, points = rng.uniform(-0.15, 0.15), []
        for step in range(40):
            points.append(start.copy())
            start += 2 * unit * rng.uniform(1.5, 3.5) * np.array([np.cos(turn), np.sin(turn)])
            turn += bend + 0.04 * np.sin(step)
        cv2.polylines(canvas, [np.round(points).astype(np.int32)], False, 255, max(1, round(2 * unit)), cv2.LINE_AA)
    mask = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    shade = np.full(3, 1.0 if rng.random() < 0.6 else 0.05, np.float32)
    return ForeignLayer((cv2.GaussianBlur(mask, (0, 0), 0.5) * rng.uniform(0.6, 1.0))[..., None], shade)
