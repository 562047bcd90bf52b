"""`python -m model.train.nano.burst`: see `model.train.nano.burst.command`."""

from .command import main

if __name__ == "__main__":
    main()
