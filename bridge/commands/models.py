"""`diffdecompose models`: the big engines' weights: list, pull, verify, remove, path, assemble."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.weights.catalogue import CatalogueEntry
    from model.weights.manifest import Progress
    from model.weights.store import ModelState

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="say what can be fetched and what is installed")
    listed.add_argument("--json", action="store_true", help="one JSON list on standard output")
    pulled = verbs.add_parser("pull", help="fetch a model, or go on fetching it; or take it from a folder")
    pulled.add_argument("name", metavar="NAME", help="from the list; with --from also a new name for your own")
    pulled.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="FOLDER",
        help="take it from there instead: a model's folder, your own LoRA (file or folder) or RGBA autoencoder",
    )
    pulled.add_argument("--accept-licence", action="store_true", help="you have read the licence and accept it")
    for verb, text in (
        ("verify", "compare every file with its hash"),
        ("remove", "delete a model and what was fetched of it"),
        ("path", "print the folder of an installed model"),
    ):
        verbs.add_parser(verb, help=text).add_argument("name", metavar="NAME")
    made = verbs.add_parser("assemble", help="make the folder that the engine flux runs, checked")
    made.add_argument("--base", type=Path, default=Path("flux.1-dev"), help="installed model or folder (flux.1-dev)")
    made.add_argument("--vae", type=Path, required=True, help="installed RGBA autoencoder, or its folder")
    made.add_argument("--lora", type=Path, required=True, help="installed LoRA, or its file")
    made.add_argument("--name", default="flux", help="the folder's name; the engine runs flux")


def run(args: argparse.Namespace) -> int:
    """Exit code 2 for bad input and what could not be fetched, 3 where verifying finds damage, 4 without a library."""
    from model.errors import EngineUnavailable, ModelError

    verb = {"list": _list, "pull": _pull, "verify": _verify, "remove": _remove, "path": _path, "assemble": _assemble}
    try:
        return verb[args.verb](args)
    except EngineUnavailable as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 4
    except ModuleNotFoundError as missing:
        print(f"diffdecompose: {missing.name} is missing: install the extra flux", file=sys.stderr)
        return 4
    except ModelError as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
    except OSError as problem:
        print(f"diffdecompose: {problem.filename}: {problem.strerror}: try again", file=sys.stderr)
    return 2


def _list(args: argparse.Namespace) -> int:
    from model.weights.places import models_folder
    from model.weights.store import states

    found = states(models_folder())
    if args.json:
        print(json.dumps([_fields(one) for one in found]))
        return 0
    for one in found:
        print(f"{one.name:20} {one.kind or 'folder':7} {_standing(one)}")
        if one.entry is not None:
            print(f"{'':20} {one.entry.about}; licence: {one.entry.licence}{_checked(one.entry, 'licence')}")
            if one.entry.unsupported:
                print(f"{'':20} cannot be used: {one.entry.unsupported}")
    return 0


def _standing(one: ModelState) -> str:
    if one.installed:
        return f"installed, {one.size / 1e9:.1f} GB"
    size = f"{one.entry.gigabytes:g} GB{_checked(one.entry, 'gigabytes')}" if one.entry else ""
    return f"{one.fetched / 1e9:.1f} of {size} fetched" if one.fetched else f"not installed, {size}"


def _checked(entry: CatalogueEntry, fact: str) -> str:
    """What is put after a fact of the catalogue that was not read at its source."""
    return " (not checked)" if fact in entry.unverified else ""


def _fields(one: ModelState) -> dict:
    fields = {
        "name": one.name,
        "kind": one.kind,
        "installed": one.installed,
        "bytes": one.size,
        "fetched": one.fetched,
        "folder": str(one.folder),
    }
    if one.entry is not None:
        entry = one.entry
        fields |= {
            "about": entry.about,
            "repository": entry.repository,
            "gigabytes": entry.gigabytes,
            "licence": entry.licence,
            "gated": entry.gated,
            "commercial": entry.commercial,
            "device_gib": entry.device_gib,
            "unsupported": entry.unsupported,
            "sources": dict(entry.sources),
            "unverified": list(entry.unverified),
        }
    return fields


def _pull(args: argparse.Namespace) -> int:
    from model.errors import InvalidRequest
    from model.weights import hub, local
    from model.weights.catalogue import ENTRIES, find
    from model.weights.places import models_folder

    models = models_folder()
    if args.name not in ENTRIES and args.source is not None:
        with _bar() as progress:
            folder, kind = local.register(args.name, args.source, models, progress)
        print(f"{folder} ({kind})")
        return 0
    entry = find(args.name)
    accepted = not entry.must_accept or args.accept_licence or _ask(entry)
    if not accepted:
        raise InvalidRequest(f"{entry.name} was not fetched: its licence has to be accepted (--accept-licence)")
    with _bar() as progress:
        if args.source is not None:
            folder = local.take(entry, args.source, models, accepted, progress)
        else:
            folder = hub.pull(entry, models, accepted, progress)
    print(folder)
    return 0


def _ask(entry: CatalogueEntry) -> bool:
    """Show the licence's name and terms; whether the person at the terminal accepts it."""
    terms = "no commercial use" if not entry.commercial else "see its text"
    licence = entry.licence + _checked(entry, "licence")
    print(f"{entry.name} comes from {entry.repository}.\nLicence: {licence} ({terms}).", file=sys.stderr)
    print("Its text is on the repository's page and, once fetched, in the model's folder.", file=sys.stderr)
    if not sys.stdin.isatty():
        return False
    return input("Do you accept it? [y/N] ").strip().lower() in ("y", "yes")


def _verify(args: argparse.Namespace) -> int:
    from model.weights.manifest import verify
    from model.weights.places import models_folder
    from model.weights.store import folder_of

    folder = folder_of(models_folder(), args.name)
    with _bar() as progress:
        wrong = verify(folder, progress)
    for line in wrong:
        print(f"diffdecompose: {args.name}: {line}", file=sys.stderr)
    print(f"{args.name}: {'damaged: remove it and pull it again' if wrong else 'every file is right'}")
    return 3 if wrong else 0


def _remove(args: argparse.Namespace) -> int:
    from model.weights.places import models_folder
    from model.weights.store import remove

    print(f"{remove(models_folder(), args.name) / 1e9:.1f} GB freed")
    return 0


def _path(args: argparse.Namespace) -> int:
    from model.weights.places import models_folder
    from model.weights.store import folder_of

    print(folder_of(models_folder(), args.name))
    return 0


def _assemble(args: argparse.Namespace) -> int:
    from model.diffdecompose.assembly import assemble
    from model.weights.places import models_folder

    print(assemble(models_folder(), args.base, args.vae, args.lora, args.name))
    return 0


@contextmanager
def _bar() -> Iterator[Progress]:
    """A progress bar in bytes on standard error, on a terminal only; as a context it gives the `Progress` to call."""
    from tqdm import tqdm

    with tqdm(unit="B", unit_scale=True, disable=None, leave=False, file=sys.stderr) as bar:

        def show(what: str, done: int, size: int) -> None:
            bar.total = size
            bar.set_description(what[-40:], refresh=False)
            bar.update(done - bar.n)

        yield show
