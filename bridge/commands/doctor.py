"""`diffdecompose doctor`: what a helper would ask first, and a zip of it to send."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--zip", type=Path, metavar="FILE", help="write it with the logs; no pictures, no token inside")
    parser.add_argument("--quick", action="store_true", help="do not start Krita and GIMP to ask for the plugin")
    parser.add_argument("--updates", action="store_true", help="ask the package index whether there is a newer version")


def run(args: argparse.Namespace) -> int:
    """Exit code 2 where the file cannot be written."""
    import sys

    from ..doctor import examine, hosts_asked, write_zip
    from ..updates import update_state
    from ..wire.discovery import home_folder

    findings = examine(home_folder())
    for finding in findings:
        print(finding)
    later = [] if args.quick else hosts_asked(home_folder())
    update = update_state() if args.updates else "update: not asked for (--updates asks the package index)"
    for finding in (*later, update):
        findings.append(finding)
        print(finding, flush=True)
    if args.zip is not None:
        try:
            write_zip(args.zip, home_folder(), findings)
        except OSError as problem:
            print(f"diffdecompose: {args.zip}: {problem.strerror}: choose another place", file=sys.stderr)
            return 2
        print(f"written: {args.zip}")
    return 0
