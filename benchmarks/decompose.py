"""The whole way of a picture, from a new process to a written PSD: start-up, speed, first run, memory.

    python -m benchmarks.decompose [--runs 5] [--engine nano] [--picture examples/watermark-tiled.jpg]

Everything is a ratio within one run, the contenders taken in turn and the least of the runs counted; memory is the
peak of the process over an idle interpreter with the same libraries loaded. Exit code 1 where a limit is passed.
About three minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent

# limits of the issue: ratio or bytes a pixel
START, WORK, FIRST, MEMORY = 3.0, 3.0, 2.0, {8: 45.0, 16: 60.0}

TOLD = ("--kind", "watermark")
"""So that a layer is found and tiles are refined, whatever the weights of the day think of the picture."""

PASS = """
import sys, time
import numpy as np
from model.nano import layout
from model.nano.network import MARKS, Network
network = Network(MARKS)
height, width = int(sys.argv[1]), int(sys.argv[2])
picture = np.zeros((12, height, width), np.float32)
condition = np.zeros(17, np.float32)
network.predict(picture[:, :256, :256], condition)
times = []
for _ in range(3):
    began = time.perf_counter()
    network.predict(picture, condition)
    times.append(time.perf_counter() - began)
print(min(times))
"""

PEAK = """
import resource, sys
import numpy, numba, cv2, onnxruntime, imagecodecs, isal.isal_zlib, PIL.Image, psd_tools
from bridge import formats
from model import decompose, engines, finish
engines.load(sys.argv[1])
def status(name):
    for line in open('/proc/self/status'):
        if line.startswith(name + ':'):
            return int(line.split()[1]) * 1024
idle = status('VmRSS')
open('/proc/self/clear_refs', 'w').write('5')  # the peak counts from here
from bridge.cli import main  # last: it starts the clock
code = main(['decompose', sys.argv[2], '-o', sys.argv[3], '--engine', sys.argv[1], '--overwrite', *sys.argv[4:]])
assert code == 0, code
print(status('VmHWM') - idle)
"""


def child(code: str, *words: object, env: dict[str, str] | None = None) -> str:
    command = [sys.executable, "-c", code, *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **(env or {})})
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout.strip().splitlines()[-1]


def wall(command: list[str], env: dict[str, str] | None = None) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **(env or {})})
    if done.returncode:
        raise SystemExit(done.stderr)
    return time.perf_counter() - began


def run_once(picture: Path, out: Path, engine: str) -> dict[str, float]:
    """The seconds that `decompose --json` reports, in a new process."""
    words = ["decompose", str(picture), "-o", str(out), "--engine", engine, "--overwrite", "--json", *TOLD]
    done = subprocess.run([sys.executable, "-m", "bridge", *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)["seconds"]


def enlarged(source: Path, size: tuple[int, int], depth: int, path: Path) -> Path:
    """`source` at width x height in `depth` bits, as a PNG."""
    pixels = cv2.resize(np.asarray(cv2.imread(str(source))), size, interpolation=cv2.INTER_CUBIC)
    if depth == 16:
        rng = np.random.default_rng(0)
        pixels = (pixels.astype(np.uint16) << 8) | rng.integers(0, 256, pixels.shape, np.uint16)
    cv2.imwrite(str(path), pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return path


def speed(picture: Path, folder: Path, engine: str, runs: int) -> list[tuple[str, float, float]]:
    small = enlarged(picture, (1152, 864), 8, folder / "1mp.png")
    bare = [sys.executable, "-c", "import onnxruntime, numpy, PIL.Image"]
    idle = [sys.executable, "-c", "pass"]
    starts, loads, works, passes = [], [], [], []
    for _ in range(runs):
        starts.append(wall(bare) - wall(idle))
        seconds = run_once(small, folder / "1mp.psd", engine)
        loads.append(seconds["import"] + seconds["load"])
        works.append(seconds["network"] + seconds["finish"] + seconds["write"])
        passes.append(float(child(PASS, 864, 1152)))
    return [
        ("import + load over `import onnxruntime, numpy, PIL`", min(loads) / min(starts), START),
        ("network + finish + write over one network pass, 1 MP", min(works) / min(passes), WORK),
    ]


def first_run(picture: Path, folder: Path, engine: str, runs: int) -> list[tuple[str, float, float]]:
    """Whole-process wall time with empty caches (byte code, compiled code, home folder) over the same again."""
    command = [sys.executable, "-m", "bridge", "decompose", str(picture), "-o", str(folder / "first.psd")]
    command += ["--engine", engine, "--overwrite"]
    firsts, seconds = [], []
    for run in range(max(2, runs // 2)):
        home = folder / f"home{run}"
        home.mkdir()
        env = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "PYTHONPYCACHEPREFIX": str(home / "pyc")}
        env["NUMBA_CACHE_DIR"] = str(home / "compiled")
        firsts.append(wall(command, env))
        seconds.append(wall(command, env))
    return [("first run ever over the second", min(firsts) / min(seconds), FIRST)]


def memory(picture: Path, folder: Path, engine: str) -> list[tuple[str, float, float]]:
    rows = []
    for depth, limit in MEMORY.items():
        large = enlarged(picture, (6000, 4000), depth, folder / f"24mp-{depth}.png")
        peak = int(child(PEAK, engine, large, folder / "24mp.psd", *TOLD))
        rows.append((f"24 MP, {depth} bit: peak bytes a pixel", peak / 24e6, limit))
        large.unlink()
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--engine", default="nano")
    parser.add_argument("--picture", type=Path, default=ROOT / "examples" / "watermark-tiled.jpg")
    parser.add_argument("--only", choices=["speed", "first", "memory"])
    args = parser.parse_args()
    picture = args.picture.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder, rows = Path(name), []
        if args.only in (None, "speed"):
            rows += speed(picture, folder, args.engine, args.runs)
        if args.only in (None, "first"):
            rows += first_run(picture, folder, args.engine, args.runs)
        if args.only in (None, "memory"):
            rows += memory(picture, folder, args.engine)
    print(f"{'what':56} {'measured':>9} {'limit':>7}")
    for what, value, limit in rows:
        print(f"{what:56} {value:9.2f} {limit:7.2f}  {'ok' if value <= limit else 'ABOVE'}")
    return int(any(value > limit for _, value, limit in rows))


if __name__ == "__main__":
    sys.exit(main())
