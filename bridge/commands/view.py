"""`diffdecompose view`: the desktop viewer, in this process."""

from __future__ import annotations

import argparse
import sys

__all__ = ["add_arguments", "run"]

MISSING = 4
"""Exit code: the viewer's libraries are not installed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", help="pictures to open")
    parser.add_argument("--reset", action="store_true", help="forget the viewer's settings first")
    parser.add_argument("--language", default="", help="of the interface, for example de")


def run(args: argparse.Namespace) -> int:
    # By name: `bridge` may not import `ui`; this command only hands over to the program beside it.
    from importlib import import_module

    try:
        viewer = import_module("ui.app")
    except ImportError as problem:
        print(f"diffdecompose: the viewer needs {problem.name or 'Qt'}: install the extra ui", file=sys.stderr)
        return MISSING
    words = [*args.files, *(["--reset"] if args.reset else [])]
    if args.language:
        words += ["--language", args.language]
    return viewer.main(words)
