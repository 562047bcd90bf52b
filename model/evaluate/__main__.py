"""`python -m model.evaluate`: see `model.evaluate.run`."""

import sys

from .run import main

if __name__ == "__main__":
    sys.exit(main())
