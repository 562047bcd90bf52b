"""`diffdecompose jobs`: every job that the daemon keeps, newest first."""

from __future__ import annotations

import argparse
import json
import time

from .connect import with_client

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a job")


def run(args: argparse.Namespace) -> int:
    def show(client) -> int:
        jobs = client.jobs()
        if args.json:
            for job in jobs:
                print(json.dumps(vars(job)))
            return 0
        if not jobs:
            print("no jobs")
        for job in jobs:
            size = f"{job.width}x{job.height}"
            print(f"{job.job:34} {job.state:9} {_when(job)}  {size}  {job.engine}  {_more(job)}".rstrip())
        return 0

    return with_client(show)


def _when(job) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(job.created))


def _more(job) -> str:
    if job.state == "queued":
        return f"place {job.place}"
    if job.state == "running":
        return f"{job.stage} {job.step}/{job.steps}, {job.seconds:.0f} s"
    return f"{job.what} ({job.code})" if job.code else job.title
