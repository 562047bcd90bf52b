"""Tiles of a recipe at every power-of-two reduction: made by threads, kept in a cache, drafts first.

A draft of a reduced tile takes every n-th pixel: there at once at any size. The exact reduction follows when nothing
else is wanted. At 100 % and above there are no drafts. Knows nothing of widgets or zoom.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from PyQt6.QtCore import QObject, QRect, pyqtSignal
from PyQt6.QtGui import QColorSpace, QColorTransform, QImage

from .compose import Recipe, pixels_of, premultiplied, reduced

__all__ = ["TILE", "Place", "Renderer", "Tile", "display_transform", "image_of"]

log = logging.getLogger(__name__)
TILE = 256
"""Side of a tile in its own pixels."""

CACHE_BYTES = 384 << 20
TILE_BYTES = TILE * TILE * 4


class Place(NamedTuple):
    """One tile: the picture at 1 / 2**level, cut into squares of TILE."""

    level: int
    column: int
    row: int

    def rect(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """x, y, width, height in pixels of the picture of this size."""
        side = TILE << self.level
        x, y = self.column * side, self.row * side
        return x, y, min(side, size[0] - x), min(side, size[1] - y)


@dataclass(eq=False)
class Tile:
    """final: not a draft.   stale: pixels changed since; still better than nothing.."""

    image: QImage
    final: bool
    stale: bool = False


class Wish(NamedTuple):
    """A tile that is needed. transform: to the screen's colours; the same for all tiles of a document.

    rough: a draft is good enough.
    """

    recipe: Recipe
    place: Place
    transform: QColorTransform
    rough: bool = False


class Renderer(QObject):
    """Makes the tiles that were last wished for, nearest the front of the list first."""

    arrived = pyqtSignal()
    """A tile is there that was not, or is better than it was. Comes from a thread."""

    def __init__(self, threads: int = 2) -> None:
        super().__init__()
        self._lock = threading.Condition()
        self._tiles: OrderedDict[tuple[Any, Place], Tile] = OrderedDict()
        self._wishes: list[Wish] = []
        self._busy: set[tuple[Any, Place]] = set()
        self._epoch = 0
        self._changes: list[tuple[int, int, QRect]] = []
        self._ended = False
        self._threads = [threading.Thread(target=self._work, daemon=True, name=f"tiles-{n}") for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def wish(self, wishes: Sequence[Wish]) -> None:
        """What is needed now, most wanted first; replaces the wishes before."""
        with self._lock:
            self._wishes = list(wishes)
            self._lock.notify_all()

    def tile(self, recipe: Recipe, place: Place) -> Tile | None:
        with self._lock:
            found = self._tiles.get((recipe.key, place))
            if found is not None:
                self._tiles.move_to_end((recipe.key, place))
            return found

    def invalidate(self, document: int, rect: QRect, size: tuple[int, int]) -> None:
        """Pixels of a document (its key and size) changed in place inside `rect`: the tiles there are stale."""
        with self._lock:
            self._epoch += 1
            self._changes = [*self._changes[-255:], (self._epoch, document, rect)]
            for (recipe, place), tile in self._tiles.items():
                if recipe[0] == document and rect.intersects(QRect(*place.rect(size))):
                    tile.stale = True
            self._lock.notify_all()

    def clear(self, document: int | None = None) -> None:
        """Forget the tiles of one document (its key), or all."""
        with self._lock:
            for key in [key for key in self._tiles if document in (None, key[0][0])]:
                del self._tiles[key]

    @property
    def settled(self) -> bool:
        """Whether all that was wished for is there in its final form."""
        with self._lock:
            return not self._busy and self._next() is None

    def close(self) -> None:
        with self._lock:
            self._ended = True
            self._lock.notify_all()
        for thread in self._threads:
            thread.join(5)

    # The threads

    def _next(self) -> tuple[Wish, bool] | None:
        """The next wish, and whether as a draft. Drafts of everything go before the first exact reduction."""
        exact: Wish | None = None
        for wish in self._wishes:
            key = (wish.recipe.key, wish.place)
            if key in self._busy:
                continue
            tile = self._tiles.get(key)
            if tile is None or (tile.stale and not tile.final):
                return wish, wish.place.level > 0
            if exact is None and (tile.stale or not (tile.final or wish.rough)):
                exact = wish
        return None if exact is None else (exact, False)

    def _work(self) -> None:
        while True:
            with self._lock:
                while not self._ended and (found := self._next()) is None:
                    self._lock.wait()
                if self._ended:
                    return
                wish, draft = found
                key = (wish.recipe.key, wish.place)
                self._busy.add(key)
                epoch = self._epoch
            try:
                image = _draw(wish, draft)
            except Exception:  # too little memory, most likely: an empty tile, and the thread goes on
                log.exception("a tile could not be drawn")
                image = QImage(TILE, TILE, QImage.Format.Format_ARGB32_Premultiplied)
                image.fill(0)
            finally:
                with self._lock:
                    self._busy.discard(key)
            with self._lock:
                if not self._outdated(wish, epoch):
                    self._keep(key, Tile(image, final=not draft))
                self._lock.notify_all()
            self.arrived.emit()

    def _outdated(self, wish: Wish, epoch: int) -> bool:
        rect = QRect(*wish.place.rect(wish.recipe.size))
        document = wish.recipe.key[0]
        return any(
            when > epoch and whose == document and change.intersects(rect) for when, whose, change in self._changes
        )

    def _keep(self, key: tuple[Any, Place], tile: Tile) -> None:
        self._tiles[key] = tile
        self._tiles.move_to_end(key)
        wanted = {(wish.recipe.key, wish.place) for wish in self._wishes}
        while len(self._tiles) * TILE_BYTES > CACHE_BYTES:
            oldest = next(iter(self._tiles))
            if oldest in wanted:
                break
            del self._tiles[oldest]


def _draw(wish: Wish, draft: bool) -> QImage:
    recipe, place = wish.recipe, wish.place
    rect = place.rect(recipe.size)
    step = 1 << place.level
    pixels = premultiplied(pixels_of(recipe, rect, step)) if draft else reduced(recipe, rect, step)
    return image_of(pixels, wish.transform)


def image_of(pixels: np.ndarray, transform: QColorTransform | None = None) -> QImage:
    """A picture for the screen, H x W x 3|4 of uint8 or uint16, colours premultiplied where there are 4."""
    height, width, channels = pixels.shape
    wide = pixels.dtype == np.uint16
    if channels == 4:
        form = QImage.Format.Format_RGBA64_Premultiplied if wide else QImage.Format.Format_RGBA8888_Premultiplied
        samples = np.ascontiguousarray(pixels)
    else:
        form = QImage.Format.Format_RGBX64 if wide else QImage.Format.Format_RGBX8888
        samples = np.full((height, width, 4), np.iinfo(pixels.dtype).max, pixels.dtype)
        samples[..., :3] = pixels
    image = QImage(samples.data, width, height, width * 4 * samples.itemsize, form)  # type: ignore[arg-type]
    if transform is not None and not transform.isIdentity():
        image = image.copy()
        image.applyColorTransform(transform)
    fast = QImage.Format.Format_ARGB32_Premultiplied if channels == 4 else QImage.Format.Format_RGB32
    return image.convertToFormat(fast)  # never the format of `samples`, so this is a copy


def display_transform(icc: bytes | None, screen: bytes | None = None) -> QColorTransform:
    """From a document's profile to the screen's; identity where the document has none or Qt cannot read it.

    screen: the screen's ICC profile; None = sRGB.
    """
    if icc is None:
        return QColorTransform()
    source = QColorSpace.fromIccProfile(icc)
    target = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    if screen is not None and QColorSpace.fromIccProfile(screen).isValid():
        target = QColorSpace.fromIccProfile(screen)
    return source.transformationToColorSpace(target) if source.isValid() else QColorTransform()
