"""Differences of pixels across the edges of placed overlays: what the picture says about how they were drawn.

A contrast is a difference of two pixels, or of one pixel and the mean of its two neighbours, which a smooth backdrop
keeps smaller.

Only the tiles with most edges are looked at, so that the work does not grow with the picture. Knows nothing of opacity
or blend types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from ..types import Box
from .chroma import MARGIN, halve, with_halved_luma
from .drawing import Drawing, Renderer
from .template import Pose, render, unit

__all__ = ["Evidence", "gather"]


TILE, TILES = 64, 12
"""Side of a tile, and how many are looked at."""

MOST_CONTRASTS = 10_000

EDGE = 0.02
"""Difference in alpha or colour between the pixels of a contrast."""

STEP = 0.05
"""Pixels by which a parameter is moved to see how the drawn overlay changes."""

KINDS = ((1, False), (2, False), (4, False), (6, False), (1, True))
"""Distance between pixels, and whether there are three of them."""

NEAREST = len(KINDS) - 1

FAR = 4
"""Distance from which colours are compared too: JPEG and resizing smear them, brightness less."""

BURNT = 6 / 255
"""How close to black or white a pixel of a JPEG may be burnt out."""

SHARES = 8
"""Contrasts of typical scale that join each cell's own."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """n contrasts: at[k], k = 0..2, are the indices of their pixels among those of all tiles.

    pixels: 2N x 3, 0..1, of all tiles: as they are, then at half resolution, as colours mostly are already. picture:
    3 x n x 3, those of the contrasts. factor: 3 x n x 1, their factors in the contrast; sum 0. middle: 3 x n x 1, their
    factors in the mean of the backdrop around it; sum 1. colours: n, bool: they are compared too. place: n, index of
    the pose. cell: n, index of the neighbourhood: contrasts of one cell count as one witness. kind: n, index into
    KINDS. boxes: (place, box) of each tile.
    """

    renderer: Renderer
    boxes: tuple[tuple[int, Box], ...]
    pixels: np.ndarray
    at: np.ndarray
    place: np.ndarray
    cell: np.ndarray
    kind: np.ndarray
    colours: np.ndarray

    @cached_property
    def picture(self) -> np.ndarray:
        return self.pixels[self.at]

    @cached_property
    def factor(self) -> np.ndarray:
        three = np.array([three for _, three in KINDS])[self.kind]
        return np.where(three, np.array([[-0.5], [1], [-0.5]]), np.array([[-1], [1], [0]])).astype(np.float32)[
            ..., None
        ]

    @cached_property
    def middle(self) -> np.ndarray:
        three = np.array([three for _, three in KINDS])[self.kind]
        value = np.where(three, np.array([[0.5], [0], [0.5]]), np.array([[0.5], [0.5], [0]]))
        return value.astype(np.float32)[..., None]

    def __len__(self) -> int:
        return len(self.kind)

    def sparse(self, count: int) -> Evidence:
        """Every so many of the contrasts, about `count`."""
        return self._only(np.s_[:: max(1, len(self) // count)])

    def pairs(self) -> Evidence:
        """The contrasts of two pixels alone; near ones without their colours."""
        out = self._only(self.kind != NEAREST)
        reach = np.array([reach for reach, _ in KINDS])[out.kind]
        return replace(out, colours=reach >= FAR)

    def halved(self) -> Evidence:
        """The contrasts of two pixels, with their colours, at half resolution: of planes and picture alike.

        JPEG changes them least, and how far it stored colours at half resolution does not matter.
        """
        out = self._only(self.kind != NEAREST)
        # Beside burnt out pixels JPEG hides that they are.
        sound = np.asarray(((out.picture > BURNT) & (out.picture < 1 - BURNT)).all(axis=(0, 2)))
        if np.count_nonzero(sound) > 0.1 * len(out):
            out = out._only(sound)
        return replace(out, at=out.at + len(self.pixels) // 2)

    def nearest(self) -> Evidence:
        """The contrasts of three adjacent pixels alone.

        They hold least of the backdrop, where the picture is as sharp as it was drawn.
        """
        return self._only(self.kind == NEAREST)

    def _only(self, chosen: np.ndarray | slice) -> Evidence:
        return Evidence(
            self.renderer,
            self.boxes,
            self.pixels,
            self.at[:, chosen],
            self.place[chosen],
            self.cell[chosen],
            self.kind[chosen],
            self.colours[chosen],
        )

    def planes(self, poses: Sequence[Pose], drawing: Drawing) -> np.ndarray:
        """3 x n x 4: the drawn overlay at the pixels of the contrasts."""
        if not self._smooth:
            drawn = [self.renderer.draw(poses[place], box, drawing).reshape(-1, 4) for place, box in self.boxes]
            return np.concatenate(drawn)[self.at]
        around = [self.renderer.draw(poses[place], _grown(box), drawing) for place, box in self.boxes]
        inner = np.s_[MARGIN:-MARGIN, MARGIN:-MARGIN]
        sharp = [planes[inner].reshape(-1, 4) for planes in around]
        smooth = [halve(planes, box).reshape(-1, 4) for planes, (_, box) in zip(around, self.boxes, strict=True)]
        return np.concatenate(sharp + smooth)[self.at]

    @cached_property
    def _smooth(self) -> bool:
        return len(self) > 0 and int(self.at.max()) >= len(self.pixels) // 2

    def shifted(self, poses: Sequence[Pose], drawing: Drawing, free: int = 2) -> Iterator[tuple[np.ndarray, float]]:
        """(planes, step) after a small change of the first `free` of: x, y, scale, angle."""
        for k in range(free):
            change = np.zeros(4)
            change[k] = STEP
            yield self.planes([self._pose(pose, change) for pose in poses], drawing), STEP

    def moved(self, poses: Sequence[Pose], drawing: Drawing) -> Iterator[tuple[np.ndarray, float]]:
        """(planes, step) after a small change of: x, y, scale, angle, variance of the blur."""
        yield from self.shifted(poses, drawing, 4)
        yield self.planes(poses, replace(drawing, variance=drawing.variance + STEP)), STEP

    def changed(self, poses: Sequence[Pose], drawing: Drawing, change: np.ndarray) -> tuple[tuple[Pose, ...], Drawing]:
        """change: x of every place, y of every place, scale, angle, variance; pixels."""
        n = len(poses)
        out = [
            self._pose(pose, np.array([change[k], change[n + k], *change[2 * n : 2 * n + 2]]))
            for k, pose in enumerate(poses)
        ]
        variance = float(np.clip(drawing.variance + change[2 * n + 2], -0.8, 2.5))
        return tuple(out), replace(drawing, variance=variance)

    def _pose(self, pose: Pose, by: np.ndarray) -> Pose:
        """by: pixels in x, in y, of radius, along the circle, at the template's mean radius."""
        w, h = self.renderer.template.size
        arm = ((w * w + h * h) / 12) ** 0.5 * pose.scale
        return Pose(pose.x + by[0], pose.y + by[1], pose.scale * (1 + by[2] / arm), pose.angle + by[3] / arm)

    def scale(self, sizes: np.ndarray) -> np.ndarray:
        """n x 3: typical size of the values of each cell, from `sizes` (n x 3, not negative)."""
        out = np.empty_like(sizes)
        for k in range(sizes.shape[1]):
            chosen = np.ones(len(sizes), bool) if k == 0 or not self.colours.any() else self.colours
            typical = float(np.median(sizes[chosen, k])) + 1e-4
            # A mean of capped sizes: nearly as robust as the median of each cell, and one pass.
            capped = np.minimum(sizes[:, k], 4 * typical) * chosen
            total, own = np.bincount(self.cell, capped), np.bincount(self.cell, chosen)
            out[:, k] = ((total + SHARES * typical) / (own + SHARES))[self.cell]
        return out.astype(np.float32)


def gather(
    renderer: Renderer, picture: np.ndarray, poses: Sequence[Pose], tiles: int = TILES, most: int = MOST_CONTRASTS
) -> Evidence:
    """At most `most` contrasts of two pixels, and as many of three, from the best `tiles` tiles.

    poses: of overlays that no others cover.

    picture: H x W x 3 as for `unit`.
    """
    rng = np.random.default_rng(0)
    boxes = _tiles(renderer, picture.shape[1::-1], poses, tiles)
    sharp, smooth, indices, places, cells, kinds = [], [], [], [], [], []
    start = 0
    for number, (place, box) in enumerate(boxes):
        around = _crop(picture, _grown(box))
        crop = np.ascontiguousarray(around[MARGIN:-MARGIN, MARGIN:-MARGIN])
        at, cell, kind = _contrasts(renderer.draw(poses[place], box, Drawing()), crop)
        sharp.append(crop.reshape(-1, 3))
        smooth.append(with_halved_luma(around, box).reshape(-1, 3))
        indices.append(at + start)
        places.append(np.full(len(kind), place))
        cells.append(cell + number * 16)
        kinds.append(kind)
        start += box[2] * box[3]
    at, kind = np.concatenate(indices, axis=1), np.concatenate(kinds)
    near = np.flatnonzero(kind == NEAREST)
    chosen = np.sort(np.concatenate([_some(near, most, rng), _some(np.flatnonzero(kind != NEAREST), most, rng)]))
    return Evidence(
        renderer,
        tuple(boxes),
        np.concatenate(sharp + smooth),
        at,
        np.concatenate(places),
        np.concatenate(cells),
        kind,
        np.ones(len(kind), bool),
    )._only(chosen)


def _grown(box: Box) -> Box:
    x, y, w, h = box
    return x - MARGIN, y - MARGIN, w + 2 * MARGIN, h + 2 * MARGIN


def _crop(picture: np.ndarray, box: Box) -> np.ndarray:
    """float32 h x w x 3 of a rectangle that may reach beyond the picture: there its border is repeated."""
    x, y, w, h = box
    height, width = picture.shape[:2]
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + w, width), min(y + h, height)
    inside = unit(picture[top:bottom, left:right])
    return cv2.copyMakeBorder(inside, top - y, y + h - bottom, left - x, x + w - right, cv2.BORDER_REPLICATE)


def _some(indices: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    return indices if len(indices) <= most else rng.choice(indices, most, replace=False)


def _tiles(renderer: Renderer, size: tuple[int, int], poses: Sequence[Pose], most: int) -> list[tuple[int, Box]]:
    """(place, box) of the tiles with most edges, at most `most`, but one of every place."""
    found: list[tuple[float, int, Box]] = []
    for place, pose in enumerate(poses):
        x, y, w, h = pose.box(renderer.template.size, size, 4)
        level = min(1.0, 512 / max(w, h, 1))
        small = max(4, round(w * level)), max(4, round(h * level))
        local = Pose((pose.x - x) * level, (pose.y - y) * level, pose.scale * level, pose.angle)
        drawn = render(renderer.template, local, (0, 0, *small))
        edges = np.abs(np.diff(drawn, axis=0, append=0)).sum(axis=-1) + np.abs(np.diff(drawn, axis=1, append=0)).sum(
            axis=-1
        )
        across, down = -(-w // TILE), -(-h // TILE)
        for i in range(down):
            for j in range(across):
                x0, x1, y0, y1 = w * j // across, w * (j + 1) // across, h * i // down, h * (i + 1) // down
                energy = edges[int(y0 * level) : int(y1 * level) + 1, int(x0 * level) : int(x1 * level) + 1].sum()
                found.append((float(energy) / level, place, (x + x0, y + y0, x1 - x0, y1 - y0)))
    found.sort(key=lambda one: -one[0])
    # Every place has at least its best tile.
    first = [
        next(one for one in found if one[1] == place)
        for place in range(len(poses))
        if any(o[1] == place for o in found)
    ]
    rest = [one for one in found if one not in first]
    return [(place, box) for _, place, box in [*first, *rest][: max(most, len(first))]]


def _contrasts(drawn: np.ndarray, crop: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices of the pixels (3 x n), cell (0..15) and kind of the contrasts across edges in one tile."""
    h, w = crop.shape[:2]
    flat, layer = crop.reshape(-1, 3), drawn.reshape(-1, 4)
    # Where a channel is burnt out or black the picture no longer shows what was added to it.
    whole = np.asarray(((flat > 0.6 / 255) & (flat < 1 - 0.6 / 255)).all(axis=-1))
    index = np.arange(h * w).reshape(h, w)
    found, kinds = [], []
    for kind, (reach, three) in enumerate(KINDS):
        span = 2 * reach if three else reach
        for dy, dx in ((0, 1), (1, 0)):
            if span * dy >= h or span * dx >= w:
                continue
            first = index[: h - span * dy, : w - span * dx].ravel()
            step = reach * (dy * w + dx)
            at = np.stack([first, first + step, first + (2 * step if three else step)])
            differs = np.abs(layer[at[1]] - (layer[at[0]] + layer[at[2]]) / 2 if three else layer[at[1]] - layer[at[0]])
            found.append(at[:, differs.max(axis=-1) > EDGE])
            kinds.append(np.full(found[-1].shape[1], kind))
    at, kind = np.concatenate(found, axis=1), np.concatenate(kinds)
    sound = np.flatnonzero(whole[at].all(axis=0))
    if len(sound) > 0.1 * len(kind):
        at, kind = at[:, sound], kind[sound]
    cell = (at[1] // w * 4 // h) * 4 + at[1] % w * 4 // w
    return at, cell, kind
