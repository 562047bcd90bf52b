"""How the run is shared out between its workers, and what must not be left when it ends."""

import os
from functools import cache
from pathlib import Path

import pytest

pytest_plugins = ["tests.leftovers"]

TOGETHER = ("hosts", "installer")
"""Folders whose tests share what is dear to start: one worker runs them all, before anything else."""
INSTALLS = "test_clean_root.py"
"""Of the paint programs' tests the one with programs of its own: it goes with the installations, which end first."""


def pytest_configure(config: pytest.Config) -> None:
    """The workers give way to what is timed: the paint programs, whose worker takes its priority back."""
    if hasattr(config, "workerinput") and hasattr(os, "nice"):
        os.nice(5)


@pytest.fixture(scope="session")
def project_wheel(tmp_path_factory) -> Path:
    """The real wheel of this checkout, built once for all workers."""
    import fcntl
    import subprocess
    import sys

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "project-wheel"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not list(folder.glob("*.whl")):
            root = Path(__file__).resolve().parent.parent
            build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(root)]
            done = subprocess.run(build, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """One worker runs what shares such a folder or a fixture made once a module; TOGETHER first, then the largest.

    Not by xdist's own groups: xdist 3.8 writes them into an attribute of the tests that pytest 9.2 no longer has.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Sharing(LoadScopeScheduling):
        def _assign_work_unit(self, node) -> None:
            for folder in reversed(TOGETHER):
                if folder in self.workqueue:
                    self.workqueue.move_to_end(folder, last=False)
            super()._assign_work_unit(node)

        def _split_scope(self, nodeid: str) -> str:
            return _group(config.rootpath, nodeid.split("::")[0]) or nodeid

    return Sharing(config, log)


@cache
def _group(root: Path, file: str) -> str | None:
    if Path(file).name == INSTALLS:
        return "installer"
    folder = next((name for name in TOGETHER if name in Path(file).parts), None)
    shares = 'scope="module"' in (root / file).read_text("utf-8")
    return folder or (file if shares else None)
