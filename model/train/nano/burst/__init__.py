"""One short training run on a borrowed GPU: `python -m model.train.nano.burst --minutes 8 --out DIR`.

The machine is bare: torch, no network, and nothing but this project and what `pack` wrote. The run may be killed at any
second; what it wrote a minute before is whole.

command     the command line: run, pack, export
pack        what the run needs, small enough to bring along
run         the run: smoke step, compilation, training, weights every minute
compiled    compilation tried in another process first, given up after a minute
weights     float16 weights on disk, without the optimiser; from them to the graph of the package
"""

from .command import main

__all__ = ["main"]
