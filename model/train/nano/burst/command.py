"""The command line of a short run on a borrowed GPU.

python -m model.train.nano.burst pack --into data/burst                    # here, before: 26 MB and the weights
python -m model.train.nano.burst --bundle data/burst --minutes 8 --out OUT    # there
python -m model.train.nano.burst export --weights OUT/average.safetensors --to marks.onnx    # here, afterwards
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..config import CONFIGS

__all__ = ["main"]

SHIPPED = Path(__file__).parents[3] / "nano"


def pack(words: list[str]) -> None:
    from .pack import write_bundle

    line = argparse.ArgumentParser(prog="python -m model.train.nano.burst pack")
    line.add_argument(
        "--pack", type=Path, default=Path("data/alphablend.zip"), help="what model.alphablend.fetch wrote"
    )
    line.add_argument("--into", type=Path, default=Path("data/burst"))
    line.add_argument("--course", default="marks", choices=sorted(CONFIGS))
    line.add_argument("--network", type=Path, help="the graph to begin with (the shipped one)")
    line.add_argument("--megabytes", type=float, default=26.0, help="the most that the pack may take")
    given = line.parse_args(words)
    network = given.network or SHIPPED / f"{given.course}.onnx"
    print(write_bundle(given.pack, given.into, given.course, network, given.megabytes))


def export(words: list[str]) -> None:
    from ....nano.net.export import export as write_graph
    from .weights import load_weights, network_of

    line = argparse.ArgumentParser(prog="python -m model.train.nano.burst export")
    line.add_argument("--weights", type=Path, required=True, help="average.safetensors or network.safetensors of a run")
    line.add_argument("--network", type=Path, default=SHIPPED / "marks.onnx", help="the graph that the run began with")
    line.add_argument("--to", type=Path, required=True)
    given = line.parse_args(words)
    _, _, notes = load_weights(given.weights)
    difference = write_graph(network_of(given.weights, given.network), given.to, notes)
    size = given.to.stat().st_size
    print(f"{given.to}: {size / 1e6:.1f} MB, within {difference:.4f} of the weights; {notes.get('samples')} samples")


def run(words: list[str]) -> None:
    from .run import BurstConfig, burst

    line = argparse.ArgumentParser(prog="python -m model.train.nano.burst", description=__doc__)
    add = line.add_argument
    add("--bundle", type=Path, default=Path("data/burst"), help="the folder that `pack` wrote")
    add("--out", type=Path, required=True)
    add("--minutes", type=float, default=BurstConfig.minutes, help="of training, from the first step on")
    add("--course", dest="name", default="marks", choices=sorted(CONFIGS))
    add("--device", default="cuda", choices=["cpu", "cuda"])
    add("--widths", type=_numbers, help="of a larger network, such as 64,112,176,256")
    add("--batch", type=int, default=BurstConfig.batch, help="samples a gradient step")
    add("--parts", type=int, default=BurstConfig.parts, help="gradient steps for one synthesised batch")
    add("--sizes", type=_sizes, default=BurstConfig.sizes, help="of samples, such as 128x128 or 128x128,256x256")
    add("--rate", type=float, default=BurstConfig.rate)
    add("--no-compile", dest="compile", action="store_false")
    add("--compile-seconds", type=float, default=BurstConfig.compile_seconds, help="after which it goes on without")
    add("--save-seconds", type=float, default=BurstConfig.save_seconds)
    add("--log-seconds", type=float, default=BurstConfig.log_seconds)
    add("--crops", type=int, default=BurstConfig.crops, help="to validate each kind on at the end")
    add("--seed", type=int, default=0)
    add("--steps", type=int)
    burst(BurstConfig(**vars(line.parse_args(words))))


def trial(words: list[str]) -> None:
    from .compiled import trial as compile_here

    compile_here(*words)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def _sizes(text: str) -> tuple[tuple[float, tuple[int, int]], ...]:
    """The first size has 0.6 of the samples, the others what is left in equal parts."""
    sizes = [tuple(int(side) for side in size.split("x")) for size in text.split(",")]
    shares = [1.0] if len(sizes) == 1 else [0.6, *[0.4 / (len(sizes) - 1)] * (len(sizes) - 1)]
    return tuple((share, (h, w)) for share, (h, w) in zip(shares, sizes, strict=True))


COMMANDS = {"pack": pack, "export": export, "trial": trial}


def main(arguments: list[str] | None = None) -> None:
    words = sys.argv[1:] if arguments is None else arguments
    command = COMMANDS.get(words[0]) if words else None
    if command is None:
        run(words)
    else:
        command(words[1:])
