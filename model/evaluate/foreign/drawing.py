"""Antialiased shapes, vector lettering, seven-segment digits and smooth noise. Knows nothing of pictures.

Sizes are (height, width) in pixels; masks are float32 H x W, 0..1. Shapes are drawn at twice the size and reduced.
"""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

__all__ = ["FONTS", "lettering", "polygon", "printed", "rotated", "seven_segments", "smooth_noise", "star"]

FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)

_SEGMENTS = {
    "0": "abcdef", "1": "bc", "2": "abdeg", "3": "abcdg", "4": "bcfg", "5": "acdfg", "6": "acdefg",
    "7": "abc", "8": "abcdefg", "9": "abcdfg",
}  # fmt: skip
_STROKES = {
    "a": ((0, 0), (1, 0)), "b": ((1, 0), (1, 1)), "c": ((1, 1), (1, 2)), "d": ((0, 2), (1, 2)),
    "e": ((0, 1), (0, 2)), "f": ((0, 0), (0, 1)), "g": ((0, 1), (1, 1)),
}  # fmt: skip


def _reduced(drawn: np.ndarray) -> np.ndarray:
    half = drawn.shape[1] // 2, drawn.shape[0] // 2
    return cv2.resize(drawn, half, interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def lettering(text: str, height: int, font: int, weight: float = 0.08) -> np.ndarray:
    """A line of one of OpenCV's own FONTS, `height` pixels tall; weight: stroke width over height."""
    scale, thickness = height / 11.0, max(1, round(2 * weight * height))
    (width, tall), below = cv2.getTextSize(text, font, scale, thickness)
    drawn = np.zeros((tall + below + 2 * thickness, width + 2 * thickness), np.uint8)
    cv2.putText(drawn, text, (thickness, tall + thickness), font, scale, 255, thickness, cv2.LINE_AA)
    return _reduced(drawn)


def printed(text: str, height: int, stroke: int = 0) -> np.ndarray:
    """Lines of the font inside Pillow; height: of the font in pixels; stroke: pixels by which letters are widened."""
    font = ImageFont.load_default(size=height)
    probe = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = probe.multiline_textbbox((0, 0), text, font=font, stroke_width=stroke, align="center")
    picture = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    at = 1 - left, 1 - top
    ImageDraw.Draw(picture).multiline_text(at, text, 255, font=font, stroke_width=stroke, align="center")
    return np.asarray(picture, np.float32) / 255


def seven_segments(text: str, height: int) -> np.ndarray:
    """Digits of a clock display, with apostrophes and blanks between them."""
    tall, wide, pen = 2 * height, height, max(2, height // 5)
    drawn = np.zeros((tall + 4 * pen, len(text) * (wide + 3 * pen) + 2 * pen), np.uint8)
    for number, character in enumerate(text):
        left, top, unit = number * (wide + 3 * pen) + 2 * pen, 2 * pen, tall // 2
        if character == "'":
            cv2.line(drawn, (left + wide, top), (left + wide - pen, top + unit // 2), 255, pen)
        for segment in _SEGMENTS.get(character, ""):
            (x0, y0), (x1, y1) = _STROKES[segment]
            gap = pen // 2 + 1
            start = left + x0 * wide + gap * (x1 > x0), top + y0 * unit + gap * (y1 > y0)
            end = left + x1 * wide - gap * (x1 > x0), top + y1 * unit - gap * (y1 > y0)
            cv2.line(drawn, start, end, 255, pen)
    return _reduced(drawn)


def polygon(size: tuple[int, int], corners: np.ndarray) -> np.ndarray:
    """A filled polygon; corners: n x 2, x and y in pixels."""
    drawn = np.zeros((2 * size[0], 2 * size[1]), np.uint8)
    cv2.fillPoly(drawn, [np.round(2 * corners).astype(np.int32)], 255)
    return _reduced(drawn)


def star(points: int, inner: float, radius: float) -> np.ndarray:
    """Corners of a star around 0, 0: 2 `points` x 2; inner: radius of its notches over `radius`."""
    angles = np.arange(2 * points) * np.pi / points
    radii = radius * np.where(np.arange(2 * points) % 2 == 0, 1.0, inner)
    return np.stack([radii * np.sin(angles), -radii * np.cos(angles)], axis=1)


def rotated(mask: np.ndarray, degrees: float) -> np.ndarray:
    """The mask turned about its middle, in a frame that holds all of it."""
    height, width = mask.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    w, h = int(height * sin + width * cos) + 2, int(height * cos + width * sin) + 2
    matrix[:, 2] += (w - width) / 2, (h - height) / 2
    return cv2.warpAffine(mask, matrix, (w, h), flags=cv2.INTER_LINEAR)


def smooth_noise(rng: np.random.Generator, size: tuple[int, int], cells: int) -> np.ndarray:
    """Noise of 0..1 that varies over 1 / `cells` of the picture: a random grid, enlarged by cubic interpolation."""
    grid = rng.random((cells + 3, cells + 3)).astype(np.float32)
    large = cv2.resize(grid, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
    return np.clip(large, 0, 1)
