"""`diffdecompose train nano|vae|lora ...`: hands the words after the stage's name to that stage's own parser."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

__all__ = ["add_arguments", "run"]

STAGES = ("nano", "vae", "lora")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stage", choices=STAGES, help="what to train; `train STAGE --help` lists its options")
    parser.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    try:
        stage = import_module(f"model.train.{args.stage}")
    except ModuleNotFoundError as missing:
        print(f"diffdecompose: training needs {missing.name}: install the extra train or flux", file=sys.stderr)
        return 4
    stage.main(args.words)
    return 0
