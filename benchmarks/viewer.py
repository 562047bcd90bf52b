"""What view_actions at a picture costs: frames while panning and zooming, the first picture, an edit, offscreen.

    python -m benchmarks.viewer [--large 6000x4000] [--small 1732x1155] [--quick]

Ratios within one run, because machines are shared: a frame while panning at 24 megapixels against one at 2, CPU time
of the window's thread. The rest is told for orientation. The exit code is 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from PyQt6.QtWidgets import QApplication  # noqa: E402

from benchmarks.report import Report  # noqa: E402
from model.types import Composite, Layer  # noqa: E402
from ui.canvas.view import Canvas  # noqa: E402
from ui.entries import Entry  # noqa: E402
from ui.session import Document, Mode  # noqa: E402

FRAME_LIMIT = 1.5
"""Times a frame at 2 megapixels that one at 24 may cost."""
FRAMES = 40
ROUNDS = 4

report = Report()


def scene(width: int, height: int) -> Document:
    """Two layers that stack to the picture: noise under a mark of full alpha, so that no solve is needed."""
    rng = np.random.default_rng(1)
    small = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), np.uint8)
    pixels = np.ascontiguousarray(small.repeat(8, 0).repeat(8, 1)[:height, :width])
    alpha = np.zeros((height, width, 1), np.uint8)
    alpha[height // 4 : height // 2, width // 4 : width // 2] = 255
    background = np.where(alpha > 0, pixels // 2, pixels)
    document = Document(Composite(pixels), f"{width} x {height}")
    document.set_entries(
        [Entry(Layer("Background", background)), Entry(Layer("Mark", np.concatenate([pixels, alpha], axis=2)))]
    )
    return document


def settle(application: QApplication, canvas: Canvas) -> float:
    """Seconds until every tile that is wished for is there."""
    began = time.perf_counter()
    canvas.repaint()
    while not canvas.renderer.settled:
        application.processEvents()
        time.sleep(0.002)
    canvas.repaint()
    return time.perf_counter() - began


def pan(canvas: Canvas) -> list[float]:
    """CPU milliseconds of the window's thread for each frame of a pan along a loop."""
    taken = []
    for number in range(FRAMES):
        angle = 2 * np.pi * number / FRAMES
        began = time.thread_time()
        canvas.pan(24 * float(np.cos(angle)), 24 * float(np.sin(angle)))
        canvas.repaint()
        taken.append(1000 * (time.thread_time() - began))
    return taken


def opened(application: QApplication, size: tuple[int, int]) -> Canvas:
    """A canvas that shows a picture of this size."""
    canvas = Canvas()
    canvas.resize(1600, 1000)
    canvas.show()
    while (window := canvas.windowHandle()) is None or not window.isExposed():
        application.processEvents()
    document = scene(*size)
    document.show_as(mode=Mode.LAYERS)
    canvas.set_document(document)
    return canvas


def compare(application: QApplication, few: Canvas, many: Canvas, zoom: float | None) -> tuple[float, float]:
    """Milliseconds a frame of both; rounds alternate, so that other work on the machine meets both."""
    taken: tuple[list[float], list[float]] = ([], [])
    for canvas in (few, many):
        canvas.fit() if zoom is None else canvas.set_zoom(zoom)
    for _ in range(ROUNDS):
        for canvas, times in zip((few, many), taken, strict=True):
            settle(application, canvas)
            times += pan(canvas)
    return statistics.median(taken[0]), statistics.median(taken[1])


def edit(application: QApplication, canvas: Canvas) -> float:
    """Milliseconds from a changed rectangle of 128 x 128 to its sight."""
    canvas.set_zoom(1.0)
    settle(application, canvas)
    document = canvas.document
    assert document is not None
    patch = np.zeros((128, 128, 3), np.uint8)
    began = time.perf_counter()
    document.patch(document.entries[0].key, document.size[0] // 2, document.size[1] // 2, patch)
    settle(application, canvas)
    return 1000 * (time.perf_counter() - began)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", default="6000x4000")
    parser.add_argument("--small", default="1732x1155")
    parser.add_argument("--quick", action="store_true", help="at 100 % alone")
    args = parser.parse_args()
    large, small = (tuple(int(n) for n in text.split("x")) for text in (args.large, args.small))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DIFFDECOMPOSE_HOME"] = folder
        application = QApplication([])
        few, many = opened(application, (small[0], small[1])), opened(application, (large[0], large[1]))
        for canvas, name in ((few, args.small), (many, args.large)):
            canvas.fit()
            report.say(f"the whole picture, exact, {name}", settle(application, canvas), "s")
            report.say(f"128 x 128 changed at 100 % until seen, {name}", edit(application, canvas), "ms")
        for zoom in (1.0,) if args.quick else (1.0, None, 2.5):
            one, other = compare(application, few, many, zoom)
            name = "fit" if zoom is None else f"{zoom:.0%}"
            report.say(f"frame while panning at {name}, {args.small}", one, "ms")
            report.say(f"frame while panning at {name}, {args.large}", other, "ms")
            report.say(f"frame while panning at {name}, large over small", other / one, "x", FRAME_LIMIT)
        for canvas in (few, many):
            canvas.close_renderer()
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
