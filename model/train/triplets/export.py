"""The generator's triplets written as folders, in AlphaBlend's layout: `diffdecompose data export`.

    diffdecompose data export --data data/alphablend.zip --out triplets --count 200

writes OUT/KIND/{z,x,y}/NAME.png and OUT/KIND/blends.json, which the trainers and the evaluation read. Every picture
follows from the seed, its kind and its number, so that a call that was cut off can be given again and goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from ...diffdecompose.buckets import bucket
from ...errors import InvalidRequest, ModelError
from ...parallel import map_in_order
from ...types import BlendType, Kind
from .generated import ASPECTS, foregrounds_of
from .sample import one_seed

if TYPE_CHECKING:
    from ...alphablend.generator import AlphaBlend

__all__ = ["export", "main"]

CHUNK = 50
"""Triplets that one process makes before it reports."""

_PARTS = ("x", "x2", "x3")


def export(
    pack: Path,
    out: Path,
    count: int,
    side: int = 512,
    kinds: Sequence[Kind] = tuple(Kind),
    foregrounds: int = 1,
    split: str = "train",
    seed: int = 0,
    workers: int = 1,
    cluster: str | None = None,
) -> int:
    """Write `count` triplets of each kind; returns how many are new.

    side: of the square that a picture has the area of.   foregrounds: 1 to 3; the top one is of the kind, those below
    it of any, in x2 and x3.   split: of the pack.   workers, cluster: see `model.parallel.map_in_order`.
    Raises ClusterError, and InvalidRequest for a pack that is not there, or another number of foregrounds.
    """
    if not 1 <= foregrounds <= len(_PARTS):
        raise InvalidRequest(f"{foregrounds} foregrounds are asked for: 1 to {len(_PARTS)} can be written")
    if not pack.is_file():
        raise InvalidRequest(f"there is no pack at {pack}: make it with 'diffdecompose data'")
    chunks = [
        _Chunk(pack, out, kind, range(first, min(first + CHUNK, count)), side, foregrounds, split, seed)
        for kind in kinds
        for first in range(0, count, CHUNK)
    ]
    for kind in kinds:
        for part in ("z", "y", *_PARTS[:foregrounds]):
            (out / kind / part).mkdir(parents=True, exist_ok=True)
    new, blends = 0, {kind: {} for kind in kinds}
    for chunk, (written, found) in zip(chunks, map_in_order(_export_chunk, chunks, workers, cluster), strict=True):
        new += written
        blends[chunk.kind] |= found
    for kind, found in blends.items():
        (out / kind / "blends.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return new


@dataclass(frozen=True)
class _Chunk:
    """Some triplets of one kind; the other fields are `export`'s."""

    pack: Path
    out: Path
    kind: Kind
    numbers: range
    side: int
    foregrounds: int
    split: str
    seed: int


def _export_chunk(chunk: _Chunk) -> tuple[int, dict[str, str]]:
    """How many of its triplets are new, and the blend type of each whose foregrounds have one in common."""
    source = _generator(chunk.pack, chunk.split, chunk.seed)
    folder, new, blends = chunk.out / chunk.kind, 0, {}
    for number in chunk.numbers:
        name = f"{number:06d}"
        rng = np.random.default_rng(one_seed(chunk.seed, number, list(Kind).index(chunk.kind)))
        height, width = ASPECTS[rng.integers(len(ASPECTS))]
        source.reseed(int(rng.integers(2**31)))
        size = bucket(height, width, chunk.side)
        stack = source.stacked(1, size, chunk.foregrounds, whole=1.0, top={chunk.kind: 1.0})
        found = {list(BlendType)[int(batch.blend[0])] for batch in stack}
        if len(found) == 1:
            blends[name] = str(found.pop())
        pictures = dict(zip(_PARTS, (foregrounds_of(batch)[0] for batch in stack[::-1]), strict=False))
        pictures |= {"y": stack[0].y[0], "z": stack[-1].z[0]}  # z last: where it is, the others are
        if not (folder / "z" / f"{name}.png").is_file():
            new += 1
            for part, pixels in pictures.items():
                _save(folder / part / f"{name}.png", pixels)
    return new, blends


@cache
def _generator(pack: Path, split: str, seed: int) -> AlphaBlend:
    """One a process."""
    from ...alphablend.generator import AlphaBlend

    return AlphaBlend(pack, split, "cpu", seed)  # pyright: ignore[reportArgumentType]


def _save(path: Path, pixels: torch.Tensor) -> None:
    """(3 or 4, H, W) of 0..1 as PNG, all of it or nothing."""
    levels = (pixels * 255).round().clamp(0, 255).byte().permute(1, 2, 0).cpu().numpy()
    part = path.with_suffix(".part")
    Image.fromarray(levels).save(part, format="PNG")
    part.replace(path)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="diffdecompose data export", description="Write triplets as folders.")
    parser.add_argument("--data", type=Path, default=Path("data/alphablend.zip"), help="a pack of the generator")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100, help="triplets a kind")
    parser.add_argument("--size", type=int, default=512, help="side of the square that a picture has the area of")
    parser.add_argument("--kinds", type=Kind, nargs="+", choices=list(Kind), default=list(Kind))
    parser.add_argument("--foregrounds", type=int, default=1, help="1 to 3")
    parser.add_argument("--split", default="train", choices=("train", "validation", "test"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="processes at once")
    parser.add_argument("--cluster", metavar="ADDRESS", help="of a Ray cluster whose nodes see the same folders")
    args = parser.parse_args(arguments)
    what = (args.count, args.size, args.kinds, args.foregrounds, args.split, args.seed)
    try:
        new = export(args.data.absolute(), args.out.absolute(), *what, args.workers, args.cluster)
    except ModelError as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 2
    print(f"{new} triplets written to {args.out}")
    return 0
