"""`diffdecompose cancel`: stop jobs by their ids, or all that wait or run."""

from __future__ import annotations

import argparse

from .connect import with_client

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("jobs", nargs="*", metavar="JOB", help="an id from 'diffdecompose jobs', or its beginning")
    parser.add_argument("--all", action="store_true", help="every job that waits or runs")


def run(args: argparse.Namespace) -> int:
    """Exit code 2 where an id is not known or means several jobs."""

    def stop(client) -> int:
        living = [job.job for job in client.jobs() if job.state in ("queued", "running")]
        chosen, wrong = (living, 0) if args.all else _choose(args.jobs, [job.job for job in client.jobs()])
        for job in chosen:
            print(f"{job} {'cancelled' if client.cancel(job) else 'had ended before'}")
        if not chosen and not wrong:
            print("nothing to cancel")
        return wrong

    return with_client(stop)


def _choose(words: list[str], known: list[str]) -> tuple[list[str], int]:
    chosen, wrong = [], 0
    for word in words:
        found = [job for job in known if job.startswith(word)]
        if len(found) == 1:
            chosen.append(found[0])
        else:
            print(f"{word}: {'several jobs begin so' if found else 'no such job'}: see 'diffdecompose jobs'")
            wrong = 2
    return chosen, wrong
