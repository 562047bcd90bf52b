"""`diffdecompose doctor`: what a helper would ask first, and a zip of it to send."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--zip", type=Path, metavar="FILE", help="write it with the logs; no pictures, no token inside")


def run(args: argparse.Namespace) -> int:
    """Exit code 2 where the file cannot be written."""
    import sys

    from ..doctor import examine, write_zip
    from ..wire.discovery import home_folder

    findings = examine(home_folder())
    for finding in findings:
        print(finding)
    if args.zip is not None:
        try:
            write_zip(args.zip, home_folder(), findings)
        except OSError as problem:
            print(f"diffdecompose: {args.zip}: {problem.strerror}: choose another place", file=sys.stderr)
            return 2
        print(f"written: {args.zip}")
    return 0
