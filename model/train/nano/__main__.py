"""`python -m model.train.nano`: see `model.train.nano.command`."""

from .command import main

if __name__ == "__main__":
    main()
