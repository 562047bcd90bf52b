"""The rows of the foreign sets and the triplets of a row. Deterministic: the same arguments give the same pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from ...alphablend.sources import Split
from ...errors import InvalidRequest
from ...types import Kind
from ..triplets import Triplet
from . import clean, marks, optics, weather
from .drawings import DRAWINGS, drawing
from .effects import EFFECTS, applied
from .layer import ForeignLayer, composited
from .photographs import photographs

__all__ = ["ALBUMENTATIONS_ROWS", "DRAWING_ROWS", "FOREIGN_ROWS", "SETS", "foreign_triplets"]

_Draw = Callable[[np.random.Generator, tuple[int, int]], ForeignLayer]

_LAYERS: dict[str, tuple[Kind, tuple[_Draw, ...]]] = {
    "stamp": (Kind.WATERMARK, (marks.date_stamp,)),
    "subtitle": (Kind.WATERMARK, (marks.subtitle,)),
    "stock": (Kind.WATERMARK, (marks.stock_tiles,)),
    "sticker": (Kind.WATERMARK, (marks.sticker,)),
    "fog": (Kind.FOG, (weather.uniform_fog, weather.depth_fog)),
    "rain": (Kind.RAIN, (weather.line_rain,)),
    "dust": (Kind.SNOW, (weather.scanner_dust,)),
    "flare": (Kind.FLARE, (optics.flare,)),
    "shadow": (Kind.XRAY, (optics.thickness_shadow,)),
    "reflection": (Kind.GLASS, ()),
}
_CLEAN = ("photograph", "illustration", "screenshot")

FOREIGN_ROWS = (*_LAYERS, *_CLEAN)
ALBUMENTATIONS_ROWS = tuple(EFFECTS)
DRAWING_ROWS = tuple(DRAWINGS)

SETS = {"foreign": FOREIGN_ROWS, "albumentations": ALBUMENTATIONS_ROWS, "drawings": DRAWING_ROWS}
"""The sets and the rows of each."""

_JPEG_SHARE, _JPEG_QUALITY = 0.4, (75, 96)
"""Share of composites that are compressed afterwards, and at which quality (from, below)."""


def foreign_triplets(
    pack: Path, which: str, row: str, count: int, short_side: int, seed: int, split: Split = "test"
) -> Iterator[Triplet]:
    """`count` triplets of one row over the photographs of `split`, in turn.

    which: one of SETS.   short_side: pixels.   Raises InvalidRequest for a row that `which` lacks.
    """
    rows = SETS[which]
    if row not in rows:
        raise InvalidRequest(f"the set {which} has no row {row!r}: choose among {', '.join(rows)}")
    for number, photograph in enumerate(islice(photographs(pack, split, short_side), count)):
        if which == "albumentations":
            yield applied(photograph, row, number, seed)
            continue
        rng = np.random.default_rng([seed, rows.index(row), number])
        if which == "drawings":
            yield _unmarked(row, number, drawing(rng, row, (photograph.shape[0], photograph.shape[1])))
            continue
        if row in _CLEAN:
            yield _clean(rng, row, number, photograph)
        else:
            yield _composite(rng, row, number, photograph, pack, split)


def _composite(
    rng: np.random.Generator, row: str, number: int, photograph: np.ndarray, pack: Path, split: Split
) -> Triplet:
    kind, draws = _LAYERS[row]
    size = photograph.shape[0], photograph.shape[1]
    if draws:
        layer = draws[number % len(draws)](rng, size)
    else:
        others = photographs(pack, split, min(size))
        scene = next(islice(others, number + 1 + int(rng.integers(0, 8)), None))
        layer = optics.window_reflection(rng, size, scene)
    jpeg = int(rng.integers(*_JPEG_QUALITY)) if rng.random() < _JPEG_SHARE else None
    return composited(photograph, layer, row, f"{row}-{number:03d}", kind, jpeg)


def _clean(rng: np.random.Generator, row: str, number: int, photograph: np.ndarray) -> Triplet:
    """A picture that is its own truth."""
    size = photograph.shape[0], photograph.shape[1]
    pixels = photograph
    if row == "illustration":
        pixels = clean.illustration(rng, size)
    elif row == "screenshot":
        pixels = clean.screenshot(rng, size, photograph)
    return _unmarked(row, number, pixels)


def _unmarked(row: str, number: int, pixels: np.ndarray) -> Triplet:
    nothing = np.zeros(pixels.shape, np.float32)
    alpha = np.zeros(pixels.shape[:2], np.float32)
    return Triplet(row, f"{row}-{number:03d}", pixels, pixels, nothing, 1 - nothing, alpha, None, None)
