"""Writing a 6000 x 4000 document (background, foreground, merged preview): ours against the libraries that could.

    python -m benchmarks.formats [--runs 3] [--depth 8] [--quick]

Every contender runs in a process of its own, the libraries loaded and the pixels made before the clock starts; of
several runs, taken in turn, the least CPU time counts. Memory is the peak of the whole process, the pixels included,
and what the writing added to them. Exit code 1 where a ratio is above its limit. About two minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from benchmarks.report import Report

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT = 6000, 4000
LIMITS = [  # contender, against, what, at most
    ("psd", "psd-tools save()", "cpu", 0.17),
    ("psd", "psd-tools save()", "peak", 0.16),
    ("psd", "psd-tools frompil + write", "cpu", 0.50),
    ("ora", "Pillow level 1 in a zip", "cpu", 0.20),
]
Pixels = tuple[np.ndarray, np.ndarray, np.ndarray]


def document(depth: int) -> Pixels:
    """Background, foreground (53 % clear, 37 % partial, 10 % opaque) and merged picture, with the noise of a photo."""
    top, kind = 2**depth - 1, f"u{depth // 8}"
    rng = np.random.default_rng(0)
    background = np.empty((HEIGHT, WIDTH, 3), kind)
    foreground = np.zeros((HEIGHT, WIDTH, 4), kind)
    merged = np.empty_like(background)
    across = np.arange(WIDTH, dtype=np.float32)
    alpha = np.interp(across, [0.53 * WIDTH, 0.9 * WIDTH], [0, 1]).astype(np.float32)[None, :, None]
    for start in range(0, HEIGHT, 100):
        down = np.arange(start, start + 100, dtype=np.float32)[:, None]
        light = 0.5 + 0.25 * np.sin(across / 300) + 0.15 * np.cos(down / 200)
        noise = rng.normal(0, 0.012, (100, WIDTH, 3)).astype(np.float32)
        below = np.rint((light[:, :, None] * (1, 0.9, 0.8) + noise).clip(0, 1) * top)
        shades = np.where(alpha > 0, alpha + rng.normal(0, 0.01, (100, WIDTH, 1)), 0).clip(0, 1)
        shades = np.rint(np.where(alpha == 1, 1, shades) * top)
        colour = np.where(alpha > 0, np.rint((0.9 - 0.3 * light[:, :, None] + noise).clip(0, 1) * top), 0)
        rows = slice(start, start + 100)
        background[rows], foreground[rows, :, :3], foreground[rows, :, 3:] = below, colour, shades
        merged[rows] = np.rint((shades * colour + (top - shades) * below) / top)
    return background, foreground, merged


# --- contenders: each imports what it needs and returns what is to be timed -----------------------


def ours(encode_name: str, **options: bool) -> Callable[[Pixels, BinaryIO], None]:
    import imagecodecs
    from isal import isal_zlib

    from bridge import formats
    from bridge.formats.colour import srgb_profile
    from model.types import Layer

    imagecodecs.packbits_encode(b"loads the codec")
    isal_zlib.compress(srgb_profile())

    def write(pixels: Pixels, file: BinaryIO) -> None:
        background, foreground, merged = pixels
        layers = Layer("background", background), Layer("foreground", foreground)
        whole = formats.LayeredDocument((WIDTH, HEIGHT), layers, merged)
        getattr(formats, encode_name)(whole, file, **options)

    return write


def psd_tools_save() -> Callable[[Pixels, BinaryIO], None]:
    from psd_tools import PSDImage

    def write(pixels: Pixels, file: BinaryIO) -> None:
        psd = PSDImage.new("RGB", (WIDTH, HEIGHT), depth=pixels[0].dtype.itemsize * 8)  # type: ignore[arg-type]
        psd.create_pixel_layer_from_array(pixels[0], name="background")
        psd.create_pixel_layer_from_array(pixels[1], name="foreground")
        psd.save(file)

    return write


def psd_tools_record() -> Callable[[Pixels, BinaryIO], None]:
    from PIL import Image
    from psd_tools import PSDImage

    def write(pixels: Pixels, file: BinaryIO) -> None:
        psd = PSDImage.frompil(Image.fromarray(pixels[2]))
        psd.create_pixel_layer_from_array(pixels[0], name="background")
        psd.create_pixel_layer_from_array(pixels[1], name="foreground")
        psd._record.write(file)

    return write


def pillow_ora() -> Callable[[Pixels, BinaryIO], None]:
    from zipfile import ZIP_STORED, ZipFile

    from PIL import Image

    Image.init()

    def write(pixels: Pixels, file: BinaryIO) -> None:
        with ZipFile(file, "w", ZIP_STORED) as archive:
            for name, values in zip(("data/0.png", "data/1.png", "mergedimage.png"), pixels, strict=True):
                with archive.open(name, "w") as entry:
                    Image.fromarray(values).save(entry, "PNG", compress_level=1)

    return write


CONTENDERS: dict[str, Callable[[], Callable[[Pixels, BinaryIO], None]]] = {
    "psd": lambda: ours("encode_psd"),
    "psd, compact": lambda: ours("encode_psd", compact=True),
    "psd-tools save()": psd_tools_save,
    "psd-tools frompil + write": psd_tools_record,
    "ora": lambda: ours("encode_ora"),
    "Pillow level 1 in a zip": pillow_ora,
}
EIGHT_BITS_ONLY = {"psd-tools frompil + write", "Pillow level 1 in a zip"}


def measure(name: str, depth: int) -> dict[str, float]:
    """In this process: CPU and wall seconds, peak memory in bytes, what of it writing added, size of the file."""
    write = CONTENDERS[name]()
    pixels = document(depth)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # Linux: forget the peak of making the pixels
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryFile() as file:
        cpu, wall = time.process_time(), time.perf_counter()
        write(pixels, file)  # type: ignore[arg-type]
        file.flush()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        size = file.seek(0, 2)
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"cpu": cpu, "wall": wall, "peak": peak * unit, "added": (peak - before) * unit, "size": size}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--depth", type=int, choices=(8, 16), default=8)
    parser.add_argument("--one", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="one run of each")
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args.one, args.depth)))
        return 0
    runs = 1 if args.quick else args.runs
    names = [name for name in CONTENDERS if args.depth == 8 or name not in EIGHT_BITS_ONLY]
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(runs):
        for name in names:
            words = [sys.executable, "-P", "-m", "benchmarks.formats", "--depth", str(args.depth), "--one", name]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            done = subprocess.run(words, stdout=subprocess.PIPE, check=True, timeout=600, env=environment)
            found[name].append(json.loads(done.stdout))
    best = {name: {key: min(run[key] for run in runs) for key in runs[0]} for name, runs in found.items()}
    print(f"{WIDTH} x {HEIGHT}, {args.depth} bits, least of {runs} runs\n")
    print(f"{'':28}{'CPU s':>8}{'wall s':>8}{'peak MB':>9}{'added MB':>10}{'file MB':>9}")
    for name, said in best.items():
        sizes = (said[key] / 1e6 for key in ("peak", "added", "size"))
        print(f"{name:28}{said['cpu']:8.2f}{said['wall']:8.2f}" + "{:9.0f}{:10.0f}{:9.0f}".format(*sizes))
    print()
    report = Report()
    for name, other, what, limit in LIMITS:
        if other not in best:
            continue
        ratio = best[name][what] / best[other][what]
        words = {"cpu": "CPU time", "peak": "peak memory"}[what]
        report.say(f"writing {name} over {other}, {words}", ratio, "x", limit)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
