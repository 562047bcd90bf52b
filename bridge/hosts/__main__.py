"""`python3 -m bridge.hosts list|uninstall|home`: for the installer, on a bare interpreter. Prints JSON."""

from __future__ import annotations

import argparse
import json
import sys

from ..errors import BridgeError
from ..wire.discovery import home_folder
from .places import this_machine
from .placing import find_places, uninstall


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m bridge.hosts", description=__doc__)
    parser.add_argument("verb", choices=["list", "uninstall", "home"])
    args = parser.parse_args()
    if args.verb == "home":
        print(json.dumps(str(home_folder())))
        return 0
    try:
        if args.verb == "list":
            found = [(p.host, p.packaging, str(p.folder), p.note) for p in find_places(this_machine())]
        else:
            found = [(p.host, p.packaging, p.folder, "") for p in uninstall(home_folder())]
    except BridgeError as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 2
    print(json.dumps([dict(zip(("host", "packaging", "folder", "note"), item, strict=True)) for item in found]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
