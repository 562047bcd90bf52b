"""A known overlay in photographs: found or not, how exactly, what is left of it, and how long a large picture takes.

    python -m benchmarks.overlay [--count 60] [--clean 100] [--pack data/alphablend.zip]

Sixty pictures with an overlay (`benchmarks.overlay_pictures`) over photographs of the generator's test split, a hundred
without, and one of 24 megapixels. Place: the largest distance between a corner of a found overlay and its true place,
native pixels. Opacity: of the overlay's own alpha; where only its product with the ink shows, the canonical one.
Ratio: mean background error inside the overlay over what the true layer, rounded to 8 bits, leaves there. Exit code 1
where a limit of the issue is missed. Hours on two cores.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from model.alphablend.pack import read_pack
from model.blending import canonical
from model.decompose import decompose, silent
from model.overlay import find_overlay
from model.overlay.template import Pose, template_of
from model.types import Composite, Request

from .overlay_pictures import Case, Drawn, draw, make_cases
from .report import Report

FOUND, PLACE, OPACITY, RATIO, SECONDS = 58 / 60, 0.3, 0.02, 1.3, 10.0


def places(case: Case, drawn: Drawn) -> tuple[float, float]:
    """(largest, median) distance of the found places' corners from the nearest true place; infinite where none is."""
    template = template_of(case.overlay)
    found, _ = find_overlay(template, drawn.composite, silent)
    if not found:
        return float("inf"), float("inf")
    shift = np.array([[1, 0, template.offset[0]], [0, 1, template.offset[1]], [0, 0, 1]])
    true = [Pose.of_matrix(matrix @ shift, template.size).corners(template.size) for matrix in drawn.matrices]
    apart = [
        min(float(np.linalg.norm(fit.pose.corners(template.size) - corners, axis=1).max()) for corners in true)
        for fit in found
    ]
    return max(apart), float(np.median(apart))


def true_opacity(case: Case, drawn: Drawn) -> float:
    """The largest canonical alpha of the true layer."""
    alpha, _ = canonical(drawn.emission, drawn.transmission, case.blend)
    return float(np.quantile(alpha, 0.999))


def measure(case: Case, photo: np.ndarray, report: list[tuple[float, float, float, float]]) -> None:
    drawn = draw(case, photo)
    largest, middle = places(case, drawn)
    began = time.perf_counter()
    (answer,) = decompose(Request(Composite(drawn.composite), overlay=case.overlay))
    took = time.perf_counter() - began
    inside = np.asarray((drawn.transmission < 0.996).any(axis=-1) | (drawn.emission > 0.004).any(axis=-1))

    def error(background: np.ndarray) -> float:
        return float(np.abs(background - drawn.background)[inside].mean() * 255)

    left = error(answer.background.pixels[..., :3] / np.float32(255))
    best, unchanged = error(drawn.by_true_layers()), error(drawn.composite / np.float32(255))
    opacity = 0.0
    if answer.foregrounds:
        alpha = answer.foregrounds[0].pixels[..., 3] / 255
        opacity = float(np.quantile(alpha[alpha > 0], 0.99)) if alpha.any() else 0.0
    off = abs(opacity - true_opacity(case, drawn))
    said = answer.provenance.blend or "not found"
    stored = "PNG" if case.quality is None else f"JPEG {case.quality}"
    print(
        f"{case.number:3} {case.name:8} {case.blend:9} {case.opacity:4.2f} {len(case.poses):3} {case.resize:4.2f}"
        f" {stored:8}"
        f" | {said!s:9} place {largest:7.3f} {middle:6.3f} opacity off {off:5.3f}"
        f" | left {left:5.2f} true layers {best:5.2f} ratio {left / best:5.2f}"
        f" unchanged {unchanged:5.1f} | {took:5.1f} s",
        flush=True,
    )
    report.append((largest, off, left / best, took))


def large_picture(photos: list[np.ndarray], case: Case) -> float:
    """Seconds for a picture of 6000 x 4000."""
    composite = cv2.resize(draw(case, photos[case.number % len(photos)]).composite, (6000, 4000))
    began = time.perf_counter()
    decompose(Request(Composite(composite), overlay=case.overlay))
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--clean", type=int, default=100)
    parser.add_argument("--pack", type=Path, default=Path("data/alphablend.zip"))
    args = parser.parse_args()
    pack = read_pack(args.pack, "test")
    photos = [photo.pixels for photo in pack.photos]
    cases = make_cases(60, [photo.shape[1::-1] for photo in photos], pack.icons, pack.sprites)
    rows: list[tuple[float, float, float, float]] = []
    chosen = cases[args.first : args.first + args.count]
    for case in chosen:
        measure(case, photos[case.number % len(photos)], rows)
    claimed = 0
    for number in range(args.clean):
        other = photos[(number * 5 + 2) % len(photos)]
        shown = other if number % 2 else np.ascontiguousarray(other[:, ::-1])
        claimed += bool(find_overlay(template_of(cases[number % 60].overlay), shown, silent)[0])
    report = Report()
    if rows:
        values = np.array(rows)
        good = (values[:, 0] <= PLACE) & (values[:, 1] <= OPACITY)
        report.say("not found, or place or opacity off (share)", float(1 - good.mean()), "", 1 - FOUND)
        report.say("pictures above the ratio of the true layers (share)", float((values[:, 2] > RATIO).mean()), "", 0.0)
        report.say("median ratio", float(np.median(values[:, 2])), "", RATIO)
    if args.clean:
        report.say(f"claimed of {args.clean} pictures without it", float(claimed), "", 0.0)
    if args.count >= 60:
        report.say("24 MP", large_picture(photos, cases[0]), "s", SECONDS)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
