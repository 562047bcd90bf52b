"""`python3 -m installer install`: nothing but Python is needed on a fresh machine.

install   the application for this user: command, viewer, Krita and GIMP plugins. --uninstall takes it away.
run       makes the light environment of this checkout if it is missing, takes the pictures apart into `out/`:
          python3 -m installer run PICTURE...
test      makes the whole environment of this checkout if it is missing, then runs every check and every test.
bundle    makes the wheel, the plugin zips and a folder that installs without a network.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from . import bundle, lock, uninstall
from . import install as steps
from .checks import run_checks
from .environment import ROOT, ensure_environment
from .errors import InstallerError
from .requirements import memory_note

EXTRAS = ("flux", "heif")


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 done, 1 declined, 2 not possible (one line says why), 130 Ctrl-C; run and test: their own."""
    args = _parser().parse_args(arguments)
    try:
        return args.run(args)
    except InstallerError as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("diffdecompose: stopped; the same command goes on from here", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m installer", description=__doc__, formatter_class=_Plain)
    commands = parser.add_subparsers(dest="command", required=True)
    install = commands.add_parser("install", help="install the application for this user")
    install.add_argument("--with", dest="extras", action="append", default=[], choices=EXTRAS, help="also these parts")
    install.add_argument("--dry-run", action="store_true", help="only say what would be done")
    install.add_argument("--upgrade", action="store_true", help="replace another version, once the new one works")
    install.add_argument("--uninstall", action="store_true", help="take away what was installed, and nothing else")
    install.add_argument("--offline", type=Path, metavar="BUNDLE", help="from a bundle, without a network")
    install.add_argument("--yes", action="store_true", help="do not ask")
    install.set_defaults(run=_install)
    run = commands.add_parser("run", help="take pictures apart; layered files land in out/")
    run.add_argument("pictures", nargs="+")
    run.set_defaults(run=_run)
    test = commands.add_parser("test", help="every check and every test")
    test.add_argument("pytest_arguments", nargs=argparse.REMAINDER)
    test.set_defaults(run=lambda args: run_checks(ensure_environment("whole"), args.pytest_arguments))
    made = commands.add_parser("bundle", help="wheel, plugin zips, and a folder that installs without a network")
    made.add_argument("--out", type=Path, default=ROOT / "dist", metavar="DIR", help="where they land (dist)")
    made.set_defaults(run=lambda args: bundle.make(ensure_environment("light"), args.out.absolute()))
    return parser


def _install(args: argparse.Namespace) -> int:
    if args.uninstall:
        return _uninstall(args)
    plan = steps.make_plan(tuple(args.extras), args.offline)
    for line in [*steps.describe(plan), memory_note()]:
        if line:
            print(line)
    if args.dry_run:
        return 0
    if not args.yes and not _agreed("Install this?"):
        return 1
    with lock.alone():
        steps.install(plan, args.upgrade, steps.tell)
    return 0


def _uninstall(args: argparse.Namespace) -> int:
    print("\n".join(uninstall.describe()))
    if args.dry_run:
        return 0
    if not args.yes and not _agreed("Take this away?"):
        return 1
    with lock.alone():
        uninstall.uninstall(args.offline, steps.tell)
    return 0


def _agreed(question: str) -> bool:
    """The answer of whoever sits there; yes where nobody does."""
    if not sys.stdin or not sys.stdin.isatty():
        return True
    return input(f"{question} [Y/n] ").strip().lower() in ("", "y", "yes")


def _run(args: argparse.Namespace) -> int:
    python = ensure_environment("light")
    decompose = [str(python), "-P", "-m", "bridge", "decompose", *args.pictures]
    return subprocess.run([*decompose, "-o", str(ROOT / "out"), "--format", "psd", "--overwrite"]).returncode


class _Plain(argparse.RawDescriptionHelpFormatter):
    """Keeps the docstring's lines."""


if __name__ == "__main__":
    sys.exit(main())
