"""Compares training on this machine with the committed curve: `python -m model.train.nano.reproduce`.

Trains `veils` from the published weights and seed 0 for its first 1,000 steps, on one thread, and compares the
mean loss of every 100 with `model/nano/curves/veils-first-1000.csv`. Exit code 1 where they are more than 5 % apart.
Ten to twenty minutes of a CPU core; another device rounds otherwise, and its curve may part from this one.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import torch

from ...nano.network import MARKS
from ..curve import CURVE, read_curve
from .config import CONFIGS
from .run import train
from .trainer import RunConfig

__all__ = ["COMMITTED", "NO_TIME_LIMIT", "compare", "main"]

COMMITTED = MARKS.parent / "curves" / "veils-first-1000.csv"
WINDOW = 100
MOST = 0.05

NO_TIME_LIMIT = 1e6
"""Minutes that no such run lasts: the learning rate stays what it is, however slow the machine."""


def losses(path: Path) -> dict[int, float]:
    """step -> total loss."""
    return {int(row["step"]): row["total"] for row in read_curve(path)}


def compare(curve: Path, other: Path) -> list[tuple[int, float, float]]:
    """(last step, mean loss of the one, of the other) of every window that both logged the same steps of.

    Raises ValueError where there is none.
    """
    one, two = losses(curve), losses(other)
    shared = sorted(one.keys() & two.keys())
    windows: dict[int, list[int]] = {}
    for step in shared:
        windows.setdefault(-(-step // WINDOW) * WINDOW, []).append(step)
    if not windows:
        raise ValueError(f"{curve} and {other} have no step in common")
    return [
        (steps[-1], sum(one[s] for s in steps) / len(steps), sum(two[s] for s in steps) / len(steps))
        for steps in windows.values()
    ]


def main(arguments: list[str] | None = None, run: RunConfig | None = None) -> int:
    """Train, print both curves, and how far apart they are. run: other than the committed one's (tests)."""
    parser = argparse.ArgumentParser(prog="python -m model.train.nano.reproduce", description=__doc__)
    parser.add_argument("--pack", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--curve", type=Path, default=COMMITTED)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--write", type=Path, help="keep this run's curve, for the day on which the config changes")
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        run = run or RunConfig(args.pack, Path(folder), CONFIGS["veils"], "veils")
        out = Path(folder)
        train(
            replace(run, pack=args.pack, out=out, minutes=NO_TIME_LIMIT, steps=args.steps, save_minutes=NO_TIME_LIMIT)
        )
        if args.write:
            shutil.copyfile(out / CURVE, args.write)
        found = compare(args.curve, out / CURVE)
    print(f"{'step':>5} {'committed':>10} {'here':>10} {'apart':>7}")
    for step, committed, here in found:
        print(f"{step:5} {committed:10.4f} {here:10.4f} {abs(here / committed - 1):7.2%}")
    return int(any(abs(here / committed - 1) > MOST for _, committed, here in found))


if __name__ == "__main__":
    sys.exit(main())
