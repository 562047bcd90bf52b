"""`diffdecompose evaluate`: measures engines against truth and baselines; hands its words to `model.evaluate`."""

from __future__ import annotations

import argparse

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="...", help="see `evaluate -- --help`")


def run(args: argparse.Namespace) -> int:
    from model.evaluate.run import main

    return main([word for word in args.words if word != "--"])
