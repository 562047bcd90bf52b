"""Marks under a hint: how much of them is left when a user points at them by brush, box or loose box.

    python -m benchmarks.hints [--first 48] [--count 48] [--solver] [--pack data/alphablend.zip]

Background error over that of the untouched picture, both within the mark's box grown by a tenth. Pictures below 48 are
those the thresholds were set on; the figures that count are of those from 48 on. --solver: the training-free solver of
`model.classic.hinted` alone, without the engine.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from model.classic.hinted import solve_hinted
from model.decompose import decompose
from model.types import Composite, Request

from .hint_pictures import HINTS, HintedPicture, hint_of, hinted_pictures

LIMIT = 0.25


def ratio(picture: HintedPicture, background: np.ndarray) -> float:
    """RMSE over that of the composite, within the mark's box grown by a tenth."""
    rows, columns = np.flatnonzero(picture.mark.any(axis=1)), np.flatnonzero(picture.mark.any(axis=0))
    pad = max(np.ptp(rows), np.ptp(columns)) // 10
    here = np.s_[max(0, rows[0] - pad) : rows[-1] + pad + 1, max(0, columns[0] - pad) : columns[-1] + pad + 1]
    truth = picture.background[here].astype(np.float32)
    before, after = (((p[here].astype(np.float32) - truth) ** 2).mean() for p in (picture.composite, background))
    return float(np.sqrt(after / max(before, 1e-6)))


def background_of(request: Request, solver: bool) -> np.ndarray:
    """uint8 H x W x 3."""
    if not solver:
        return decompose(request)[0].background.pixels
    found, pixels = solve_hinted(request), request.composite.pixels.copy()
    if found is not None:
        x, y, w, h = found[0][0].box
        pixels[y : y + h, x : x + w] = np.rint(found[1].astype(np.float32) * 255)
    return pixels


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=48)
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--solver", action="store_true")
    parser.add_argument("--hints", default=",".join(HINTS))
    parser.add_argument("--pack", type=Path, default=Path("data/alphablend.zip"))
    args = parser.parse_args()
    of: dict[tuple[str, str], list[float]] = defaultdict(list)
    for picture in hinted_pictures(args.pack, range(args.first, args.first + args.count)):
        for how in args.hints.split(","):
            request = Request(Composite(picture.composite), hint=hint_of(picture, how))
            of[picture.kind, how].append(ratio(picture, background_of(request, args.solver)))
            print(f"{picture.number:4} {picture.kind:20} {how:10} {of[picture.kind, how][-1]:.3f}", flush=True)
    print("\n| kind | hint | median | at most 0.25 | worse than before |\n|---|---|---|---|---|")
    for (kind, how), values in sorted(of.items()):
        print(
            f"| {kind} | {how} | {np.median(values):.2f} | {np.mean(np.array(values) <= LIMIT):.0%} | "
            f"{np.mean(np.array(values) > 1):.0%} |"
        )
    everything = np.concatenate([np.array(v) for v in of.values()])
    print(
        f"\nmedian {np.median(everything):.2f}, at most 0.25 in {(everything <= LIMIT).mean():.0%} of {len(everything)}"
    )
    return 0 if (everything <= LIMIT).all() else 1


if __name__ == "__main__":
    raise SystemExit(main())
