"""Many pictures: how much faster a batch with a process a core is than one process over the same folder.

    python -m benchmarks.batch [--count 200] [--rounds 1] [--side 1000] [--workers 2] [--against CHECKOUT] [--cluster]
                               [--quick]

Both ways in one run, over the same pictures, in new folders. --rounds: the pictures are parted into so many folders,
and the ways take turns over each, so that what else the machine does meets all of them. --against: the one process is
that of another checkout of this project, an earlier state; without it, the one process is this state's. --cluster: the
same once more on two Ray nodes of one core each, whose memory and cores are not counted. The pictures are crops of the
examples, with and without an overlay. Memory is the most that all processes of a batch held together, by samples. Exit
code 1 where a limit is passed; the speed-up of --quick, which is mostly starting processes, has none. About 25 minutes
on two cores; `--count 12` takes two.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from benchmarks.report import Report

ROOT = Path(__file__).resolve().parent.parent
SPEED_UP, MEMORY, BUSY, ON_CLUSTER = 1.6, 3 << 30, 1.8, 0.85
"""Limits: pictures a minute over one process; bytes; cores in use on average; pictures a minute over those here."""

SAMPLING = 2.0
"""Seconds between two looks at memory: each walks the pages of every process, and so takes from what is measured."""


@dataclass(frozen=True)
class Run:
    """seconds: wall clock.   cores: CPU seconds over them.   memory: bytes."""

    seconds: float
    cores: float
    memory: int


def together(runs: Sequence[Run]) -> Run:
    """Runs one after the other as one."""
    seconds = sum(run.seconds for run in runs)
    return Run(seconds, sum(run.cores * run.seconds for run in runs) / seconds, max(run.memory for run in runs))


def pictures(folder: Path, count: int, side: int, first: int = 0, every: int = 1) -> None:
    """Crops of `side` x `side` pixels of the examples, enlarged where they are smaller: `count`, or some of them."""
    examples = sorted((ROOT / "examples").glob("*.jpg"))
    rng = np.random.default_rng(0)
    for number in range(count):
        source = cv2.imread(str(examples[number % len(examples)]))
        assert source is not None
        factor = max(1.0, side / min(source.shape[:2]))
        source = cv2.resize(source, None, fx=factor, fy=factor)
        top, left = (int(rng.integers(0, extent - side + 1)) for extent in source.shape[:2])
        if number % every == first:
            cv2.imwrite(str(folder / f"{number:04}.jpg"), source[top : top + side, left : left + side])


def measured(source: Path, out: Path, workers: int, checkout: Path = ROOT, more: Sequence[str] = ()) -> Run:
    """One batch in processes of its own, by the program in `checkout`, with `more` options.

    Raises CalledProcessError where it fails.
    """
    command = [sys.executable, "-P", "-m", "bridge", "decompose", str(source), "-o", str(out)]
    command += ["--daemon", "never", *more]
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
        with suppress(psutil.TimeoutExpired):
            process.wait(SAMPLING)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    seconds = time.monotonic() - began
    return Run(seconds, sum(seconds_of.values()) / seconds, memory)


@contextmanager
def cluster_of(nodes: int) -> Iterator[str]:
    """The address of a Ray cluster of so many nodes of one core, on this machine alone."""
    # Ray takes the loopback address on systems where it forms no clusters.
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    from ray.cluster_utils import Cluster

    node: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 80 << 20}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    for _ in range(nodes - 1):
        cluster.add_node(**node)
    try:
        assert cluster.address is not None
        yield cluster.address
    finally:
        cluster.shutdown()


def in_turn(place: Path, sources: Sequence[Path], args: argparse.Namespace) -> tuple[Run, Run, Run | None]:
    """One process, several, and Ray where it is asked for, over every folder in turn."""
    one, many, there = [], [], []
    for number, source in enumerate(sources):
        one.append(measured(source, place / f"one{number}", 1, args.against.resolve()))
        many.append(measured(source, place / f"many{number}", args.workers))
        if args.cluster:
            with cluster_of(2) as address:
                there.append(measured(source, place / f"there{number}", 2, more=["--cluster", address]))
    return together(one), together(many), together(there) if there else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=1, help="the ways take turns so many times")
    parser.add_argument("--side", type=int, default=1000, help="pixels")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--against", type=Path, default=ROOT, help="checkout whose one process is compared with")
    parser.add_argument("--cluster", action="store_true", help="two Ray nodes of one core each as well")
    parser.add_argument("--quick", action="store_true", help="six pictures, and no limit on the speed-up")
    args = parser.parse_args()
    count = 6 if args.quick else args.count
    with tempfile.TemporaryDirectory() as place:
        sources = [Path(place) / f"in{number}" for number in range(args.rounds)]
        for number, source in enumerate(sources):
            source.mkdir()
            pictures(source, count, args.side, number, args.rounds)
        one, many, there = in_turn(Path(place), sources, args)
    report = Report()
    for name, run in (("one process", one), (f"{args.workers} processes", many)):
        report.say(f"{name}, pictures of {args.side**2 / 1e6:.2g} MP a minute", 60 * count / run.seconds, "")
        report.say(f"{name}, processor time a picture", run.cores * run.seconds / count, "s")
    limits = (None, None) if args.quick else (SPEED_UP, BUSY)
    report.say("speed-up, with the start of the processes", one.seconds / many.seconds, "x", limits[0], at_least=True)
    report.say(f"cores in use by {args.workers} processes", many.cores, "", limits[1], at_least=True)
    report.say(f"memory of {args.workers} processes", many.memory / 2**30, "GiB", MEMORY / 2**30)
    if there is not None:
        report.say("two Ray nodes, pictures a minute", 60 * count / there.seconds, "")
        limit = None if args.quick else ON_CLUSTER
        report.say("two Ray nodes over two processes", many.seconds / there.seconds, "x", limit, at_least=True)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
