"""All benchmarks of the CPU in turn, one table, one exit code: `python -m benchmarks [--full] [--only NAME ...]`.

Without --full each runs in its quick form: all of them within five minutes on two idle cores. The exit code is 1 where
a limit is missed or a benchmark fails. `flux` and `overlay` are run by themselves.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .report import FIGURES, Figure

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ("core", "formats", "nano", "decompose", "batch", "edit", "viewer", "transport", "faults")


def run(name: str, words: list[str]) -> list[Figure] | None:
    """The figures of one benchmark, in a process of its own; None where it broke."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.json"
        command = [sys.executable, "-P", "-m", f"benchmarks.{name}", *words]
        environment = {**os.environ, FIGURES: str(path), "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                print(line, end="", file=sys.stderr, flush=True)
        if not path.is_file():
            return None
        return [Figure(**one) for one in json.loads(path.read_text("utf-8"))]


def table(found: dict[str, list[Figure] | None]) -> list[str]:
    """A line a figure, in Markdown."""
    lines = ["| benchmark | figure | value | limit |", "|---|---|---:|---|"]
    for name, figures in found.items():
        if figures is None:
            lines.append(f"| {name} | failed before its end | | MISSED |")
        for figure in figures or ():
            lines.append(f"| {name} | {figure.what} | {figure.value:.2f} {figure.unit} | {figure.verdict} |")
    return lines


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="every benchmark as it is by itself: an hour and a half")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=BENCHMARKS, metavar="NAME")
    args = parser.parse_args(arguments)
    began = time.monotonic()
    found: dict[str, list[Figure] | None] = {}
    for name in args.only:
        print(f"--- {name}, after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        found[name] = run(name, [] if args.full else ["--quick"])
    print("\n".join(table(found)))
    broken = [name for name, figures in found.items() if figures is None]
    missed = sum(figure.is_missed for figures in found.values() for figure in figures or ())
    count = sum(len(figures or ()) for figures in found.values())
    print(f"\n{count} figures in {time.monotonic() - began:.0f} s, {missed} beyond their limit", end="")
    print(f"; failed: {', '.join(broken)}" if broken else "")
    return 1 if missed or broken else 0


if __name__ == "__main__":
    sys.exit(main())
