"""`diffdecompose plugins build`: the Krita zip and the GIMP folder, put together from this installation."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..assembly import HOSTS, AssemblyFailed, build

__all__ = ["add_arguments", "run"]

_NEXT = {
    "krita": "import it with Tools > Scripts > Import Python Plugin from File",
    "gimp": "put it into the plug-ins folder of your GIMP profile",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    made = verbs.add_parser("build", help="put a plugin together")
    made.add_argument("--host", choices=HOSTS, required=True, help="the program it is for")
    made.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder that receives it")


def run(args: argparse.Namespace) -> int:
    try:
        made = build(args.host, args.out)
    except AssemblyFailed as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 2
    print(made)
    print(_NEXT[args.host], file=sys.stderr)
    return 0
