"""The load run: what daemon and wire cost, as ratios of things measured in the same run.

    python -m benchmarks.transport [--repeat 7] [--quick]

A 24-megapixel RGBA picture through daemon and worker with an engine that does nothing, against a bare `websockets`
echo of the same bytes; the daemon's memory; idle clients; time to the first answer; how soon a Cancel is answered;
a thousand small jobs. Prints one line a figure with its limit; the exit code is 1 where one is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that it also runs as a file

from websockets.sync.client import connect  # noqa: E402

from benchmarks.report import Report  # noqa: E402
from bridge.wire import Client, Options, Picture  # noqa: E402
from bridge.wire.discovery import read_runtime  # noqa: E402

ENGINES_SCRIPT = ROOT / "tests" / "bridge" / "daemon" / "scripted_engines.py"
MIB = 1 << 20
WIDTH, HEIGHT = 6000, 4000
ECHO = """
import sys
from websockets.sync.server import serve
def echo(socket):
    for message in socket:
        socket.send(message[i:i + 1048576] for i in range(0, len(message), 1048576))
with serve(echo, "127.0.0.1", 0, compression=None, max_size=None) as server:
    print(server.socket.getsockname()[1], flush=True)
    server.serve_forever()
"""

report = Report()


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def daemon(folder: Path) -> Iterator[subprocess.Popen]:
    """A daemon with the odd engines."""
    command = [sys.executable, "-P", str(ENGINES_SCRIPT), "daemon", str(folder), json.dumps({"margin": MIB})]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def memory(pid: int, field: str) -> float:
    """MB of a line of /proc/PID/status: VmHWM is the peak, VmRSS what is resident now."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024 / 1e6


def processor(*pids: int) -> float:
    """Seconds of processor time that the processes took so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def transport(repeat: int, home: Path) -> None:
    """24 megapixels there and back, in turns with the echo, so that both see the same machine."""
    data = os.urandom(WIDTH * HEIGHT * 4)
    echo = subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE)
    assert echo.stdout is not None
    port = int(echo.stdout.readline())
    socket = connect(f"ws://127.0.0.1:{port}", compression=None, proxy=None, max_size=None)

    def bare() -> None:
        socket.send(data[i : i + MIB] for i in range(0, len(data), MIB))
        assert len(socket.recv()) == len(data)

    with daemon(home) as process, Client.connect("load", folder=home, autostart=False) as client:

        def ours() -> None:
            job = client.decompose(Picture(WIDTH, HEIGHT, data), Options(engine="null")).job
            answer = client.fetch(job)
            times.append(time.perf_counter())
            assert answer.background.data == data
            client.forget(job)

        times: list[float] = []
        bare()
        ours()
        there_and_back, echoes = [], []
        echo_work = our_work = 0.0
        for _ in range(repeat):
            echo_work -= processor(os.getpid(), echo.pid)
            echoes.append(seconds(bare))
            echo_work += processor(os.getpid(), echo.pid)
            our_work -= processor(os.getpid(), process.pid)
            began = time.perf_counter()
            ours()
            there_and_back.append(times[-1] - began)
            our_work += processor(os.getpid(), process.pid)
        echo_median, our_median = statistics.median(echoes), statistics.median(there_and_back)
        report.say("bare echo of 96 MB, 1 MiB fragments", echo_median * 1000, "ms")
        report.say("24 MP through daemon and worker", our_median * 1000, "ms")
        report.say("24 MP round trip over echo", our_median / echo_median, "x", 2.0)
        report.say("   the same in processor time, whatever else runs", our_work / echo_work, "x", 2.0)
        limit = 0.5 * len(data) / 1e6 + 60
        report.say("daemon's peak memory, 96 MB in flight each way", memory(process.pid, "VmHWM"), "MB", limit)
    socket.close()
    echo.kill()


def idle_clients(home: Path) -> None:
    with daemon(home) as process, Client.connect("first", folder=home, autostart=False):
        time.sleep(1.0)
        before = memory(process.pid, "VmRSS")
        clients = [Client.connect(f"idle{number}", folder=home, autostart=False) for number in range(100)]
        time.sleep(1.0)
        report.say("100 idle clients", memory(process.pid, "VmRSS") - before, "MB", 60.0)
        for client in clients:
            client.close()


def first_hello(repeat: int, home: Path) -> None:
    """From starting the process of the real daemon to the first Welcome, over importing what it stands on."""
    environ = {**os.environ, "DIFFDECOMPOSE_HOME": str(home)}
    imports = [sys.executable, "-c", "import websockets.asyncio.server, sqlite3"]
    base, ours = [], []

    def serve() -> None:
        nonlocal process
        process = subprocess.Popen(
            [sys.executable, "-m", "bridge", "serve"], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL
        )
        while read_runtime(home) is None:
            time.sleep(0.002)
        Client.connect("first", folder=home, autostart=False).close()

    for _ in range(repeat + 1):
        process: subprocess.Popen | None = None
        base.append(seconds(lambda: subprocess.run(imports, check=True)))
        ours.append(seconds(serve))
        assert process is not None
        process.terminate()
        process.wait(20)
    base_median, our_median = statistics.median(base[1:]), statistics.median(ours[1:])
    report.say("importing websockets and sqlite3", base_median * 1000, "ms")
    report.say("serve to first Hello", our_median * 1000, "ms")
    report.say("serve to first Hello over the imports", our_median / base_median, "x", 3.0)


def cancels(home: Path) -> None:
    """`slow` makes a step every 50 ms; `hang` never does."""
    with daemon(home), Client.connect("cancel", folder=home, autostart=False) as client:
        for engine, limit in (("slow", 0.1), ("hang", 2.0)):
            job = client.submit(Picture(8, 8, bytes(256)), Options(engine=engine, seed=1000)).job
            while not any(line.job == job and line.stage == "network" for line in client.jobs()):
                time.sleep(0.01)
            began = time.perf_counter()
            client.cancel(job)
            report.say(f"cancel of engine {engine!r} answered", time.perf_counter() - began, "s", limit)
            after = client.submit(Picture(8, 8, bytes(256)), Options(engine="null")).job
            client.wait(after)
            report.say("   and the next job done", time.perf_counter() - began, "s")


def small_jobs(home: Path, count: int) -> None:
    picture = Picture(64, 64, os.urandom(64 * 64 * 4))
    with daemon(home) as process, Client.connect("small", folder=home, autostart=False) as client:

        def some(number: int) -> None:
            for _ in range(number):
                done = client.decompose(picture, Options(engine="null"))
                client.fetch(done.job)
                client.forget(done.job)

        some(100)
        worker = max(int(line.split("pid=")[1].split()[0]) for line in _log(home) if "worker=cpu pid=" in line)
        before = memory(process.pid, "VmRSS"), memory(worker, "VmRSS"), _files(home)
        took = seconds(lambda: some(count))
        report.say(f"{count} small jobs (64 px), fetched and forgotten", count / took, "jobs/s")
        report.say("   growth of the daemon", memory(process.pid, "VmRSS") - before[0], "MB", 5.0)
        report.say("   growth of the worker", memory(worker, "VmRSS") - before[1], "MB", 5.0)
        report.say("   growth in files", _files(home) - before[2], "", 0)


def _log(home: Path) -> list[str]:
    return (home / "daemon.log").read_text("utf-8").splitlines()


def _files(home: Path) -> int:
    return sum(1 for path in (home / "jobs").rglob("*") if path.name != "jobs.sqlite-wal")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--small-jobs", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="three rounds and 200 small jobs")
    args = parser.parse_args()
    if args.quick:
        args.repeat, args.small_jobs = 3, 200
    with tempfile.TemporaryDirectory() as folder:
        transport(args.repeat, Path(folder) / "transport")
        idle_clients(Path(folder) / "idle")
        first_hello(args.repeat, Path(folder) / "hello")
        cancels(Path(folder) / "cancel")
        small_jobs(Path(folder) / "small", args.small_jobs)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
