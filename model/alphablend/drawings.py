"""Pictures that are no photographs: pages, screenshots, comics, maps, charts, icon sheets, of our shapes and fonts.

A network trained on photographs alone takes the letters of a page for a watermark. Drawn on the host when a varied
source is loaded. Knows nothing of overlays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from .glyphs import Atlas, set_line, write_words
from .pack import Pack, PackedPhoto

__all__ = ["DRAWINGS", "drawings"]

SIDE = (480, 640)


def _colour(rng: np.random.Generator, low: int = 0, high: int = 256) -> tuple[int, ...]:
    return tuple(int(x) for x in rng.integers(low, high, 3))


def _canvas(rng: np.random.Generator, low: int = 0, high: int = 256) -> np.ndarray:
    return np.full((*SIDE, 3), _colour(rng, low, high), np.uint8)


def _write(
    canvas: np.ndarray, rng: np.random.Generator, atlas: Atlas, x: int, y: int, height: int, ink: tuple[int, ...]
) -> int:
    """One line of words at x, y; gives the x where it ends."""
    line = set_line(atlas, write_words(rng, atlas)).astype(np.uint8) * 255
    width = max(2, round(line.shape[1] * height / line.shape[0]))
    line = cv2.resize(line, (width, height), interpolation=cv2.INTER_AREA)[:, : max(0, canvas.shape[1] - x)]
    part = canvas[y : y + height, x : x + line.shape[1]]
    alpha = line[: part.shape[0], :, None] / 255
    part[:] = (part * (1 - alpha) + np.array(ink) * alpha).astype(np.uint8)
    return x + width


def _paste(canvas: np.ndarray, sprite: np.ndarray, x: int, y: int, side: int) -> None:
    sprite = cv2.resize(sprite, (side, side), interpolation=cv2.INTER_AREA)
    part = canvas[y : y + side, x : x + side]
    cut = sprite[: part.shape[0], : part.shape[1]]
    alpha = cut[..., 3:] / 255
    part[:] = (part * (1 - alpha) + cut[..., :3] * alpha).astype(np.uint8)


def _page(rng: np.random.Generator, pack: Pack, atlas: Atlas) -> np.ndarray:
    """A printed page: columns of lines, a title, perhaps a yellowed scan."""
    canvas = _canvas(rng, 225, 256)
    ink, height, columns = _colour(rng, 0, 80), int(rng.integers(10, 26)), int(rng.integers(1, 4))
    _write(canvas, rng, atlas, 24, 10, 2 * height, ink)
    for column in range(columns):
        left = 24 + column * (SIDE[1] - 40) // columns
        for y in range(3 * height, SIDE[0] - height, round(1.35 * height)):
            x, end = left, 16 + (column + 1) * (SIDE[1] - 40) // columns
            if rng.random() < 0.1:
                continue
            while x < end - 4 * height:
                x = _write(canvas[:, :end], rng, atlas, x, y, height, ink) + height // 2
    if rng.random() < 0.5:
        shade = cv2.GaussianBlur(rng.normal(0, 40, SIDE), (0, 0), 60)[..., None] * 3
        grain = rng.normal(0, rng.uniform(0, 6), SIDE)[..., None]
        canvas = (canvas + shade + grain).clip(0, 255).astype(np.uint8)
    return canvas


def _screenshot(rng: np.random.Generator, pack: Pack, atlas: Atlas) -> np.ndarray:
    """Windows with a title, a list, buttons and icons; light or dark."""
    dark = rng.random() < 0.4
    canvas = _canvas(rng)
    for _ in range(rng.integers(1, 4)):
        x, y = int(rng.integers(0, SIDE[1] // 2)), int(rng.integers(0, SIDE[0] // 2))
        w, h = int(rng.integers(200, SIDE[1])), int(rng.integers(150, SIDE[0]))
        face, ink = (_colour(rng, 20, 70), (225,) * 3) if dark else (_colour(rng, 225, 256), _colour(rng, 0, 70))
        cv2.rectangle(canvas, (x, y), (x + w, y + h), face, -1)
        cv2.rectangle(canvas, (x, y), (x + w, y + 26), _colour(rng), -1)
        _write(canvas[:, : x + w], rng, atlas, x + 8, y + 4, 18, (250,) * 3)
        row = int(rng.integers(18, 34))
        for line in range(y + 34, min(y + h, SIDE[0]) - row, row):
            if pack.sprites and rng.random() < 0.4:
                _paste(canvas, pack.sprites[rng.integers(len(pack.sprites))], x + 8, line, row - 4)
            _write(canvas[:, : x + w], rng, atlas, x + row + 12, line, row - 6, ink)
            if rng.random() < 0.2:
                left = x + w - 90
                cv2.rectangle(canvas, (left, line), (left + 70, line + row - 6), _colour(rng), -1)
    return canvas


def _comic(rng: np.random.Generator, pack: Pack, atlas: Atlas) -> np.ndarray:
    """Panels of flat colour with outlined figures, halftone and speech."""
    canvas = _canvas(rng, 235, 256)
    rows, columns = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    for number in range(rows * columns):
        top, left = number // columns * SIDE[0] // rows + 6, number % columns * SIDE[1] // columns + 6
        panel = canvas[top : top + SIDE[0] // rows - 12, left : left + SIDE[1] // columns - 12]
        panel[:] = _colour(rng, 60)
        if rng.random() < 0.4:
            y, x = np.mgrid[: panel.shape[0], : panel.shape[1]]
            step = rng.uniform(5, 11)
            dots = (np.sin(x * 2 * np.pi / step) + np.sin(y * 2 * np.pi / step)) > rng.uniform(-0.5, 1)
            panel[dots] = _colour(rng)
        for _ in range(rng.integers(1, 6)):
            centre = (int(rng.integers(panel.shape[1])), int(rng.integers(panel.shape[0])))
            axes = (int(rng.integers(10, 90)), int(rng.integers(10, 90)))
            for face, width in ((_colour(rng), -1), ((0, 0, 0), int(rng.integers(2, 5)))):
                cv2.ellipse(panel, centre, axes, float(rng.uniform(0, 180)), 0, 360, face, width, cv2.LINE_AA)
        if pack.sprites:
            side = int(rng.integers(40, 120))
            _paste(panel, pack.sprites[rng.integers(len(pack.sprites))], 10, 10, side)
        if rng.random() < 0.6:
            cv2.ellipse(panel, (panel.shape[1] // 2, 24), (panel.shape[1] // 2 - 8, 20), 0, 0, 360, (255,) * 3, -1)
            _write(panel, rng, atlas, 24, 14, 18, (0, 0, 0))
        cv2.rectangle(canvas, (left, top), (left + panel.shape[1], top + panel.shape[0]), (0, 0, 0), 3)
    return canvas


def _map(rng: np.random.Generator, pack: Pack, atlas: Atlas) -> np.ndarray:
    """Areas, contours, roads and names."""
    field = cv2.GaussianBlur(rng.normal(0, 1, SIDE), (0, 0), float(rng.uniform(20, 60)))
    bands = np.digitize(field, np.quantile(field, np.linspace(0.15, 0.9, 5)))
    palette = np.array([_colour(rng, 120) for _ in range(6)], np.uint8)
    canvas = np.ascontiguousarray(palette[bands])
    if rng.random() < 0.6:
        edges = (np.diff(bands, axis=0, prepend=bands[:1]) != 0) | (np.diff(bands, axis=1, prepend=bands[:, :1]) != 0)
        canvas[edges] = _colour(rng, 0, 120)
    for _ in range(rng.integers(3, 14)):
        points = rng.integers(0, SIDE[1], (int(rng.integers(3, 7)), 1, 2)).astype(np.int32)
        width = int(rng.integers(1, 7))
        cv2.polylines(canvas, [points], False, (90, 90, 90), width + 2, cv2.LINE_AA)
        cv2.polylines(canvas, [points], False, _colour(rng, 150), width, cv2.LINE_AA)
    for _ in range(rng.integers(4, 16)):
        x, y = int(rng.integers(SIDE[1] - 80)), int(rng.integers(SIDE[0] - 24))
        _write(canvas, rng, atlas, x, y, int(rng.integers(10, 24)), _colour(rng, 0, 90))
    return canvas


def _sheet(rng: np.random.Generator, pack: Pack, atlas: Atlas) -> np.ndarray:
    """Icons and sprites in rows, with or without their names."""
    canvas, side = _canvas(rng), int(rng.integers(32, 110))
    for y in range(8, SIDE[0] - side, side + 26):
        for x in range(8, SIDE[1] - side, side + 14):
            if pack.sprites and rng.random() < 0.6:
                _paste(canvas, pack.sprites[rng.integers(len(pack.sprites))], x, y, side)
            elif pack.icons:
                ink = pack.icons[rng.integers(len(pack.icons))].astype(np.uint8) * 255
                solid = np.broadcast_to(np.array(_colour(rng), np.uint8), (*ink.shape, 3))
                _paste(canvas, np.dstack([solid, ink]), x, y, side)
            _write(canvas[:, : x + side], rng, atlas, x, y + side + 4, 14, _colour(rng, 0, 120))
    return canvas


def _chart(rng: np.random.Generator, pack: Pack, atlas: Atlas) -> np.ndarray:
    """Axes, grid, bars, lines and labels."""
    canvas = _canvas(rng, 235, 256) if rng.random() < 0.7 else _canvas(rng, 10, 60)
    ink = (40, 40, 40) if canvas.mean() > 128 else (220, 220, 220)
    for y in range(40, SIDE[0], 50):
        cv2.line(canvas, (50, y), (SIDE[1] - 20, y), (160, 160, 160), 1)
        _write(canvas[:, :48], rng, atlas, 2, y - 8, 14, ink)
    bars = int(rng.integers(4, 14))
    for bar in range(bars):
        left = 60 + bar * (SIDE[1] - 90) // bars
        top = int(rng.integers(60, SIDE[0] - 50))
        cv2.rectangle(canvas, (left, top), (left + 300 // bars, SIDE[0] - 40), _colour(rng), -1)
    for _ in range(rng.integers(1, 4)):
        heights = rng.integers(50, SIDE[0] - 60, 12)
        points = np.stack([np.linspace(60, SIDE[1] - 30, 12), heights], 1).astype(np.int32)[:, None]
        cv2.polylines(canvas, [points], False, _colour(rng), int(rng.integers(1, 5)), cv2.LINE_AA)
    _write(canvas, rng, atlas, 80, 6, int(rng.integers(16, 30)), ink)
    return canvas


DRAWINGS: dict[str, Callable[[np.random.Generator, Pack, Atlas], np.ndarray]] = {
    "page": _page,
    "screenshot": _screenshot,
    "comic": _comic,
    "map": _map,
    "sheet": _sheet,
    "chart": _chart,
}
"""What can be drawn: (rng, pack, font) -> uint8, 480 x 640 x 3."""


def drawings(pack: Pack, count: int, seed: int) -> Sequence[PackedPhoto]:
    """`count` drawings, each sort in turn, with this split's fonts, icons and sprites; the same for the same seed."""
    drawn = []
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        name = list(DRAWINGS)[number % len(DRAWINGS)]
        atlas = pack.atlases[rng.integers(len(pack.atlases))]
        drawn.append(PackedPhoto(f"drawing/{name}/{number}", DRAWINGS[name](rng, pack, atlas), "ours", "own"))
    return drawn
