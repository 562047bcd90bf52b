"""One overlay on several photographs: what is left of it in each, by overlay and number of pictures.

    python -m benchmarks.shared_overlay [--counts 4,10,30] [--overlays text,plate] [--split test] [--quick]

Photographs, fonts and icons of one split of the generator's pack, cut to 768 x 512 and saved without loss. Left: mean
background error inside the overlay over that of doing nothing, median over the pictures; "all": the same over the whole
picture, so that harm done elsewhere counts. A clean set has no overlay: none must be claimed. --quick: every third
overlay from 4 and 10 pictures. Exit code 1 where a limit of the issue is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from model.alphablend.pack import Pack, read_pack
from model.decompose import silent
from model.shared_overlay import estimate_overlay, take_off
from model.types import Composite, Request

from .report import Report
from .shared_overlay_pictures import KINDS, composites, crops, make_overlay

LIMITS = {4: 0.35, 10: 0.15, 30: 0.08}
SIZE = 768, 512


def measure(name: str, pack: Pack, count: int, seed: int) -> tuple[float, float]:
    """(left inside, left in the whole picture), medians over the pictures; prints a line."""
    rng = np.random.default_rng([seed, list(KINDS).index(name)])
    overlay = make_overlay(name, pack, SIZE, rng)
    photos = crops(pack, count, SIZE, rng)
    pictures = composites(photos, overlay)
    began = time.process_time()
    found = estimate_overlay(pictures.__getitem__, len(pictures))
    took = time.process_time() - began
    inside, everywhere = [], []
    for picture, photo in zip(pictures, photos, strict=True):
        done = take_off(Request(Composite(picture)), found.estimate, silent)
        left = np.abs(done.background.pixels / np.float32(255) - photo)
        before = np.abs(picture / np.float32(255) - photo)
        inside.append(float(left[overlay.inside].mean() / before[overlay.inside].mean()))
        everywhere.append(float(left.mean() / before.mean()))
    said = found.estimate.blend if found.estimate else "nothing found"
    values = float(np.median(inside)), float(np.median(everywhere))
    print(
        f"{name:16} {len(pictures):3} pictures | left {values[0]:5.3f} all {values[1]:5.3f} worst {max(inside):5.3f}"
        f" | {said!s:13} | {took:5.1f} CPU seconds",
        flush=True,
    )
    return values


def claimed(pack: Pack, count: int, seed: int) -> bool:
    """Whether an overlay is claimed of photographs that share none."""
    pictures = [
        np.rint(photo * 255).astype(np.uint8) for photo in crops(pack, count, SIZE, np.random.default_rng(seed))
    ]
    return estimate_overlay(pictures.__getitem__, len(pictures)).estimate is not None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", default="4,10,30")
    parser.add_argument("--overlays", default=",".join(word.split(",")[0] for word in KINDS))
    parser.add_argument("--clean", type=int, default=3, help="sets without an overlay, of each count (3)")
    parser.add_argument("--split", choices=["train", "validation", "test"], default="test")
    parser.add_argument("--seed", type=int, default=24)
    parser.add_argument("--pack", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    pack = read_pack(args.pack, args.split)
    words = args.overlays.split(",")
    names = [name for name in KINDS if any(name.startswith(word) for word in words)]
    counts = [int(word) for word in args.counts.split(",")]
    if args.quick:
        names, counts, args.clean = names[::3], [4, 10], 1
    report = Report()
    for count in counts:
        values = np.array([measure(name, pack, count, args.seed) for name in names])
        left, everywhere = np.median(values, axis=0)
        report.say(f"left of {len(names)} overlays from {count} pictures, median", left, "", LIMITS.get(count))
        report.say("    the same over whole pictures", everywhere, "")
        wrong = sum(claimed(pack, count, seed) for seed in range(args.clean))
        report.say(f"    claimed of {args.clean} clean sets", float(wrong), "", 0.0)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
