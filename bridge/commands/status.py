"""`diffdecompose status`: whether a daemon runs, its engines and its jobs in a few lines."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter

from .connect import with_client

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    def show(client) -> int:
        welcome, jobs = client.welcome, client.jobs()
        deadline = time.monotonic() + 5.0  # a daemon that was just started is still looking
        while any(engine.state == "loading" for engine in client.engines) and time.monotonic() < deadline:
            time.sleep(0.1)
            jobs = client.jobs()
        states = Counter(job.state for job in jobs)
        if args.json:
            engines = {engine.name: engine.state for engine in client.engines}
            said = {"version": welcome.version, "pid": welcome.pid, "engines": engines, "jobs": states}
            print(json.dumps({**said, "bytes": sum(job.size for job in jobs), "notices": welcome.notices}))
            return 0
        print(f"diffdecompose {welcome.version} runs, pid {welcome.pid}")
        for notice in welcome.notices:
            print(f"notice: {notice}")
        for engine in client.engines:
            detail = engine.detail if engine.state == "unavailable" else ""
            print(f"  {engine.name:14} {engine.state:12} {detail}".rstrip())
        counted = ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none"
        print(f"jobs: {counted}; {sum(job.size for job in jobs) / 1e6:.0f} MB kept")
        return 0

    return with_client(show)
