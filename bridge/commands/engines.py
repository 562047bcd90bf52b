"""`diffdecompose engines`: which engines there are, and whether each can run on this machine."""

from __future__ import annotations

import argparse
import json

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object an engine")


def run(args: argparse.Namespace) -> int:
    from model.engines import available

    for state in available():
        if args.json:
            print(
                json.dumps({"engine": state.name, "ready": state.ready, "reason": state.reason, "about": state.about})
            )
        else:
            print(f"{state.name:14} {'ready' if state.ready else 'not ready':10} {state.about}")
            if not state.ready:
                print(f"{'':14} {'':10} {state.reason}")
    return 0
