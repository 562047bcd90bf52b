"""`diffdecompose stop`: end the daemon. Accepted jobs wait for its next start."""

from __future__ import annotations

import argparse
import os
import signal
import time

from .connect import UNREACHABLE

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace) -> int:
    """Exit code 0 also where none runs: then it is as wished."""
    from ..wire import Client, DaemonUnavailable, JobFailed
    from ..wire.discovery import home_folder, read_runtime

    del args
    runtime = read_runtime(home_folder())
    if runtime is None:
        print("no daemon runs")
        return 0
    try:
        with Client.connect("stop", autostart=False) as client:
            client.stop()
    except JobFailed:  # it is older or newer than we are, and answers nothing else than that
        os.kill(runtime.pid, signal.SIGTERM)
    except DaemonUnavailable as problem:
        print(f"diffdecompose: {problem.what}")
        return UNREACHABLE
    deadline = time.monotonic() + 10.0
    while read_runtime(home_folder()) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    print("the daemon ended")
    return 0
