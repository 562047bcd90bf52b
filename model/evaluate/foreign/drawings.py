"""Pictures that are not photographs: pages, screens, pixel art, comics, maps, diagrams, line art. No overlay.

What an engine must leave alone: their lettering, panels and plain areas are the picture. Written with fonts that the
generator does not have: those inside Pillow and OpenCV. uint8 H x W x 3; sizes are (height, width) in pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np

from .drawing import FONTS, lettering, polygon, printed, rotated, smooth_noise, star

__all__ = ["DRAWINGS", "drawing"]

_SENTENCES = (
    "The harbour lies two miles to the south of the old town.",
    "Every member has one vote; the chair decides a draw.",
    "Add the flour slowly and stir until nothing sticks.",
    "Results for the third quarter were better than planned.",
    "He looked up, smiled and closed the book without a word.",
    "See section 4.2 for the settings of the second device.",
)
_LABELS = (
    "Inbox",
    "Node A",
    "Total",
    "North",
    "Start",
    "Export",
    "42 %",
    "Level 3",
    "Queue",
    "Cache",
    "2019",
    "Lakeside",
)
_SPEECH = ("What was that?!", "Run!", "I never\nsaid so.", "It is...\nempty.", "Wait for me!", "Ha ha ha")

_Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]


def _paint(canvas: np.ndarray, mask: np.ndarray, colour: np.ndarray | float, left: int = 0, top: int = 0) -> None:
    """Lay one colour over the canvas, float32 0..1, through the mask; parts outside are dropped."""
    height, width = canvas.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + mask.shape[1], width), min(top + mask.shape[0], height)
    if x0 < x1 and y0 < y1:
        here = canvas[y0:y1, x0:x1]
        here += mask[y0 - top : y1 - top, x0 - left : x1 - left, None] * (np.asarray(colour, np.float32) - here)


def _text(rng: np.random.Generator, tall: int, text: str | None = None) -> np.ndarray:
    """One line in Pillow's font or one of OpenCV's."""
    text = text or str(rng.choice(_SENTENCES))
    if rng.random() < 0.65:
        return printed(text, tall)
    return lettering(text, max(8, int(0.8 * tall)), int(rng.choice(FONTS)), float(rng.uniform(0.05, 0.1)))


def _lines(mask: np.ndarray, points: np.ndarray, thick: int, closed: bool = False) -> None:
    cv2.polylines(mask, [np.round(points * 8).astype(np.int32)], closed, 255, thick, cv2.LINE_AA, 3)


def _blank(size: tuple[int, int], colour: np.ndarray | float) -> np.ndarray:
    return np.ones((*size, 3), np.float32) * np.asarray(colour, np.float32)


def _paper(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Paper: plain white, tinted, or scanned with a soft shade and noise."""
    canvas = _blank(size, rng.uniform(0.88, 1.0) + rng.uniform(-0.05, 0.02, 3))
    if rng.random() < 0.5:
        canvas *= 1 - rng.uniform(0, 0.25) * smooth_noise(rng, size, 2)[..., None]
        canvas += rng.normal(0, rng.uniform(0.002, 0.015), (*size, 1)).astype(np.float32)
    return canvas


def page(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A page of a book or letter: title and paragraphs in one or two columns."""
    height, width = size
    canvas, ink = _paper(rng, size), rng.uniform(0, 0.3) + rng.uniform(0, 0.05, 3)
    tall, margin = int(height * rng.uniform(0.018, 0.032)), int(0.08 * width)
    columns = int(rng.integers(1, 3))
    _paint(
        canvas,
        _text(rng, int(1.9 * tall), str(rng.choice(_LABELS)) + " and " + str(rng.choice(_LABELS))),
        ink,
        margin,
        margin // 2,
    )
    wide = (width - 2 * margin) // columns - margin // 3
    for column in range(columns):
        top = margin // 2 + 4 * tall
        while top < height - margin // 2:
            if rng.random() > 0.1:
                line = _text(rng, tall, " ".join(str(s) for s in rng.permutation(_SENTENCES)[:2]))
                cut = wide if rng.random() > 0.15 else int(wide * rng.uniform(0.3, 0.9))
                _paint(canvas, line[:, :cut], ink, margin + column * (wide + margin // 2), top)
            top += int(1.6 * tall)
    if rng.random() < 0.5:
        canvas = cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.3, 0.8)))
    return canvas


def screen(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """An interface: title bar, cards or a table, buttons; light or dark."""
    height, width = size
    dark = rng.random() < 0.4
    ground, ink, card = (0.13, 0.85, 0.18) if dark else (0.95, 0.18, 1.0)
    canvas, accent = _blank(size, ground), rng.random(3) * 0.8
    bar, unit = int(height * rng.uniform(0.05, 0.09)), max(10, int(height * rng.uniform(0.02, 0.03)))
    canvas[:bar] = accent
    _paint(canvas, printed("Project " + str(rng.choice(_LABELS)), unit + 4), 1.0, unit, (bar - unit) // 2)
    columns = int(rng.integers(1, 5))
    wide, tall = width // columns, int(height * rng.uniform(0.2, 0.45))
    for top in range(bar + unit, height, tall + unit):
        for column in range(columns):
            x0, x1, y1 = column * wide + unit // 2, (column + 1) * wide - unit // 2, min(height, top + tall)
            canvas[top:y1, x0:x1] = ink * 0.3 + ground * 0.7
            canvas[top + 1 : y1 - 1, x0 + 1 : x1 - 1] = card
            _paint(canvas[:y1, :x1], printed(str(rng.choice(_LABELS)), unit + 2), ink, x0 + unit, top + unit // 2)
            for line in range(top + 2 * unit, y1 - 2 * unit, int(1.7 * unit)):
                text = printed(str(rng.choice(_SENTENCES)), int(0.8 * unit))
                _paint(canvas[:y1, : x1 - unit], text, 0.7 * ink + 0.3 * card, x0 + unit, line)
            if rng.random() < 0.4 and y1 - top > 4 * unit:
                canvas[y1 - 2 * unit : y1 - unit // 2, x0 + unit : x0 + 6 * unit] = accent
                _paint(canvas, printed("Open", int(0.8 * unit)), 1.0, x0 + 2 * unit, y1 - 2 * unit)
    return canvas


def pixel_art(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A scene of few colours on a coarse grid, enlarged without smoothing: sky, ground, blocks, sprites."""
    cell = int(rng.integers(4, 9))
    h, w = size[0] // cell + 1, size[1] // cell + 1
    palette = rng.random((8, 3))
    canvas = np.empty((h, w, 3), np.float32)
    ground = (0.6 + 0.3 * smooth_noise(rng, (1, w), 6)[0]) * h
    rows = np.arange(h)[:, None]
    canvas[:] = palette[0]
    canvas[rows > 0.45 * h + 0 * ground] = palette[1]
    canvas[rows > ground] = palette[2]
    canvas[rows > ground + 4] = palette[3]
    for _ in range(int(rng.integers(5, 14))):
        side = int(rng.integers(5, 10))
        half = rng.integers(0, 3, (2 * side, side))
        sprite = np.concatenate([half, half[:, ::-1]], axis=1)
        top, left = int(rng.integers(0, max(1, h - 2 * side))), int(rng.integers(0, max(1, w - 2 * side)))
        here = canvas[top : top + 2 * side, left : left + 2 * side]
        here[sprite > 0] = palette[4 + sprite[sprite > 0]]
    large = canvas.repeat(cell, axis=0).repeat(cell, axis=1)[: size[0], : size[1]].copy()
    if rng.random() < 0.5:
        word = printed(str(rng.choice(_LABELS)), 9) > 0.5
        _paint(large, word.repeat(cell, 0).repeat(cell, 1).astype(np.float32), 1.0, 2 * cell, 2 * cell)
    return large


def comic(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A page of a comic or manga: figures, screen tones, balloons; black and white or flat colour."""
    height, width = size
    canvas, colour = _blank(size, 1.0), rng.random() < 0.4
    gap, top = max(4, width // 60), max(4, width // 60)
    while top < height - gap:
        tall = min(int(height * rng.uniform(0.22, 0.4)), height - gap - top)
        cuts = np.sort(rng.uniform(0.25, 0.75, int(rng.integers(0, 3))))
        sides = [0, *(int(c * width) for c in cuts), width]
        for left, right in pairwise(sides):
            if right - left > 4 * gap and tall > 4 * gap:
                _panel(rng, canvas[top : top + tall, left + gap : right - gap // 2], colour)
        top += tall + gap
    return canvas


def _panel(rng: np.random.Generator, panel: np.ndarray, colour: bool) -> None:
    size = height, width = panel.shape[:2]
    panel[:] = rng.uniform(0.4, 1, 3) if colour else rng.choice([1.0, 1.0, 0.85])
    if not colour and rng.random() < 0.5:
        pitch, (y, x) = rng.uniform(4, 7), np.mgrid[:height, :width]
        dots = np.cos(2 * np.pi * (x + y) / pitch) + np.cos(2 * np.pi * (x - y) / pitch)
        _paint(panel, (np.clip(dots - 0.6, 0, 1) * (smooth_noise(rng, size, 2) > 0.5)).astype(np.float32), 0.0)
    for _ in range(int(rng.integers(1, 4))):
        t = np.linspace(0, 2 * np.pi, 40)
        radius = (1 + 0.3 * np.sin(t * rng.integers(2, 5) + rng.uniform(0, 6))) * min(size) * rng.uniform(0.15, 0.35)
        corners = np.stack([np.cos(t), 1.3 * np.sin(t)], axis=1) * radius[:, None] + rng.random(2) * (width, height)
        _paint(panel, polygon(size, corners), rng.random(3) if colour else float(rng.choice([0.0, 1.0, 0.7])))
        mask = np.zeros(size, np.uint8)
        _lines(mask, corners, 2, closed=True)
        _paint(panel, mask.astype(np.float32) / 255, 0.0)
    if rng.random() < 0.8:
        text = printed(str(rng.choice(_SPEECH)), max(10, int(min(size) * rng.uniform(0.07, 0.12))))
        middle = np.array([rng.uniform(0.3, 0.7) * width, rng.uniform(0.2, 0.5) * height])
        t = np.linspace(0, 2 * np.pi, 50)
        balloon = np.stack([0.8 * text.shape[1] * np.cos(t), 1.1 * text.shape[0] * np.sin(t)], axis=1) + middle
        _paint(panel, polygon(size, balloon), 1.0)
        mask = np.zeros(size, np.uint8)
        _lines(mask, balloon, 2, closed=True)
        _paint(panel, mask.astype(np.float32) / 255, 0.0)
        _paint(panel, text, 0.0, int(middle[0] - text.shape[1] / 2), int(middle[1] - text.shape[0] / 2))
    panel[:3], panel[-3:], panel[:, :3], panel[:, -3:] = 0, 0, 0, 0


def map_(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A map: land, water and woods, contours, roads with pale cores, place names."""
    height, width = size
    canvas, heights = _blank(size, rng.uniform(0.8, 0.98, 3)), smooth_noise(rng, size, int(rng.integers(3, 6)))
    for level in np.linspace(0.3, 0.7, int(rng.integers(2, 6))):
        _paint(canvas, (heights > level).astype(np.float32), rng.uniform(0.6, 1.0, 3))
    _paint(canvas, (heights < rng.uniform(0.2, 0.35)).astype(np.float32), np.array([0.6, 0.78, 0.92]))
    for _ in range(int(rng.integers(3, 9))):
        points = np.cumsum(rng.normal(0, 0.15, (8, 2)), axis=0) * (width, height) + rng.random(2) * (width, height)
        thick = int(rng.integers(2, 7))
        for wide, shade in ((thick + 2, 0.5), (thick, rng.choice([1.0, 0.95]))):
            mask = np.zeros(size, np.uint8)
            _lines(mask, points, wide)
            _paint(canvas, mask.astype(np.float32) / 255, np.array([shade, shade, shade * 0.9]))
    for _ in range(int(rng.integers(5, 18))):
        tall = max(9, int(height * rng.uniform(0.018, 0.045)))
        name = _text(rng, tall, str(rng.choice(_LABELS)))
        name = rotated(name, float(rng.uniform(-30, 30))) if rng.random() < 0.3 else name
        _paint(
            canvas, name, rng.uniform(0, 0.4, 3), int(rng.uniform(0, 0.9) * width), int(rng.uniform(0, 0.95) * height)
        )
    return canvas


def diagram(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Boxes with labels and arrows between them, or a chart with bars, lines, grid and legend."""
    height, width = size
    canvas, unit = _blank(size, rng.choice([1.0, 1.0, 0.97, 0.1])), max(11, int(height * rng.uniform(0.022, 0.032)))
    ink = 0.9 if canvas[0, 0, 0] < 0.5 else 0.15
    mask = np.zeros(size, np.uint8)
    if rng.random() < 0.5:
        centres = [
            (rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.9) * height) for _ in range(int(rng.integers(4, 10)))
        ]
        for a, b in pairwise(centres):
            cv2.arrowedLine(mask, tuple(map(int, a)), tuple(map(int, b)), 255, 2, cv2.LINE_AA, tipLength=0.04)
        _paint(canvas, mask.astype(np.float32) / 255, ink)
        for x, y in centres:
            label, fill = printed(str(rng.choice(_LABELS)), unit), rng.uniform(0.5, 1, 3)
            wide, tall = label.shape[1] + 2 * unit, 3 * unit
            box = np.array([[-wide, -tall], [wide, -tall], [wide, tall], [-wide, tall]]) / 2 + np.array([x, y])
            _paint(canvas, polygon(size, box), ink)
            _paint(canvas, polygon(size, box + np.sign(np.array([x, y]) - box) * 2), fill)
            _paint(canvas, label, 0.1, int(x - label.shape[1] / 2), int(y - label.shape[0] / 2))
        return canvas
    left, bottom = int(0.12 * width), int(0.88 * height)
    for number in range(6):
        y = bottom - int(number * 0.14 * height)
        canvas[y, left:] = 0.5 * canvas[y, left:] + 0.5 * (1 - ink)
        _paint(canvas, printed(str(20 * number), unit), ink, left - 3 * unit, y - unit // 2)
    for number in range(bars := int(rng.integers(4, 12))):
        step = (width - left) // bars
        x, top = left + number * step, bottom - int(rng.uniform(0.1, 0.75) * height)
        canvas[top:bottom, x + step // 6 : x + step - step // 6] = (
            rng.random(3) if rng.random() < 0.3 else (0.3, 0.5, 0.8)
        )
    points = np.stack([np.linspace(left, width, 12), bottom - rng.uniform(0.1, 0.7, 12) * height], axis=1)
    _lines(mask, points, 3)
    _paint(canvas, mask.astype(np.float32) / 255, rng.random(3))
    _paint(canvas, printed("Sales of " + str(rng.choice(_LABELS)), int(1.5 * unit)), ink, left, unit)
    return canvas


def line_art(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Ink or pencil lines on paper: curves, hatching, shapes, sometimes a signature."""
    height, width = size
    canvas, mask = _paper(rng, size), np.zeros(size, np.uint8)
    for _ in range(int(rng.integers(8, 30))):
        t = np.linspace(0, 1, 30)[:, None]
        p = rng.random((4, 2)) * (width, height) * 0.6 + rng.random(2) * (width, height) * 0.4
        curve = (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]
        _lines(mask, curve, int(rng.integers(1, 5)))
    for _ in range(int(rng.integers(0, 6))):
        corners = star(int(rng.integers(3, 9)), float(rng.uniform(0.4, 1)), height * float(rng.uniform(0.05, 0.2)))
        corners = corners + rng.random(2) * (width, height)
        _lines(mask, corners, 2, closed=True)
        hatch = np.zeros(size, np.uint8)
        for x in range(0, width + height, int(rng.integers(6, 14))):
            cv2.line(hatch, (x, 0), (x - height, height), 255, 1, cv2.LINE_AA)
        mask = np.maximum(mask, (hatch * polygon(size, corners)).astype(np.uint8))
    _paint(canvas, mask.astype(np.float32) / 255, rng.uniform(0, 0.35))
    return canvas


def icons(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A sheet of flat icons with names, or a poster of flat shapes with a large title."""
    height, width = size
    canvas, cell = _blank(size, rng.uniform(0.75, 1.0, 3)), int(height * rng.uniform(0.15, 0.3))
    for y in range(cell // 2, height, cell):
        for x in range(cell // 2, width, cell):
            radius = 0.33 * cell
            outer = star(int(rng.integers(2, 12)), float(rng.uniform(0.5, 1)), radius)
            _paint(canvas, polygon(size, outer + np.array([x, y])), rng.random(3))
            _paint(canvas, polygon(size, outer * rng.uniform(0.3, 0.7) + np.array([x, y])), rng.random(3))
            name = printed(str(rng.choice(_LABELS)), max(9, cell // 9))
            _paint(canvas, name, 0.2, x - name.shape[1] // 2, y + int(0.36 * cell))
    return canvas


DRAWINGS: dict[str, _Draw] = {
    "page": page, "screen": screen, "pixel-art": pixel_art, "comic": comic, "map": map_, "diagram": diagram,
    "line-art": line_art, "icons": icons,
}  # fmt: skip
"""The rows of the set, each with what draws it."""


def drawing(rng: np.random.Generator, row: str, size: tuple[int, int]) -> np.ndarray:
    """One picture of a row of DRAWINGS, uint8 H x W x 3; four of ten were saved as JPEG."""
    pixels = (np.clip(DRAWINGS[row](rng, size), 0, 1) * 255 + 0.5).astype(np.uint8)
    if rng.random() < 0.4:
        _, stored = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 96))])
        pixels = np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR))
    return pixels
