"""`python -P -m bridge.daemon`: what clients start. `diffdecompose serve` is the same for people."""

import argparse
import os
import sys

from ..errors import AlreadyRunning, BridgeError
from ..logs import open_log
from ..wire.discovery import STARTER_VARIABLE, home_folder, private_folder
from .service import run
from .settings import Settings


def main() -> int:
    """Exit code 0 also where a daemon runs already: the client then uses that one."""
    parser = argparse.ArgumentParser(prog="bridge.daemon")
    parser.add_argument("--idle-exit", type=float, metavar="MINUTES")
    args = parser.parse_args()
    folder = private_folder(home_folder())
    open_log(folder)
    idle = None if args.idle_exit is None else args.idle_exit * 60
    try:
        run(folder, Settings(idle_exit=idle), starter=os.environ.get(STARTER_VARIABLE, ""))
    except AlreadyRunning as running:
        print(running)
    except (BridgeError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
