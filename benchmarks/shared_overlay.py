"""One overlay on several photographs: what is left of it in each, by overlay and number of pictures.

    python -m benchmarks.shared_overlay [--counts 4,10,30] [--overlays text,plate] [--split test] [--quick]

Photographs, fonts and icons of one split of the generator's pack, cut to one size and saved without loss. Left: mean
background error inside the overlay over that of doing nothing, median over the pictures; "all": the same over the whole
picture, so that harm done elsewhere counts. A clean set has no overlay: none must be claimed. --quick: every third
overlay from 4 and 10 pictures. Exit code 1 where a limit of the issue is missed.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from model.alphablend.pack import Pack, read_pack
from model.decompose import silent
from model.shared_overlay import estimate_overlay, take_off
from model.types import Composite, Request

from .report import Report
from .shared_overlay_pictures import KINDS, composites, crops, make_overlay

LIMITS = {4: 0.35, 10: 0.15, 30: 0.08}
MEMORY = 2.0
"""GB."""


def measure(name: str, pack: Pack, size: tuple[int, int], count: int, seed: int) -> tuple[float, float]:
    """(left inside, left in the whole picture), medians over the pictures; prints a line."""
    rng = np.random.default_rng([seed, list(KINDS).index(name)])
    overlay = make_overlay(name, pack, size, rng)
    photos = crops(pack, count, size, rng)
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


def claimed(pack: Pack, size: tuple[int, int], count: int, seed: int) -> bool:
    """Whether an overlay is claimed of photographs that share none."""
    pictures = [
        np.rint(photo * 255).astype(np.uint8) for photo in crops(pack, count, size, np.random.default_rng(seed))
    ]
    return estimate_overlay(pictures.__getitem__, len(pictures)).estimate is not None


def memory_of_large_pictures(pack: Pack, count: int, seed: int) -> tuple[float, float]:
    """(GB at most of this process, CPU seconds) of `count` pictures of 6000 x 4000 with a date stamp, one finished.

    Those beyond the pack's are shifted cyclically.
    """
    small = 1500, 1000
    overlay = make_overlay("date stamp", pack, small, np.random.default_rng(seed))
    rows, columns = (np.flatnonzero(overlay.inside.any(axis=axis)) for axis in (1, 0))
    cut = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    emission, transmission = (
        cv2.resize(plane[cut], None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC).clip(0, 1)
        for plane in (overlay.emission, overlay.transmission)
    )
    here = np.s_[4 * rows[0] : 4 * (rows[-1] + 1), 4 * columns[0] : 4 * (columns[-1] + 1)]

    def read(number: int) -> np.ndarray:
        photo = pack.photos[number % len(pack.photos)].pixels
        turned = np.roll(photo, 37 * (number // len(pack.photos)), axis=1)
        picture = cv2.resize(turned, (6000, 4000), interpolation=cv2.INTER_CUBIC)
        picture[here] = np.rint(255 * emission + transmission * picture[here])
        return picture

    began = time.process_time()
    found = estimate_overlay(read, count)
    done = take_off(Request(Composite(read(0))), found.estimate, silent)
    assert done.foregrounds, "the stamp was not found"
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, time.process_time() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", default="4,10,30")
    parser.add_argument("--overlays", default=",".join(word.split(",")[0] for word in KINDS))
    parser.add_argument("--clean", type=int, default=3, help="sets without an overlay, of each count (3)")
    parser.add_argument("--split", choices=["train", "validation", "test"], default="test")
    parser.add_argument("--seed", type=int, default=24)
    parser.add_argument("--pack", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--size", default="768,512", help="width,height of the pictures (768,512)")
    parser.add_argument("--large", type=int, metavar="N", help="only the memory that N pictures of 24 MP take")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    pack = read_pack(args.pack, args.split)
    words = args.overlays.split(",")
    report = Report()
    if args.large:
        memory, worked = memory_of_large_pictures(pack, args.large, args.seed)
        report.say(f"memory at most, {args.large} pictures of 24 MP", memory, "GB", MEMORY)
        report.say("    all cores together", worked, "CPU s")
        return report.end()
    width, height = (int(word) for word in args.size.split(","))
    size = width, height
    names = [name for name in KINDS if any(name.startswith(word) for word in words)]
    counts = [int(word) for word in args.counts.split(",")]
    if args.quick:
        names, counts, args.clean = names[::3], [4, 10], 1
    for count in counts:
        values = np.array([measure(name, pack, size, count, args.seed) for name in names])
        left, everywhere = np.median(values, axis=0)
        report.say(f"left of {len(names)} overlays from {count} pictures, median", left, "", LIMITS.get(count))
        report.say("    the same over whole pictures", everywhere, "")
        wrong = sum(claimed(pack, size, count, seed) for seed in range(args.clean))
        report.say(f"    claimed of {args.clean} clean sets", float(wrong), "", 0.0)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
