"""Many pictures: how much faster a batch with a process a core is than one process over the same folder.

    python -m benchmarks.batch [--count 200] [--side 1000] [--workers 2]

Both ways in one run, over the same pictures, in new folders. The pictures are crops of the examples, with and without
an overlay. Memory is the most that all processes of a batch held together, by samples. Exit code 1 where a limit is
passed. About 40 minutes on two cores; `--count 12` takes three.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import psutil

ROOT = Path(__file__).resolve().parent.parent
SPEED_UP, MEMORY, BUSY = 1.6, 3 << 30, 1.8
"""Limits: pictures a minute over one process; bytes; cores in use on average."""


@dataclass(frozen=True)
class Run:
    """seconds: wall clock.   cores: CPU seconds over them.   memory: bytes."""

    seconds: float
    cores: float
    memory: int


def pictures(folder: Path, count: int, side: int) -> None:
    """Crops of `side` x `side` pixels of the examples, enlarged where they are smaller."""
    examples = sorted((ROOT / "examples").glob("*.jpg"))
    rng = np.random.default_rng(0)
    for number in range(count):
        source = cv2.imread(str(examples[number % len(examples)]))
        assert source is not None
        factor = max(1.0, side / min(source.shape[:2]))
        source = cv2.resize(source, None, fx=factor, fy=factor)
        top, left = (int(rng.integers(0, extent - side + 1)) for extent in source.shape[:2])
        cv2.imwrite(str(folder / f"{number:04}.jpg"), source[top : top + side, left : left + side])


def measured(source: Path, out: Path, workers: int) -> Run:
    """One batch in processes of its own. Raises CalledProcessError where it fails."""
    command = [sys.executable, "-P", "-m", "bridge", "decompose", str(source), "-o", str(out)]
    command += ["--workers", str(workers), "--daemon", "never"]
    began, memory, seconds_of = time.monotonic(), 0, {}
    process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    while process.poll() is None:
        held = 0
        for one in (process, *process.children(recursive=True)):
            try:
                held += one.memory_full_info().uss
                spent = one.cpu_times()
                seconds_of[one.pid] = spent.user + spent.system
            except psutil.Error:  # it ended meanwhile
                continue
        memory = max(memory, held)
        time.sleep(0.5)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    seconds = time.monotonic() - began
    return Run(seconds, sum(seconds_of.values()) / seconds, memory)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--side", type=int, default=1000, help="pixels")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "in"
        source.mkdir()
        pictures(source, args.count, args.side)
        one = measured(source, Path(place) / "one", 1)
        many = measured(source, Path(place) / "many", args.workers)
    print("workers  pictures a minute  cores in use  memory, GB")
    for name, run in ((1, one), (args.workers, many)):
        speed = 60 * args.count / run.seconds
        print(f"{name:7}  {speed:17.1f}  {run.cores:12.2f}  {run.memory / 2**30:10.2f}")
    ratio = one.seconds / many.seconds
    print(f"speed-up {ratio:.2f} (at least {SPEED_UP}), with the start of the processes")
    return 0 if ratio >= SPEED_UP and many.memory <= MEMORY and many.cores >= BUSY else 1


if __name__ == "__main__":
    sys.exit(main())
