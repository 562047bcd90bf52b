"""`python -m model.train.nano`: see `model.train.nano.loop`."""

from .loop import main

if __name__ == "__main__":
    main()
