"""How the run is shared out between its workers, and what must not be left when it ends."""

from functools import cache
from pathlib import Path

import pytest

pytest_plugins = ["tests.leftovers"]

TOGETHER = ("hosts",)
"""Folders whose tests share what is dear to start: one worker runs them all, before anything else."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """One worker runs what shares such a folder or a fixture made once a module; the largest group comes first.

    Not by xdist's own groups: xdist 3.8 writes them into an attribute of the tests that pytest 9.2 no longer has.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Sharing(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(config.rootpath, nodeid.split("::")[0]) or nodeid

    return Sharing(config, log)


@cache
def _group(root: Path, file: str) -> str | None:
    folder = next((name for name in TOGETHER if name in Path(file).parts), None)
    shares = 'scope="module"' in (root / file).read_text("utf-8")
    return folder or (file if shares else None)
