"""`diffdecompose train nano|vae|lora ...`: which stage, then that stage's own options."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from ..errors import EngineUnavailable, ModelError

__all__ = ["STAGES", "main"]

STAGES = {  # name -> module, what it is
    "nano": (".nano", "the embedded engine, from generated samples"),
    "vae": (".flux.vae", "AlphaVAE: a Flux autoencoder that learns alpha"),
    "lora": (".flux.lora", "DiffDecompose: the LoRA of the diffusion transformer"),
}


def main(words: list[str]) -> int:
    """`words`: the stage's name, then its options (`train nano --help`).

    Exit code 2 for bad input or a run that cannot go on as asked, 4 where a model or library is missing.
    """
    parser = argparse.ArgumentParser(prog="diffdecompose train", description="Train an engine.")
    stages = parser.add_subparsers(dest="stage", required=True, metavar="STAGE")
    for name, (_, summary) in STAGES.items():
        stages.add_parser(name, help=summary, add_help=False)
    chosen, options = parser.parse_known_args(words)
    try:
        import_module(STAGES[chosen.stage][0], __package__).main(options)
    except EngineUnavailable as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 4
    except ModelError as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 2
    return 0
