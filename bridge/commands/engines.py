"""`diffdecompose engines`: the engines, whether each can run on this machine, and fetching what one lacks."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

__all__ = ["add_arguments", "run"]

_LIBRARIES = ("torch", "diffusers", "huggingface_hub", "peft", "safetensors", "transformers", "accelerate")
"""What the extra `flux` brings, by import name: every engine that needs weights needs it."""
_PACKAGE = "diffdecompose-bridge"
_EXTRA = f"{_PACKAGE}[flux]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object an engine")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    made = verbs.add_parser("install", help="fetch what an engine lacks: libraries first, then its weights")
    made.add_argument("engine", metavar="NAME", help="from the list")
    made.add_argument("--lora", type=Path, metavar="FILE", help="the decomposition LoRA, which flux needs")
    made.add_argument("--accept-licence", action="store_true", help="you have read the licences and accept them")


def run(args: argparse.Namespace) -> int:
    """Exit code 0; of `install` that of `models`, 2 for a wrong name or a missing LoRA, 4 without a library."""
    return _install(args) if args.verb == "install" else _list(args)


def _list(args: argparse.Namespace) -> int:
    from model.engines import available

    from ..engine_info import engine_info

    for state in available():
        if args.json:
            print(
                json.dumps({"engine": state.name, "ready": state.ready, "reason": state.reason, "about": state.about})
            )
            continue
        print(f"{state.name:14} {'ready' if state.ready else 'not ready':10} {state.about}")
        if not state.ready:
            print(f"{'':25} {state.reason}")
        if command := engine_info(state).command:
            print(f"{'':25} to fetch what it lacks: {command}")
    return 0


def _install(args: argparse.Namespace) -> int:
    from model.engines import ENGINES
    from model.weights.places import models_folder

    entry, folder = ENGINES.get(args.engine), models_folder()
    if entry is None:
        return _refuse(f"there is no engine {args.engine!r}: choose one of {', '.join(ENGINES)}", 2)
    if not entry.models:
        print(f"{entry.name} comes with diffdecompose: there is nothing to fetch")
        return 0
    # Its own folder is put together out of the models; told before anything is fetched.
    assembles = entry.name not in entry.models and not (folder / entry.name).is_dir()
    if assembles and args.lora is None:
        return _refuse(f"{entry.name} also needs a decomposition LoRA: name its file with --lora FILE", 2)
    if assembles and not args.lora.exists():
        return _refuse(f"there is no file {args.lora}: name that of the decomposition LoRA", 2)
    if not _have_libraries():
        return _refuse("the libraries are not complete: python3 -m installer install --upgrade --with flux", 4)
    for name in entry.models:
        if not (folder / name).is_dir() and (code := _models("pull", name=name, accept_licence=args.accept_licence)):
            return code
    if assembles:
        base, vae = map(Path, entry.models)
        if code := _models("assemble", base=base, vae=vae, lora=args.lora, name=entry.name):
            return code
    print(f"{entry.name} is installed; a service that runs notices it by itself")
    return 0


def _have_libraries() -> bool:
    """Whether every library is there, after pip was asked for those that were not."""
    if all(find_spec(name) for name in _LIBRARIES):
        return True
    try:
        version(_PACKAGE)
    except PackageNotFoundError:  # a bare checkout: pip would fetch whatever has that name elsewhere
        return False
    print(f"installing {_EXTRA}", file=sys.stderr, flush=True)
    return subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", _EXTRA]).returncode == 0


def _models(verb: str, **arguments: object) -> int:
    """The exit code of `diffdecompose models VERB`."""
    from . import models

    return models.run(argparse.Namespace(**{"verb": verb, "source": None, **arguments}))


def _refuse(line: str, code: int) -> int:
    print(f"diffdecompose: {line}", file=sys.stderr)
    return code
