"""`diffdecompose data`: fetches AlphaBlend's sources and packs them for training and evaluation."""

from __future__ import annotations

import argparse

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="...", help="see `data -- --help`")


def run(args: argparse.Namespace) -> int:
    from model.alphablend.fetch import main

    main([word for word in args.words if word != "--"])
    return 0
