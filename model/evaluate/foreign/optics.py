"""Procedural flares, shadows of objects of known thickness, window reflections. Knows nothing of the photograph."""

from __future__ import annotations

import cv2
import numpy as np

from ...types import BlendType
from .drawing import polygon, smooth_noise, star
from .layer import ForeignLayer

__all__ = ["flare", "thickness_shadow", "window_reflection"]


def flare(rng: np.random.Generator, size: tuple[int, int]) -> ForeignLayer:
    """A source with an inverse-square glow, rays, a coloured ring and hexagonal ghosts opposite; add or screen."""
    height, width = size
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32) / height
    centre = np.array([rng.uniform(0.05, 0.95) * width / height, rng.uniform(0.02, 0.5)])
    dx, dy = xs - centre[0], ys - centre[1]
    r, angle = np.hypot(dx, dy), np.arctan2(dy, dx)
    warm = np.array([1.0, rng.uniform(0.8, 0.97), rng.uniform(0.55, 0.9)], np.float32)
    glow = 1 / (1 + (r / rng.uniform(0.05, 0.14)) ** 2)
    rays = np.abs(np.cos(rng.integers(3, 9) * angle + rng.uniform(0, 3))) ** rng.uniform(30, 90) * np.exp(-r / 0.25)
    light = (glow + 0.5 * rays)[..., None] * warm
    ring = np.exp(-(((r - rng.uniform(0.25, 0.5)) / 0.03) ** 2)) * rng.uniform(0.0, 0.12)
    hue = r[..., None] * 12 + np.array([0, 2.1, 4.2], np.float32)
    light = light + ring[..., None] * (0.5 + 0.5 * np.cos(hue))
    middle = np.array([width / height / 2, 0.5])
    for _ in range(int(rng.integers(3, 8))):
        at = centre + (middle - centre) * rng.uniform(0.4, 2.4)
        corners = star(3, 1.0, height * rng.uniform(0.02, 0.09)) + at * height
        ghost = cv2.GaussianBlur(polygon(size, corners), (0, 0), max(0.6, height * 0.003))
        light = light + ghost[..., None] * rng.uniform(0.04, 0.2) * rng.uniform(0.3, 1.0, 3).astype(np.float32)
    light = np.clip(light * rng.uniform(0.7, 1.1), 0, 1).astype(np.float32)
    alpha = light.max(axis=2, keepdims=True)
    colour = light / np.maximum(alpha, 1e-6)
    return ForeignLayer(alpha, colour, BlendType.ADD if rng.random() < 0.5 else BlendType.SCREEN)


def thickness_shadow(rng: np.random.Generator, size: tuple[int, int]) -> ForeignLayer:
    """Beer and Lambert: T = exp(-mu d) behind spheres, rods and slabs of thickness d, as in an X-ray."""
    height, width = size
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32) / height
    thickness = np.zeros(size, np.float32)
    for _ in range(int(rng.integers(2, 6))):
        x, y, turn = rng.uniform(0.1, width / height - 0.1), rng.uniform(0.1, 0.9), rng.uniform(0, np.pi)
        u = (xs - x) * np.cos(turn) + (ys - y) * np.sin(turn)
        v = -(xs - x) * np.sin(turn) + (ys - y) * np.cos(turn)
        radius, shape = rng.uniform(0.06, 0.25), rng.integers(0, 3)
        if shape == 0:
            thickness += 2 * np.sqrt(np.maximum(radius**2 - u**2 - v**2, 0))
        elif shape == 1:
            thickness += np.sqrt(np.maximum((radius / 3) ** 2 - v**2, 0)) * 3 * (np.abs(u) < 2.5 * radius)
        else:
            thickness += 0.5 * radius * ((np.abs(u) < radius) & (np.abs(v) < 0.7 * radius))
    thickness = cv2.GaussianBlur(thickness, (0, 0), height * rng.uniform(0.001, 0.012))
    absorption = rng.uniform(1.5, 4.0) * (1 + np.array([-1, 0, 1], np.float32) * rng.uniform(-0.1, 0.15))
    passed = np.exp(-absorption * thickness[..., None]).astype(np.float32)
    return ForeignLayer(np.ones((*size, 1), np.float32), passed, BlendType.MULTIPLY)


def window_reflection(rng: np.random.Generator, size: tuple[int, int], scene: np.ndarray) -> ForeignLayer:
    """Another photograph, out of focus and mirrored, with a doubled edge and stronger on one side; screen or add.

    scene: uint8 h x w x 3, of any size.
    """
    height, width = size
    other = cv2.resize(np.ascontiguousarray(scene[:, ::-1]), (width, height), interpolation=cv2.INTER_AREA)
    other = other.astype(np.float32) / 255
    other = cv2.GaussianBlur(other, (0, 0), height * rng.uniform(0.002, 0.012))
    shift = int(height * rng.uniform(0.005, 0.02))
    other = 0.7 * other + 0.3 * np.roll(other, (shift, shift), axis=(0, 1))
    slope = np.linspace(rng.uniform(0.3, 1.0), rng.uniform(0.3, 1.0), width, dtype=np.float32)[None]
    uneven = slope * (0.6 + 0.4 * smooth_noise(rng, size, 3))
    light = np.clip(other * rng.uniform(0.25, 0.55) * uneven[..., None], 0, 1).astype(np.float32)
    alpha = light.max(axis=2, keepdims=True)
    colour = light / np.maximum(alpha, 1e-6)
    return ForeignLayer(alpha, colour, BlendType.SCREEN if rng.random() < 0.6 else BlendType.ADD)
