"""The fault run: many jobs from many clients while daemon and worker are killed at random.

    python -m benchmarks.faults [--jobs 200] [--clients 8] [--kills 20] [--seed 1] [--quick]

Every job has to end done exactly once with the right bytes, or cancelled because it was asked for. The last line says
`lost 0, duplicated 0, wrong 0`; the exit code is 1 otherwise. Real daemon, real worker processes, real client.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that it also runs as a file

import numpy as np  # noqa: E402

from benchmarks.report import Report  # noqa: E402
from bridge.wire import Client, JobCancelled, Options, Picture, WireError, new_job_id  # noqa: E402
from model.blending import recompose  # noqa: E402
from model.types import BlendType, Decomposition, Layer, Provenance  # noqa: E402
from model.types import Options as ModelOptions  # noqa: E402

ENGINES_SCRIPT = ROOT / "tests" / "bridge" / "daemon" / "scripted_engines.py"


@dataclass
class Run:
    """What a run is made of and what it found. doomed: how often each job's worker was killed on purpose."""

    folder: Path
    random: random.Random
    daemon: subprocess.Popen | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    ends: Counter = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    kills: Counter = field(default_factory=Counter)
    doomed: Counter = field(default_factory=Counter)
    jobs: list[str] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        command = [
            sys.executable,
            "-P",
            str(ENGINES_SCRIPT),
            "daemon",
            str(self.folder),
            json.dumps({"margin": 1 << 20}),
        ]
        self.daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self.daemon.stdout is not None
        self.daemon.stdout.readline()

    def note(self, end: str, problem: str = "") -> None:
        with self.lock:
            self.ends[end] += 1
            if problem:
                self.problems.append(problem)


def fault_run(jobs: int, clients: int, kills: int, seed: int, folder: Path) -> Run:
    """Run it all; `Run.ends` counts done, cancelled, lost, wrong and duplicated."""
    run = Run(folder, random.Random(seed))
    run.start()
    shares = [jobs // clients + (number < jobs % clients) for number in range(clients)]
    threads = [
        threading.Thread(target=_client, args=(run, share, seed * 1000 + number)) for number, share in enumerate(shares)
    ]
    killer = threading.Thread(target=_kill, args=(run, kills))
    for thread in (*threads, killer):
        thread.start()
    for thread in threads:
        thread.join()
    run.over.set()
    killer.join()
    _settle(run)
    return run


def _client(run: Run, share: int, seed: int) -> None:
    """One client: hands in, sometimes cancels, fetches, compares."""
    choice = random.Random(seed)
    with Client.connect(f"client{seed}", folder=run.folder, autostart=False, timeout=120.0) as client:
        for number in range(share):
            job = new_job_id()
            with run.lock:
                run.jobs.append(job)
            try:
                _one(run, client, job, choice, seed * 1000 + number)
            except WireError as problem:
                run.note("lost", f"{job}: {type(problem).__name__} {problem}")


def _one(run: Run, client: Client, job: str, choice: random.Random, seed: int) -> None:
    width, height = choice.randrange(16, 200), choice.randrange(16, 200)
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    pixels[..., 3] = 255
    picture = Picture(width, height, pixels.tobytes())
    options = Options(engine=choice.choice(["slow", "slow", "tint"]), seed=choice.randrange(1, 6))
    asked = choice.random() < 0.1
    deadline = time.monotonic() + choice.random()
    try:
        client.decompose(picture, options, job=job, cancelled=lambda: asked and time.monotonic() > deadline)
    except JobCancelled as problem:
        run.note("cancelled" if asked else "lost", "" if asked else f"{job}: {problem}")
        run.withdrawn.add(job)
        return
    answer = client.fetch(job)
    right = np.array_equal(_stacked(answer), pixels) and len(answer.layers) == (2 if options.engine == "tint" else 1)
    run.note("done" if right else "wrong", "" if right else f"{job}: other bytes came back")


def _stacked(answer) -> np.ndarray:
    layers = tuple(
        Layer(
            layer.name,
            np.frombuffer(layer.data, np.uint8).reshape(layer.height, layer.width, 4),
            (layer.x, layer.y),
            blend=BlendType(layer.blend),
        )
        for layer in answer.layers
    )
    said = Provenance("fault run", ModelOptions(), 0, None, None, 1.0, 0.0, 0)
    return recompose(Decomposition((answer.width, answer.height), layers, said))


def _kill(run: Run, kills: int) -> None:
    """Kill the daemon or the worker that runs a job, at random moments, until it was done `kills` times."""
    while sum(run.kills.values()) < kills and not run.over.wait(run.random.uniform(0.1, 0.6)):
        if run.random.random() < 0.3:  # a worker is often between two jobs, and then left alone
            assert run.daemon is not None
            run.daemon.kill()
            run.daemon.wait()
            run.kills["daemon"] += 1
            time.sleep(run.random.uniform(0.0, 0.3))
            run.start()
        else:
            _kill_worker(run)


def _kill_worker(run: Run) -> None:
    """The worker of a job that it was not done to before: by the promise two such deaths are forgiven, not three.

    The job may end between the look and the kill, and the next one be hit: that is its second at most.
    """
    lines = (run.folder / "daemon.log").read_text("utf-8").splitlines()
    workers = [line for line in lines if "worker=cpu pid=" in line and line.endswith("started")]
    starts = [line for line in lines if " attempt=" in line]
    if not workers or not starts:
        return
    job = starts[-1].split("job=")[1].split()[0]
    ended = any(f"job={job} {state}" in line for line in lines for state in ("done", "failed", "cancelled"))
    if ended or run.doomed[job]:
        return
    pid = int(workers[-1].split("pid=")[1].split()[0])
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    run.doomed[job] += 1
    run.kills["worker"] += 1


def _settle(run: Run) -> None:
    """Ask the daemon itself once more, and look for jobs that were adopted twice."""
    with Client.connect("judge", folder=run.folder, autostart=False, timeout=60.0) as client:
        states = {line.job: line.state for line in client.jobs()}
        client.stop()
    assert run.daemon is not None
    run.daemon.wait(30)
    for job in run.jobs:
        # One that was cancelled before its last byte had come was never accepted, and is not known.
        if states.get(job) not in ("done", "cancelled") and not (job in run.withdrawn and job not in states):
            run.note("lost", f"{job}: the daemon says {states.get(job)}")
    log = (run.folder / "daemon.log").read_text("utf-8")
    for job in run.jobs:
        if log.count(f"job={job} done") > 1:
            run.note("duplicated", f"{job}: adopted twice")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="40 jobs of 4 clients, 4 kills")
    args = parser.parse_args()
    if args.quick:
        args.jobs, args.clients, args.kills = 40, 4, 4
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        run = fault_run(args.jobs, args.clients, args.kills, args.seed, Path(folder) / "home")
    for problem in run.problems:
        print(problem)
    killed = f"daemon killed {run.kills['daemon']} times, worker {run.kills['worker']} times"
    print(f"{args.jobs} jobs of {args.clients} clients in {time.monotonic() - began:.0f} s; {killed}")
    print(f"done {run.ends['done']}, cancelled because asked {run.ends['cancelled']}")
    print(f"lost {run.ends['lost']}, duplicated {run.ends['duplicated']}, wrong {run.ends['wrong']}")
    report = Report()
    report.say("processes killed while the jobs ran", sum(run.kills.values()), "", args.kills, at_least=True)
    for end in ("lost", "duplicated", "wrong"):
        report.say(f"jobs {end}", run.ends[end], "", 0)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
