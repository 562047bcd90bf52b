"""How fast a correction answers: `python -m benchmarks.edit [--quick]`.

Both figures against a float64 numpy composite in the same run. A dab of 128 pixels on a 24-megapixel picture, as the
viewer makes it (history, edges, colour near by and exact solve included), against that composite of the 256 x 256
pixels around it: at most 4 times its time and 10 ms. A slider for the whole layer: what a screen of 1920 x 1080 shows,
until the last of it is exact, against the composite of the same pixels; then the rest. CPU time: other programs
may run; no dab uses more than one thread.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np

from benchmarks.report import Report
from model.blending import composite
from model.edit import Background, Brush, ChangeBlendType, Edit, EditSession, Foreground, Match, Recolour, Scale
from model.types import BlendType, Composite, Layer

SCREEN = 1920, 1080
EDITS: tuple[Edit, ...] = (
    Foreground((1.0, 0.9, 0.8), 0.6),
    Background(),
    Scale(1.3),
    Match(),
    Recolour((0.2, 0.8, 0.9)),
)


report = Report()


def correction_of(size: tuple[int, int], depth: type, blend: BlendType) -> EditSession:
    """A noisy picture under a soft-edged text-like mark, the foreground everywhere where a dab will fall."""
    width, height = size
    rng = np.random.default_rng(0)
    top = int(np.iinfo(depth).max)
    coarse = cv2.resize(rng.random((9, 13, 3), np.float32), size, interpolation=cv2.INTER_CUBIC)
    noise = cv2.resize(rng.random((height // 4, width // 4, 3), np.float32), size)
    z = ((0.2 + 0.4 * coarse + 0.1 * noise).clip(0, 1) * top).astype(depth)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    alpha = (np.sin(columns / 9) * np.cos(rows / 11) * 4).clip(0, 1) * np.float32(0.5)
    foreground = np.empty((height, width, 4), depth)
    foreground[..., :3] = (0.3 if blend == BlendType.MULTIPLY else 0.9) * top
    foreground[..., 3] = alpha * top
    made = EditSession(Composite(z), (Layer("Background", z), Layer("Foreground", foreground, blend=blend)))
    made.global_edit(Scale(1.001)).finish()  # so that the layers are exact to begin with
    return made


def smooth_backdrop(size: tuple[int, int], depth: type, blend: BlendType) -> Callable[[], object]:
    """The yardstick: round(((1 - a) y + a B(y, c)) top) in float64, all at once."""
    rng = np.random.default_rng(1)
    top = int(np.iinfo(depth).max)
    alpha, colour, backdrop = (rng.integers(0, top + 1, (size[1], size[0], n)).astype(depth) for n in (1, 3, 3))
    return lambda: np.rint(composite(alpha / top, colour / top, backdrop / top, blend) * top).astype(depth)


def least(work: Callable[[], object], repeats: int) -> float:
    """CPU seconds, the least of `repeats`."""
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def dabs(session: EditSession, depth: type, blend: BlendType) -> None:
    """Each brush: the middling dab of a stroke of 24 on fresh ground."""
    base = least(smooth_backdrop((256, 256), depth, blend), 15)
    limit = 4 * base + 0.010
    for number, edit in enumerate(EDITS):
        stroke = session.stroke(edit, Brush(64.0))
        spent = []
        for place in range(24):
            start = time.process_time()
            stroke.to(200 + 40 * place, 300 + 200 * number)
            spent.append(time.process_time() - start)
        stroke.finish()
        took = float(np.median(spent))
        name = f"{np.dtype(depth).name} {blend.value} {type(edit).__name__}"
        print(
            f"{np.dtype(depth).name:8}{blend.value:10}{type(edit).__name__:12}{1e3 * took:8.1f}{1e3 * max(spent):8.1f}"
            f"{1e3 * base:10.2f}{1e3 * limit:8.1f}{took / limit:8.2f}  {report.judge(name, took, limit)}",
            flush=True,
        )


def slider(session: EditSession, depth: type, blend: BlendType) -> None:
    width, height = session.size
    seen = (width // 3, height // 3, *SCREEN)
    base = least(smooth_backdrop(SCREEN, depth, blend), 2)
    for edit in (Scale(1.2), ChangeBlendType(BlendType.SCREEN)):
        shrunk = max(1, round(max(width, height) / SCREEN[0]))
        start = time.process_time()
        global_edit = session.global_edit(edit, seen)
        global_edit.preview((0, 0, width, height), 2 * shrunk)
        first = time.process_time() - start
        start = time.process_time()
        blocks = sum(1 for x in range(seen[0] // 512, (seen[0] + seen[2] - 1) // 512 + 1)) * len(
            range(seen[1] // 512, (seen[1] + seen[3] - 1) // 512 + 1)
        )
        for _ in range(blocks):
            global_edit.step()
        shown = time.process_time() - start
        global_edit.finish()
        whole = time.process_time() - start
        print(
            f"{np.dtype(depth).name:8}{blend.value:10}{type(edit).__name__:12}{first:8.2f}{shown:8.2f}{whole:8.2f}"
            f"{base:10.2f}{shown / base:8.2f}",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast a correction answers.")
    parser.add_argument("--quick", action="store_true", help="a 6 MP picture, 8 bit, two blend types")
    quick = parser.parse_args().quick
    size = (3000, 2000) if quick else (6000, 4000)
    kinds = [(np.uint8, BlendType.NORMAL), (np.uint8, BlendType.MULTIPLY)]
    if not quick:
        kinds += [(np.uint8, BlendType.ADD), (np.uint16, BlendType.NORMAL)]
    cv2.setNumThreads(1)
    print(f"a dab of 128 px on {size[0]} x {size[1]}: ms (middle, worst), float64 of 256 x 256, limit, ratio to limit")
    made = {}
    for depth, blend in kinds:
        made = correction_of(size, depth, blend)
        dabs(made, depth, blend)
        if blend == BlendType.NORMAL:
            print("the whole layer, seconds: rough preview, what is seen exactly, all, float64 of what is seen, ratio")
            slider(made, depth, blend)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
