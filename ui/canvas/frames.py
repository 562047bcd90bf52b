"""One frame of one recipe: draws the tiles that are there, and says which would be needed.

What is missing is drawn from what comes nearest to it: what was shown before, or a coarser tile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log2

from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QBrush, QColorTransform, QImage, QPainter

from .compose import Recipe
from .tiles import TILE, Place, Renderer, Wish
from .viewport import Viewport

__all__ = ["Frame", "draw_recipe"]

LARGEST_LEVEL = 8


@dataclass(frozen=True, eq=False)
class Frame:
    """part: what of the widget is drawn, in screen pixels.   checks: under transparent pixels.   transform: colours."""

    viewport: Viewport
    part: QRectF
    checks: QBrush
    transform: QColorTransform


def draw_recipe(
    painter: QPainter, renderer: Renderer, recipe: Recipe, before: Sequence[Recipe], frame: Frame
) -> list[Wish]:
    """Draw in screen pixels. before: recipes shown until now, to draw from while tiles are missing.

    Returns the tiles that the frame needs, the middle first, then those around it, for which drafts will do.
    """
    scale = frame.viewport.scale
    level = min(LARGEST_LEVEL, max(0, floor(log2(1 / scale) + 1e-9)))
    side = TILE << level
    width, height = recipe.size
    corner = (frame.part.topLeft() - frame.viewport.origin) / scale
    seen = QRectF(corner, frame.part.size() / scale) & QRectF(0, 0, width, height)
    if seen.isEmpty():
        return []
    columns = range(int(seen.left()) // side, int((seen.right() - 1e-6) // side) + 1)
    rows = range(int(seen.top()) // side, int((seen.bottom() - 1e-6) // side) + 1)
    places = [Place(level, column, row) for row in rows for column in columns]
    similar = [recipe, *(old for old in before if old.key[0] == recipe.key[0])]
    for place in places:
        _draw_place(painter, renderer, similar, place, frame)
    middle = QPointF((columns[0] + columns[-1]) / 2, (rows[0] + rows[-1]) / 2)
    places.sort(key=lambda place: abs(place.column - middle.x()) + abs(place.row - middle.y()))
    around = _around(columns, rows, ((width - 1) // side, (height - 1) // side))
    wishes = [Wish(recipe, place, frame.transform) for place in places]
    return wishes + [Wish(recipe, Place(level, c, r), frame.transform, rough=True) for c, r in around]


def _around(columns: range, rows: range, last: tuple[int, int]) -> list[tuple[int, int]]:
    """The ring of tiles outside the seen ones, as far as the picture goes."""
    wide = range(max(0, columns[0] - 1), min(last[0], columns[-1] + 1) + 1)
    tall = range(max(0, rows[0] - 1), min(last[1], rows[-1] + 1) + 1)
    return [(c, r) for r in tall for c in wide if c not in columns or r not in rows]


def _draw_place(painter: QPainter, renderer: Renderer, similar: list[Recipe], place: Place, frame: Frame) -> None:
    x, y, w, h = place.rect(similar[0].size)
    scale, origin = frame.viewport.scale, frame.viewport.origin
    target = QRectF(origin.x() + x * scale, origin.y() + y * scale, w * scale, h * scale)
    image, source = _nearest(renderer, similar, place)
    if image is None or image.hasAlphaChannel():
        painter.fillRect(target, frame.checks)
    if image is not None:
        painter.drawImage(target, image, source)


def _nearest(renderer: Renderer, similar: list[Recipe], place: Place) -> tuple[QImage | None, QRectF]:
    """The tile, or what comes nearest to it, and which part of that to draw."""
    size = similar[0].size
    x, y, w, h = place.rect(size)
    for up in range(LARGEST_LEVEL + 1 - place.level):
        wider = Place(place.level + up, place.column >> up, place.row >> up)
        for recipe in similar:
            tile = renderer.tile(recipe, wider)
            if tile is not None:
                step = 1 << wider.level
                left, top, _, _ = wider.rect(size)
                return tile.image, QRectF((x - left) / step, (y - top) / step, w / step, h / step)
    return None, QRectF()
