"""The command line of nano's training.

    python -m model.train.nano --course marks --minutes 60 --processes 2     # two cores, one thread each
    python -m model.train.nano --course veils --until 07:30 --resume model/nano/veils.onnx

A run that was stopped, by SIGTERM or by its end, goes on with the same command. Its learning rate is constant until the
cooldown in the last part of the run; `--cooldown 0` leaves that out, for a run that is not the last.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from .config import CONFIGS
from .distributed import spawned
from .losses import RELATIVE, STANDARD
from .run import train
from .schedule import minutes_until
from .trainer import RunConfig

__all__ = ["main", "run_of"]


def parser() -> argparse.ArgumentParser:
    line = argparse.ArgumentParser(prog="python -m model.train.nano", description="Train the embedded engine.")
    add = line.add_argument
    add("--pack", type=Path, default=Path("data/alphablend.zip"), help="what model.alphablend.fetch wrote")
    add("--course", dest="name", default="marks", choices=sorted(CONFIGS), help="which network")
    add("--out", type=Path, help="data/runs/COURSE if not given; a run that lies there goes on")
    add("--device", default="cpu", choices=["cpu", "cuda"])
    add("--minutes", type=float, default=60.0)
    add("--until", metavar="HH:MM", help="in place of --minutes: the machine's time at which the run ends")
    add("--cooldown", type=float, default=0.2, help="share of the run in which the rate falls to 0 (0: none)")
    add("--resume", type=Path, help="a checkpoint.pt, or the shipped graph, for a run that begins")
    add("--compare", type=Path, help="a graph to validate beside the run's at its end")
    add("--processes", type=int, default=1, help="CPU only: one thread each, gradients averaged")
    add("--batch", type=int, help="samples a process and step (16 on a CPU, 512 on CUDA)")
    add("--rate", type=float, help="learning rate")
    add("--loss", default="standard", choices=["standard", "relative"], help="relative: adds what is reported")
    add("--varied", action="store_true", help="wide ranges of the generator, drawings among photographs")
    add("--seed", type=int, default=0)
    add("--log-every", type=int, default=25, help="steps from one row of curve.jsonl to the next")
    add("--steps", type=int, help="stop after so many steps")
    return line


def run_of(arguments: list[str] | None) -> RunConfig:
    """Raises InvalidRequest for an --until that is no time."""
    given = vars(parser().parse_args(arguments))
    given["out"] = given["out"] or Path("data/runs") / given["name"]
    given["weights"] = RELATIVE if given.pop("loss") == "relative" else STANDARD
    until, batch = given.pop("until"), given["batch"]
    if until:
        given["minutes"] = minutes_until(until)
    run = RunConfig(config=CONFIGS[given["name"]], **{k: v for k, v in given.items() if v is not None})
    if run.device == "cuda":
        run = replace(run, batch=batch or 512, compile=True, processes=1)
    return run


def main(arguments: list[str] | None = None) -> None:
    run = run_of(arguments)
    if run.processes == 1:
        train(run)
    else:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        spawned(train, run)
