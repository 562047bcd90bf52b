"""`diffdecompose stop`: end the daemon. Accepted jobs wait for its next start."""

from __future__ import annotations

import argparse
import time

from .reach import with_client

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace) -> int:
    """Exit code 0 also where none runs: then it is as wished."""
    from ..wire.discovery import home_folder, read_runtime

    del args
    if read_runtime(home_folder()) is None:
        print("no daemon runs")
        return 0

    def stop(client) -> int:
        client.stop()
        deadline = time.monotonic() + 10.0
        while read_runtime(home_folder()) is not None and time.monotonic() < deadline:
            time.sleep(0.05)
        print("the daemon ended")
        return 0

    return with_client(stop)
