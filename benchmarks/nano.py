"""What `nano` adds to its network: time per megapixel at 1 and 12 MP over a plain pass over the same pixels.

    python -m benchmarks.nano [--runs 3] [--quick] [PICTURE ...]

The pictures are a tiled mark, one text and an icon, if none is given. The plain pass shows the network every pixel
once, in tiles of the engine's size that do not overlap, same threads;
float32, as ONNX Runtime computes it, whatever runtime the engine chooses. The contenders take turns, the least of the
runs counts. Exit code 1 where a limit is passed. About five minutes on two cores.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from benchmarks.report import Report
from model.decompose import decompose, silent
from model.engines import load
from model.imaging.tiles import TILE
from model.nano import layout
from model.nano.network import MARKS, Network
from model.types import Composite, Kind, Options, Request

ROOT = Path(__file__).resolve().parent.parent
PICTURES = [ROOT / "examples" / f"{name}.jpg" for name in ("watermark-tiled", "watermark-text", "watermark-icons")]
SIZES = {"1 MP": (1152, 864), "12 MP": (4000, 3000)}
INFERENCE, WHOLE = 1.6, 3.0  # the limits, times a plain pass


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@cache
def reference() -> Network:
    return Network(MARKS)


def plain_pass(width: int, height: int) -> None:
    network, condition = reference(), np.zeros(layout.CONDITION_WIDTH, np.float32)
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            size = min(TILE, height - top), min(TILE, width - left)
            network.predict(np.zeros((layout.PICTURE_CHANNELS, *size), np.float32), condition)


def measure(pixels: np.ndarray, runs: int) -> tuple[float, float, float]:
    """Least seconds of a plain pass, of the engine's estimate, and of estimate and finish."""
    height, width = pixels.shape[:2]
    engine = load("nano")
    request = Request(Composite(pixels), Options(kind=Kind.WATERMARK, candidates=1))
    times = [
        (
            seconds(lambda: plain_pass(width, height)),
            seconds(lambda: engine.estimate(request, silent)),
            seconds(lambda: decompose(request)),
        )
        for _ in range(runs)
    ]
    plain, inference, whole = (min(column) for column in zip(*times, strict=True))
    return plain, inference, whole


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("pictures", type=Path, nargs="*", default=PICTURES)
    parser.add_argument("--quick", action="store_true", help="one run over the first picture at 1 MP")
    args = parser.parse_args()
    report = Report()
    sizes = dict(list(SIZES.items())[:1]) if args.quick else SIZES
    print(f"{'picture':18} {'size':6} {'what':20} {'s per MP':>9} {'over a pass':>12} {'limit':>6}")
    for path in args.pictures[:1] if args.quick else args.pictures:
        source = cv2.cvtColor(np.asarray(cv2.imread(str(path))), cv2.COLOR_BGR2RGB)
        for name, size in sizes.items():
            one, inference, whole = measure(
                cv2.resize(source, size, interpolation=cv2.INTER_CUBIC), 2 if args.quick else args.runs
            )
            area, at = size[0] * size[1] / 1e6, f"{path.stem:18} {name:6}"
            print(f"{at} {'plain pass':20} {one / area:9.3f}")
            for what, took, limit in (("estimate", inference, INFERENCE), ("estimate and finish", whole, WHOLE)):
                verdict = report.judge(f"{what} over a plain pass, {path.stem}, {name}", took / one, limit, "x")
                print(f"{at} {what:20} {took / area:9.3f} {took / one:12.2f} {limit:6.1f}  {verdict}", flush=True)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
