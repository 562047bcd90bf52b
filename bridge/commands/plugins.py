"""`diffdecompose plugins`: install, uninstall and list the Krita and GIMP plugins, or only put them together."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..assembly import HOSTS, build, unpack, zip_for_gimp
from ..errors import BridgeError

if TYPE_CHECKING:
    from ..hosts.places import Place

__all__ = ["add_arguments", "run"]

_NEXT = {
    "krita": "import it with Tools > Scripts > Import Python Plugin from File",
    "gimp": "put the folder, or what the zip holds, into the plug-ins folder of your GIMP profile",
}
_NAMES = {"krita": "Krita", "gimp": "GIMP"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    made = verbs.add_parser("build", help="put a plugin together, without installing it")
    made.add_argument("--host", choices=HOSTS, required=True, help="the program it is for")
    made.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder that receives it")
    helps = {
        "install": "put the plugins into every Krita and GIMP found here, and enable them",
        "uninstall": "take out what install put",
        "list": "say which Krita and GIMP were found, and which have the plugin",
    }
    for verb, text in helps.items():
        sub = verbs.add_parser(verb, help=text)
        sub.add_argument("--host", choices=HOSTS, help="only for this program")
        sub.add_argument("--json", action="store_true", help="one JSON list on standard output")
        if verb == "install":
            sub.add_argument(
                "--folder", type=Path, metavar="DIR", help="Krita's resource or GIMP's plug-ins folder, with --host"
            )


def run(args: argparse.Namespace) -> int:
    """Exit code 2 where a folder cannot be written; 0 also where neither program was found."""
    from ..wire.errors import WireError

    verb = {"build": _build, "install": _install, "uninstall": _uninstall, "list": _list}[args.verb]
    try:
        return verb(args)
    except (BridgeError, WireError) as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
    except OSError as problem:
        print(f"diffdecompose: {problem.filename} cannot be written ({problem.strerror}): try again", file=sys.stderr)
    return 2


def _build(args: argparse.Namespace) -> int:
    print(build(args.host, args.out))
    if args.host == "gimp":
        print(zip_for_gimp(args.out))
    print(_NEXT[args.host], file=sys.stderr)
    return 0


def _install(args: argparse.Namespace) -> int:
    from ..hosts.placing import install
    from ..hosts.record import read_record, write_record
    from ..installation import note_installation, version_found
    from ..wire.discovery import home_folder

    places = _places(args)
    folder = home_folder()
    # Before the files: a record without them does no harm, the other way round something would be left behind.
    record = read_record(folder)
    write_record(folder, replace(record, python=sys.executable))
    note_installation()
    for place in places:
        with tempfile.TemporaryDirectory() as draft:
            install(unpack(place.host, Path(draft)), place, version_found(), folder)
    _tell(args, [_fields(place, version_found()) for place in places])
    if not places and not args.json:
        print("neither Krita nor GIMP was found; run this again when one is installed, or name --host and --folder")
    if places and not args.json:
        print("restart the programs that are open")
    return 0


def _uninstall(args: argparse.Namespace) -> int:
    from ..hosts.placing import uninstall
    from ..wire.discovery import home_folder

    gone = uninstall(home_folder(), args.host)
    _tell(args, [{"host": p.host, "packaging": p.packaging, "folder": p.folder, "version": ""} for p in gone])
    if not gone and not args.json:
        print("no plugin was installed by this command")
    return 0


def _list(args: argparse.Namespace) -> int:
    from ..hosts.places import this_machine
    from ..hosts.placing import find_places
    from ..hosts.record import read_record
    from ..wire.discovery import home_folder

    versions = {placed.folder: placed.version for placed in read_record(home_folder()).placed}
    places = find_places(this_machine(), args.host)
    _tell(args, [_fields(place, versions.get(str(place.folder), "")) for place in places])
    if not places and not args.json:
        print("neither Krita nor GIMP was found")
    return 0


def _places(args: argparse.Namespace) -> list[Place]:
    from ..hosts.places import Place, this_machine
    from ..hosts.placing import find_places

    if args.folder is None:
        return find_places(this_machine(), args.host)
    if args.host is None:
        raise BridgeError("--folder needs --host krita or --host gimp: say whose folder it is")
    return [Place(args.host, "chosen folder", args.folder.absolute())]


def _fields(place: Place, version: str) -> dict[str, str]:
    where = {"host": place.host, "packaging": place.packaging, "folder": str(place.folder)}
    return {**where, "version": version, "note": place.note}


def _tell(args: argparse.Namespace, found: list[dict[str, str]]) -> None:
    if args.json:
        print(json.dumps(found))
        return
    for item in found:
        state = {"install": f"installed {item['version']}", "uninstall": "taken out"}.get(args.verb)
        state = state or (f"has the plugin {item['version']}" if item["version"] else "has no plugin of this command")
        print(f"{_NAMES[item['host']]} ({item['packaging']}): {state}: {item['folder']}")
        if item.get("note"):
            print(f"  note: {item['note']}")
