"""The whole way of a picture, from a new process to a written PSD: start-up, speed, first run, memory, cost.

    python -m benchmarks.decompose [--runs 5] [--engine nano] [--picture examples/watermark-tiled.jpg] [--quick]

Start-up and speed are ratios within one run, the contenders taken in turn and the least of the runs counted; memory is
the peak of the process over an idle interpreter with the same libraries loaded; the cost of a picture is in seconds of
two cores at 2.5 GHz, by the clock and of the processor. Exit code 1 where a limit is passed. About four minutes on two
cores, two with --quick.
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
from pathlib import Path

import cv2
import numpy as np

from benchmarks.report import Report

ROOT = Path(__file__).resolve().parent.parent

# limits of the issue: ratio or bytes a pixel
START, WORK, FIRST, MEMORY = 3.0, 3.0, 2.0, {8: 45.0, 16: 60.0}
SIZES: dict[str, tuple[tuple[int, int], float | None]] = {
    "1 MP": ((1152, 864), None),
    "12 MP": ((4000, 3000), None),
    "24 MP": ((6000, 4000), 20.0),
}
"""Width and height; the limit in seconds from the start of the process to its end."""

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


def speed(report: Report, picture: Path, folder: Path, engine: str, runs: int) -> None:
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
    report.say("import + load over `import onnxruntime, numpy, PIL`", min(loads) / min(starts), "x", START)
    report.say("network + finish + write over one network pass, 1 MP", min(works) / min(passes), "x", WORK)


def first_run(report: Report, picture: Path, folder: Path, engine: str, runs: int) -> None:
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
    report.say("first run ever over the second", min(firsts) / min(seconds), "x", FIRST)


def memory(report: Report, picture: Path, folder: Path, engine: str, depths: tuple[int, ...]) -> None:
    for depth in depths:
        large = enlarged(picture, (6000, 4000), depth, folder / f"24mp-{depth}.png")
        peak = int(child(PEAK, engine, large, folder / "24mp.psd", *TOLD))
        report.say(f"24 MP, {depth} bit: peak bytes a pixel", peak / 24e6, "B", MEMORY[depth])
        large.unlink()


def cost(report: Report, picture: Path, folder: Path, engine: str) -> None:
    """What a whole command costs by size; a mark over the whole picture, with nothing said of it."""
    for name, (size, limit) in SIZES.items():
        source = enlarged(picture, size, 8, folder / "cost.png")
        command = [sys.executable, "-m", "bridge", "decompose", str(source), "-o", str(folder / "cost.psd")]
        command += ["--engine", engine, "--overwrite", "--daemon", "never"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = wall(command)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        report.say(f"{name}, from start to end", seconds, "s", limit)
        report.say(f"{name}, processor time a megapixel", spent / (size[0] * size[1] / 1e6), "s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--engine", default="nano")
    parser.add_argument("--picture", type=Path, default=ROOT / "examples" / "watermark-tiled.jpg")
    parser.add_argument("--only", choices=["speed", "first", "memory", "cost"])
    parser.add_argument("--quick", action="store_true", help="two runs, memory at 8 bit alone")
    args = parser.parse_args()
    runs, depths = (2, (8,)) if args.quick else (args.runs, tuple(MEMORY))
    report = Report()
    picture = args.picture.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if args.only in (None, "speed"):
            speed(report, picture, folder, args.engine, runs)
        if args.only in (None, "first"):
            first_run(report, picture, folder, args.engine, runs)
        if args.only in (None, "memory"):
            memory(report, picture, folder, args.engine, depths)
        if args.only in (None, "cost"):
            cost(report, picture, folder, args.engine)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
