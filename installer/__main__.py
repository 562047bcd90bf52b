"""`python3 -m installer run PICTURE...` and `python3 -m installer test`: nothing else is needed on a fresh machine.

run   makes the light environment if it is missing, then takes the pictures apart into `out/`.
test  makes the whole environment if it is missing, then runs every check and every test.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from .checks import run_checks
from .environment import ROOT, EnvironmentFailed, ensure_environment


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m installer", description=__doc__, formatter_class=_Plain)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="take pictures apart; layered files land in out/")
    run.add_argument("pictures", nargs="+")
    test = commands.add_parser("test", help="every check and every test")
    test.add_argument("pytest_arguments", nargs=argparse.REMAINDER)
    args = parser.parse_args(arguments)
    try:
        if args.command == "test":
            return run_checks(ensure_environment("whole"), args.pytest_arguments)
        python = ensure_environment("light")
    except EnvironmentFailed as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 2
    decompose = [str(python), "-P", "-m", "bridge", "decompose", *args.pictures]
    return subprocess.run([*decompose, "-o", str(ROOT / "out"), "--format", "psd", "--overwrite"]).returncode


class _Plain(argparse.RawDescriptionHelpFormatter):
    """Keeps the docstring's lines."""


if __name__ == "__main__":
    sys.exit(main())
