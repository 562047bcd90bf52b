"""A known overlay in photographs: found or not, how exactly, what is left of it, and how long a large picture takes.

    python -m benchmarks.overlay [--count 60] [--clean 100] [--large] [--pack data/alphablend.zip]
    python -m benchmarks.overlay --split validation --seed 7 [...]    # other cases: to choose thresholds on

Sixty pictures with an overlay (`benchmarks.overlay_pictures`) over photographs of the generator's test split, a hundred
without, and one of 24 megapixels. Place: the largest distance between a corner of a found overlay and its true place,
native pixels. Opacity: of the overlay's own alpha; where only its product with the ink shows, the canonical one.
Ratio: mean background error inside the overlay over what the true layer, rounded to 8 bits, leaves there. Exit code 1
where a limit of the issue is missed. Every row is printed as it is done; `--first` and `--first-clean` go on from one.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from model.alphablend.pack import read_pack
from model.decompose import decompose, silent
from model.finish import finish
from model.overlay import KNOWN, Found, candidate_of, locate
from model.overlay.template import Pose, Template, template_of
from model.types import BlendType, Composite, Request

from .overlay_pictures import Case, Drawn, draw, logo_overlay, make_cases
from .report import Report

FOUND, PLACE, OPACITY, RATIO, SECONDS = 58 / 60, 0.3, 0.02, 1.3, 10.0


@dataclass(frozen=True)
class Row:
    """place: pixels. missed: places. opacity: how far off. ratio: to the error that the true layers leave. seconds: of
    all cores."""

    place: float
    missed: int
    opacity: float
    ratio: float
    seconds: float
    certainty: float


def places(case: Case, drawn: Drawn, found: Found) -> tuple[float, float, int]:
    """(largest, median) distance of the found places' corners from the nearest true place, and true places that were
    not found, of those with at least half of the overlay's rectangle in the picture. Infinite where none is found."""
    template = template_of(case.overlay)
    shift = np.array([[1, 0, template.offset[0]], [0, 1, template.offset[1]], [0, 0, 1]])
    height, width = drawn.composite.shape[:2]
    poses = [Pose.of_matrix(matrix @ shift, template.size) for matrix in drawn.matrices]
    true = [pose.corners(template.size) for pose in poses]
    seen = [
        corners
        for pose, corners in zip(poses, true, strict=True)
        if np.prod(pose.box(template.size, (width, height))[2:]) > 0.5 * np.prod(np.ptp(corners, axis=0))
    ]
    if not found.places:
        return float("inf"), float("inf"), len(seen)
    places = [pose.corners(template.size) for pose in found.poses]
    turns = symmetries(template)

    def between(one: np.ndarray, other: np.ndarray) -> float:
        return min(float(np.linalg.norm(np.roll(one, turn, axis=0) - other, axis=1).max()) for turn in turns)

    apart = [min(between(place, corners) for corners in true) for place in places]
    reach = 0.1 * float(np.linalg.norm(np.ptp(true[0], axis=0)))
    missed = sum(min(between(place, corners) for place in places) > reach for corners in seen)
    return max(apart), float(np.median(apart)), missed


def symmetries(template: Template) -> list[int]:
    """Quarter turns that leave the overlay as it is, but for a hundredth of its contrast: such places look alike."""
    planes = template.planes
    turned = {turn: np.rot90(planes, turn) for turn in range(4)}
    like = [k for k, other in turned.items() if other.shape == planes.shape and np.abs(other - planes).mean() < 0.01]
    return like


def canonical_opacity(
    opacity: float, ink: tuple[float, float, float] | None, blend: BlendType, template: Template
) -> float:
    """The smallest opacity that gives the same layer: of one ink, in all modes but normal, only the product shows."""
    ink = template.one_ink if ink is None else ink
    if ink is None or blend is BlendType.NORMAL:
        return opacity
    return opacity * (1 - min(ink) if blend is BlendType.MULTIPLY else max(ink))


def measure(case: Case, photo: np.ndarray, report: list[Row]) -> None:
    drawn = draw(case, photo)
    began = time.process_time()
    template, request = template_of(case.overlay), Request(Composite(drawn.composite), overlay=case.overlay)
    found = locate(template, drawn.composite, silent)
    answer = finish(request, candidate_of(request, template, found), silent, KNOWN)
    took = time.process_time() - began
    largest, middle, missed = places(case, drawn, found)
    inside = np.asarray((drawn.transmission < 0.996).any(axis=-1) | (drawn.emission > 0.004).any(axis=-1))

    def error(background: np.ndarray) -> float:
        return float(np.abs(background - drawn.background)[inside].mean() * 255)

    left = error(answer.background.pixels[..., :3] / np.float32(255))
    best, unchanged = error(drawn.by_true_layers()), error(drawn.composite / np.float32(255))
    off = float("inf")
    if found.solution is not None:
        told = found.solution.appearance
        opacity = canonical_opacity(told.opacity, told.ink, told.blend, template)
        off = abs(opacity - canonical_opacity(case.opacity, case.ink, case.blend, template))
    said = answer.provenance.blend or "not found"
    stored = "PNG" if case.quality is None else f"JPEG {case.quality}"
    print(
        f"{case.number:3} {case.name:8} {case.blend:9} {case.opacity:4.2f} {len(case.poses):3} {case.resize:4.2f}"
        f" {stored:8}"
        f" | {said!s:9} place {largest:7.3f} {middle:6.3f} missed {missed}"
        f" opacity off {off:5.3f}"
        f" | left {left:5.2f} true layers {best:5.2f} ratio {left / best:5.2f}"
        f" unchanged {unchanged:5.1f} | certainty {found.certainty:5.1f} | {took:5.1f} CPU s"
        f" | {found.solution.drawing if found.solution else ''}",
        flush=True,
    )
    report.append(Row(largest, missed, off, left / best, took, found.certainty))


def large_picture(photo: np.ndarray) -> tuple[float, float]:
    """Seconds of the clock and of all cores for a picture of 6000 x 4000 with a turned logo of some 700 pixels."""
    composite = cv2.resize(photo, (6000, 4000), interpolation=cv2.INTER_CUBIC)
    overlay = logo_overlay(np.random.default_rng(24), 400)
    a, b = 1.8 * np.cos(0.4), 1.8 * np.sin(0.4)
    place = np.array([[a, -b, 800 - 200 * (a - b)], [b, a, 800 - 200 * (a + b)]])
    here = np.s_[1200:2800, 2600:4200]
    composite[here] = draw(Case(0, "logo", overlay, (place,), 0.5, BlendType.NORMAL), composite[here]).composite
    began, worked = time.perf_counter(), time.process_time()
    (answer,) = decompose(Request(Composite(composite), overlay=overlay))
    print("24 MP:", answer.provenance.blend or "not found", answer.provenance.seconds, flush=True)
    return time.perf_counter() - began, time.process_time() - worked


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--clean", type=int, default=100)
    parser.add_argument("--first-clean", type=int, default=0)
    parser.add_argument("--large", action="store_true", help="measure a picture of 24 megapixels too")
    parser.add_argument("--pack", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--split", choices=("test", "validation"), default="test")
    parser.add_argument("--seed", type=int, default=24, help="of the cases; 24 is the issue's")
    args = parser.parse_args()
    pack = read_pack(args.pack, args.split)
    photos = [photo.pixels for photo in pack.photos]
    cases = make_cases(60, [photo.shape[1::-1] for photo in photos], pack.icons, pack.sprites, args.seed)
    rows: list[Row] = []
    chosen = cases[args.first : args.first + args.count]
    for case in chosen:
        measure(case, photos[case.number % len(photos)], rows)
    claimed, by_chance = 0, []
    for number in range(args.first_clean, args.first_clean + args.clean):
        other = photos[(number * 5 + 2) % len(photos)]
        shown = other if number % 2 else np.ascontiguousarray(other[:, ::-1])
        began = time.process_time()
        found = locate(template_of(cases[number % 60].overlay), shown, silent)
        claimed += bool(found.places)
        by_chance.append(found.certainty)
        took = time.process_time() - began
        print(
            f"clean {number} claimed {len(found.places)} | certainty {found.certainty:5.1f} | {took:.1f} CPU s",
            flush=True,
        )
    report = Report()
    if rows:
        good = [row.place <= PLACE and row.opacity <= OPACITY for row in rows]
        report.say("not found, or place or opacity off (share)", 1 - float(np.mean(good)), "", 1 - FOUND)
        report.say("places missed", float(sum(row.missed for row in rows)), "", 0.0)
        ratios = np.array([row.ratio for row in rows])
        report.say("pictures above the ratio of the true layers (share)", float((ratios > RATIO).mean()), "", 0.0)
        report.say("median ratio", float(np.median(ratios)), "", RATIO)
        report.say("worst ratio", float(ratios.max()), "", RATIO)
    if rows:
        report.say("certainty of the least sure picture with it", min(row.certainty for row in rows), "")
    if by_chance:
        report.say("largest certainty of a picture without it", max(by_chance), "")
    if args.clean:
        report.say(f"claimed of {args.clean} pictures without it", float(claimed), "", 0.0)
    if args.large:
        clock, worked = large_picture(photos[0])
        report.say("24 MP", clock, "s", SECONDS)
        report.say("24 MP, all cores together", worked, "CPU s", 2 * SECONDS)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
