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
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ...diffdecompose.buckets import bucket
from ...errors import InvalidRequest
from ...types import BlendType, Kind
from .generated import ASPECTS, foregrounds_of
from .sample import one_seed

__all__ = ["export", "main"]

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
) -> int:
    """Write `count` triplets of each kind; returns how many are new.

    side: of the square that a picture has the area of.   foregrounds: 1 to 3; the top one is of the kind, those below
    it of any, in x2 and x3.   split: of the pack.
    Raises InvalidRequest for a pack that is not there, or another number of foregrounds.
    """
    if not 1 <= foregrounds <= len(_PARTS):
        raise InvalidRequest(f"{foregrounds} foregrounds are asked for: 1 to {len(_PARTS)} can be written")
    if not pack.is_file():
        raise InvalidRequest(f"there is no pack at {pack}: make it with 'diffdecompose data'")
    from ...alphablend.generator import AlphaBlend

    source = AlphaBlend(pack, split, "cpu", seed)  # pyright: ignore[reportArgumentType]
    new = 0
    for number_of_kind, kind in enumerate(kinds):
        folder, blends = out / kind, {}
        for part in ("z", "y", *_PARTS[:foregrounds]):
            (folder / part).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            name = f"{number:06d}"
            rng = np.random.default_rng(one_seed(seed, number, number_of_kind))
            height, width = ASPECTS[rng.integers(len(ASPECTS))]
            source.reseed(int(rng.integers(2**31)))
            stack = source.stacked(1, bucket(height, width, side), foregrounds, whole=1.0, top={kind: 1.0})
            found = {list(BlendType)[int(batch.blend[0])] for batch in stack}
            if len(found) == 1:
                blends[name] = str(found.pop())
            pictures = dict(zip(_PARTS, (foregrounds_of(batch)[0] for batch in stack[::-1]), strict=False))
            pictures |= {"y": stack[0].y[0], "z": stack[-1].z[0]}  # z last: where it is, the others are
            if not (folder / "z" / f"{name}.png").is_file():
                new += 1
                for part, pixels in pictures.items():
                    _save(folder / part / f"{name}.png", pixels)
        (folder / "blends.json").write_text(json.dumps(blends, indent=1) + "\n", encoding="utf-8")
    return new


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
    args = parser.parse_args(arguments)
    try:
        new = export(args.data, args.out, args.count, args.size, args.kinds, args.foregrounds, args.split, args.seed)
    except InvalidRequest as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 2
    print(f"{new} triplets written to {args.out}")
    return 0
