"""`diffdecompose logs`: the end of the daemon's log, and what comes after with --follow."""

from __future__ import annotations

import argparse

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", "--lines", type=int, default=40, help="how many lines (default 40)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on as the log grows; Ctrl-C ends")
    parser.add_argument("--job", default="", metavar="JOB", help="only the lines of one job")


def run(args: argparse.Namespace) -> int:
    from ..logs import LOG, follow_lines, read_lines
    from ..wire.discovery import home_folder

    folder = home_folder()
    lines = [line for line in read_lines(folder) if args.job in line]
    for line in lines[-args.lines :]:
        print(line)
    if not lines and not args.follow:
        print(f"nothing in {folder / LOG}")
    if args.follow:
        for line in follow_lines(folder):
            if args.job in line:
                print(line, flush=True)
    return 0
