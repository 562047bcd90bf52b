"""`python -m model.evaluate.paper`."""

from .run import main

raise SystemExit(main())
