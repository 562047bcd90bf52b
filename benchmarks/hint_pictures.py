"""Marks that users point at: stamps on paper, dates, subtitles, plates, lettering; and how they point at them.

Lettering is Pillow's and OpenCV's own, which training does not have. Every picture is followed by its number alone.
Knows nothing of how a mark is taken off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from model.alphablend.pack import read_pack
from model.blending import emission_transmission
from model.evaluate.foreign import marks
from model.evaluate.foreign.drawing import FONTS, lettering, polygon, printed, rotated, star
from model.evaluate.foreign.drawings import DRAWINGS
from model.evaluate.foreign.layer import ForeignLayer, compressed
from model.evaluate.foreign.photographs import resized
from model.types import BlendType

__all__ = ["HINTS", "MARKS", "HintedPicture", "hint_of", "hinted_pictures"]

MARKS = ("stamp", "date", "subtitle", "plate", "plate with letters", "lettering")
HINTS = ("brush", "box", "loose box")

_WORDS = ("PAID", "COPY", "RECEIVED", "Draft", "APPROVED", "K. Olsen", "No. 271", "Sample", "Harbour Press", "VOID")
_INKS = ((0.75, 0.1, 0.15), (0.1, 0.2, 0.6), (0.1, 0.45, 0.2), (0.35, 0.1, 0.5), (0.9, 0.35, 0.05))


@dataclass(frozen=True, eq=False)
class HintedPicture:
    """composite, background: uint8 H x W x 3.   mark: bool H x W, where the layer changes the picture visibly."""

    kind: str
    number: int
    composite: np.ndarray
    background: np.ndarray
    mark: np.ndarray


def hint_of(picture: HintedPicture, how: str) -> np.ndarray:
    """uint8 H x W: a brush stroke along the mark, a box around it, or one wider by three tenths of its longer side."""
    mark = picture.mark.astype(np.uint8)
    if how == "brush":
        return cv2.dilate(mark, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))) * 255
    rows, columns = np.flatnonzero(mark.any(axis=1)), np.flatnonzero(mark.any(axis=0))
    pad = 3 if how == "box" else int(0.3 * max(np.ptp(rows), np.ptp(columns)))
    hint = np.zeros_like(mark)
    hint[max(0, rows[0] - pad) : rows[-1] + pad + 1, max(0, columns[0] - pad) : columns[-1] + pad + 1] = 255
    return hint


def _letters(rng: np.random.Generator, tall: int) -> np.ndarray:
    word = str(rng.choice(_WORDS))
    return printed(word, tall) if rng.random() < 0.6 else lettering(word, tall, int(rng.choice(FONTS)), 0.12)


def _stamp(rng: np.random.Generator, size: tuple[int, int]) -> ForeignLayer:
    """One ink, multiplied or laid on: rings, frames or a star around a word, turned."""
    height, width = size
    radius = int(0.16 * min(size) * rng.uniform(0.7, 1.2))
    drawn, word = np.zeros((4 * radius, 4 * radius), np.uint8), _letters(rng, int(0.42 * radius))
    shape, pen, middle = int(rng.integers(0, 3)), int(rng.integers(3, 8)), (2 * radius, 2 * radius)
    half = max(radius, word.shape[1] // 2 + 3 * pen)
    if shape == 0:
        cv2.circle(drawn, middle, half, 255, pen, cv2.LINE_AA)
        cv2.circle(drawn, middle, half - 2 * pen, 255, max(1, pen // 2), cv2.LINE_AA)
    elif shape == 1:
        corner = (2 * radius - half, 2 * radius - word.shape[0]), (2 * radius + half, 2 * radius + word.shape[0])
        cv2.rectangle(drawn, *corner, 255, pen, cv2.LINE_AA)
    else:
        corners = star(14, 0.88, half + pen) + 2 * radius
        cv2.polylines(drawn, [np.round(corners).astype(np.int32)], True, 255, pen, cv2.LINE_AA)
    canvas = drawn.astype(np.float32) / 255
    marks.place_mask(canvas, word, 2 * radius - word.shape[1] // 2, 2 * radius - word.shape[0] // 2)
    canvas = rotated(canvas, float(rng.uniform(-25, 25)))
    alpha = np.zeros(size, np.float32)
    marks.place_mask(alpha, canvas, int(rng.uniform(-0.1, 0.7) * width), int(rng.uniform(0, 0.6) * height))
    ink = np.array(_INKS[int(rng.integers(0, len(_INKS)))], np.float32)
    blend = BlendType.MULTIPLY if rng.random() < 0.7 else BlendType.NORMAL
    return ForeignLayer(alpha[..., None] * rng.uniform(0.7, 0.97), ink, blend)


def _plate(rng: np.random.Generator, size: tuple[int, int], letters: bool) -> ForeignLayer:
    """A semi-transparent plate or shade with straight or round ends, with or without opaque letters on it."""
    height, width = size
    tall, wide = int(height * rng.uniform(0.1, 0.25)), int(width * rng.uniform(0.3, 0.7))
    top, left = int(rng.uniform(0.05, 0.7) * height), int(rng.uniform(0.05, 0.3) * width)
    if rng.random() < 0.5:
        plate = polygon(
            size, np.array([[left, top], [left + wide, top], [left + wide, top + tall], [left, top + tall]])
        )
    else:
        t = np.linspace(0, 2 * np.pi, 80)
        ends = np.stack([np.sign(np.cos(t)) * (wide - tall) / 2 + tall / 2 * np.cos(t), tall / 2 * np.sin(t)], axis=1)
        plate = polygon(size, ends + np.array([left + wide / 2, top + tall / 2]))
    shade = rng.choice([0.0, 1.0, 0.15]) if rng.random() < 0.7 else rng.random(3)
    alpha = plate * rng.uniform(0.3, 0.7)
    colour = np.broadcast_to(np.asarray(shade, np.float32), (*size, 3)).copy()
    if letters:
        word = np.zeros(size, np.float32)
        text = _letters(rng, int(0.45 * tall))
        text = text[:, : wide - 4]
        marks.place_mask(word, text, left + (wide - text.shape[1]) // 2, top + (tall - text.shape[0]) // 2)
        ink = 1.0 if colour[0, 0].mean() < 0.5 else 0.05
        union = word + alpha * (1 - word)
        colour = (ink * word[..., None] + colour * (alpha * (1 - word))[..., None]) / np.maximum(union, 1e-6)[..., None]
        alpha = union
    return ForeignLayer(alpha[..., None], np.clip(colour, 0, 1))


def _lettering(rng: np.random.Generator, size: tuple[int, int]) -> ForeignLayer:
    """A word of one ink at one opacity, often opaque."""
    height, width = size
    word = _letters(rng, int(height * rng.uniform(0.05, 0.11)))
    word = rotated(word, float(rng.uniform(-20, 20))) if rng.random() < 0.4 else word
    alpha = np.zeros(size, np.float32)
    marks.place_mask(alpha, word, int(rng.uniform(0, 0.5) * width), int(rng.uniform(0.05, 0.85) * height))
    ink = np.array(rng.choice([1.0, 0.0, 0.9]), np.float32) if rng.random() < 0.6 else rng.random(3)
    return ForeignLayer(alpha[..., None] * rng.choice([1.0, 0.9, 0.6, 0.4]), np.broadcast_to(ink, 3).astype(np.float32))


def hinted_pictures(pack: Path, numbers: range, short_side: int = 480) -> Iterator[HintedPicture]:
    """The pictures of these numbers, kinds in turn; over photographs of the split "test", stamps over drawn pages."""
    photographs = [photo.pixels for photo in read_pack(pack, "test").photos]
    for number in numbers:
        rng, kind = np.random.default_rng([2811, number]), MARKS[number % len(MARKS)]
        background = resized(photographs[int(rng.integers(0, len(photographs)))], short_side)
        size = background.shape[0], background.shape[1]
        if kind == "stamp":
            background = (np.clip(DRAWINGS["page"](rng, size), 0, 1) * 255 + 0.5).astype(np.uint8)
        layer = {
            "stamp": lambda: _stamp(rng, size),  # noqa: B023
            "date": lambda: marks.date_stamp(rng, size),  # noqa: B023
            "subtitle": lambda: marks.subtitle(rng, size),  # noqa: B023
            "plate": lambda: _plate(rng, size, False),  # noqa: B023
            "plate with letters": lambda: _plate(rng, size, True),  # noqa: B023
            "lettering": lambda: _lettering(rng, size),  # noqa: B023
        }[kind]()
        colour = np.broadcast_to(layer.colour, background.shape).astype(np.float32)
        emission, transmission = emission_transmission(layer.alpha.astype(np.float32), colour, layer.blend)
        exact = emission + transmission * (background.astype(np.float32) / 255)
        composite = (np.clip(exact, 0, 1) * 255 + 0.5).astype(np.uint8)
        if rng.random() < 0.5:
            composite = compressed(composite, int(rng.integers(85, 97)))
        mark = np.abs(layer.alpha[..., 0]) > 0.04
        yield HintedPicture(kind, number, composite, background, mark)
