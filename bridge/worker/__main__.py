"""`python -P -m bridge.worker`: started by the daemon only."""

import sys

from .process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
