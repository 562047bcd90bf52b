"""`diffdecompose`: the command line. Puts the subcommands together and turns errors into one line and an exit code.

Exit codes: 0 done; 1 a defect of ours (the traceback is shown); 2 bad input or usage, nothing written;
3 some of several pictures failed; 4 the engine cannot run here; 5 the service could not be reached; 130 Ctrl-C.

Knows nothing of pixels; each subcommand is one file in `bridge.commands`.
"""

from __future__ import annotations

import time

STARTED = time.perf_counter()  # before anything heavy, so that the report can say what importing cost

import argparse  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from importlib import import_module  # noqa: E402
from importlib.metadata import PackageNotFoundError, version  # noqa: E402
from pathlib import Path  # noqa: E402

__all__ = ["main", "version_of_program"]

COMMANDS = {
    "decompose": "take pictures apart into layers",
    "view": "open the desktop viewer",
    "engines": "list the engines and whether they can run here",
    "models": "fetch, check and put together the weights of the big engines",
    "data": "fetch and pack the pictures that training and evaluation use; export triplets",
    "evaluate": "measure engines against truth and baselines",
    "train": "train an engine: nano, vae, lora",
    "plugins": "install, list and take out the Krita and GIMP plugins",
    "serve": "be the service that plugins and viewer share",
    "status": "say whether the service runs, with its engines and jobs",
    "jobs": "list the jobs of the service",
    "cancel": "stop jobs of the service",
    "stop": "end the service",
    "logs": "show the log of the service",
    "doctor": "examine this installation and say what is wrong",
}

OWN_PARSERS = {"data": "model.train.data", "evaluate": "model.evaluate.run", "train": "model.train.stages"}
"""Commands of `model` with a `main(words)` of their own: what stands after the command's name goes there as it is."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code. `arguments`: without the program's name, default sys.argv[1:]."""
    arguments = sys.argv[1:] if arguments is None else arguments
    problem = _shadowing_package()
    if problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 2
    try:
        if arguments and arguments[0] in OWN_PARSERS:
            return _hand_over(arguments[0], arguments[1:])
        args = _parser(arguments).parse_args(arguments)
        return args.run(args)
    except KeyboardInterrupt:
        print("diffdecompose: stopped; nothing half written was left behind", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`| head`): silence the interpreter's own flush and leave.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="diffdecompose", description="Takes flat pictures apart into exact layers.")
    parser.add_argument("--version", action="version", version=f"diffdecompose {version_of_program()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    # Only the command that runs is imported: the others would cost start-up time for nothing.
    wanted = next((word for word in arguments if word in COMMANDS), None)
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name == wanted and name not in OWN_PARSERS:
            module = import_module(f".commands.{name}", __package__)
            module.add_arguments(sub)
            sub.set_defaults(run=module.run, started=STARTED)
    return parser


def _hand_over(command: str, words: list[str]) -> int:
    try:
        own = import_module(OWN_PARSERS[command])
    except ModuleNotFoundError as missing:
        print(f"diffdecompose: {command} needs {missing.name}: install the extra train (or flux)", file=sys.stderr)
        return 4
    return own.main(words) or 0


def version_of_program() -> str:
    try:
        return version("diffdecompose-bridge")
    except PackageNotFoundError:
        return "(from a checkout that is not installed)"


def _shadowing_package() -> str | None:
    """The import names are plain words; another `model` on the path would be imported in silence."""
    home = Path(__file__).resolve().parent.parent
    for package in ("model",):
        found = import_module(package).__file__
        if found is None or Path(found).resolve().parent.parent != home:
            return f"another package {package!r} hides ours ({found}): install diffdecompose into its own environment"
    return None
