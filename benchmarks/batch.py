"""Many pictures: how much faster a batch with a process a core is than one process over the same folder.

    python -m benchmarks.batch [--count 200] [--side 1000] [--workers 2] [--against CHECKOUT] [--quick]

Both ways in one run, over the same pictures, in new folders. --against: the one process is that of another checkout of
this project, an earlier state; without it, the one process is this state's. The pictures are crops of the examples,
with and without an overlay. Memory is the most that all processes of a batch held together, by samples. Exit code 1
where a limit is passed; the speed-up of --quick, which is mostly starting processes, has none. About 20 minutes on two
cores; `--count 12` takes two.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import psutil

from benchmarks.report import Report

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


def measured(source: Path, out: Path, workers: int, checkout: Path = ROOT) -> Run:
    """One batch in processes of its own, by the program in `checkout`. Raises CalledProcessError where it fails."""
    command = [sys.executable, "-P", "-m", "bridge", "decompose", str(source), "-o", str(out)]
    command += ["--daemon", "never"]
    if (checkout / "bridge" / "batch").is_dir():  # else a state from before there was a batch: one process, no flag
        command += ["--workers", str(workers)]
    began, memory, seconds_of = time.monotonic(), 0, {}
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    quiet = subprocess.DEVNULL
    process = psutil.Popen(command, stdout=quiet, stderr=quiet, cwd=checkout, env=environment)
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
    parser.add_argument("--against", type=Path, default=ROOT, help="checkout whose one process is compared with")
    parser.add_argument("--quick", action="store_true", help="six pictures, and no limit on the speed-up")
    args = parser.parse_args()
    count = 6 if args.quick else args.count
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "in"
        source.mkdir()
        pictures(source, count, args.side)
        one = measured(source, Path(place) / "one", 1, args.against.resolve())
        many = measured(source, Path(place) / "many", args.workers)
    report = Report()
    for name, run in (("one process", one), (f"{args.workers} processes", many)):
        report.say(f"{name}, pictures of {args.side**2 / 1e6:.2g} MP a minute", 60 * count / run.seconds, "")
        report.say(f"{name}, processor time a picture", run.cores * run.seconds / count, "s")
    limits = (None, None) if args.quick else (SPEED_UP, BUSY)
    report.say("speed-up, with the start of the processes", one.seconds / many.seconds, "x", limits[0], at_least=True)
    report.say(f"cores in use by {args.workers} processes", many.cores, "", limits[1], at_least=True)
    report.say(f"memory of {args.workers} processes", many.memory / 2**30, "GiB", MEMORY / 2**30)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
