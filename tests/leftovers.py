"""What a test run must not leave behind: processes of its own, and files in the home of whoever runs it.

Loaded by tests/conftest.py. Every process that the tests start inherits the mark of the run in its environment, and the
daemon's folder points to one that must not come into being: a test that needs such a folder brings its own. Both are
examined when the run ends, and the run fails where something is found. Knows nothing of what is tested.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from bridge.wire.discovery import HOME_VARIABLE, home_folder

__all__ = ["RUN_VARIABLE", "end", "survivors", "watch_writes"]

RUN_VARIABLE = "DIFFDECOMPOSE_TEST_RUN"
"""Names the folder of this run, where its findings are written down; every process of the run has it."""
PATIENCE = 10.0
"""Seconds that processes get which are just ending; --leftover-patience changes it."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGING = {
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "sqlite3.connect",
}
_HELPERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")
"""Children of the standard library that end with their parent."""


def survivors(run: str) -> list[psutil.Process]:
    """The living processes that inherited `run` as RUN_VARIABLE, the caller and those above it left out."""
    mine = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [process for process in psutil.process_iter() if process.pid not in mine and _belongs(process, run)]


def _belongs(process: psutil.Process, run: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.environ().get(RUN_VARIABLE) != run:
            return False
        return not any(helper in word for helper in _HELPERS for word in process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def end(processes: list[psutil.Process]) -> None:
    """End processes of ours, each by its own id."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, PATIENCE)


def watch_writes(folder: Path, tell: Callable[[str], None]) -> None:
    """From now on, `tell` of everything that this interpreter opens for writing or changes below `folder`.

    There is no way back: the interpreter keeps such a watch until it ends.
    """
    place = os.path.realpath(folder)

    def below(path: object) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return False
        text = os.fsdecode(path)
        return "diffdecompose" in text and os.path.realpath(text).startswith(place)

    def watch(event: str, arguments: tuple) -> None:
        changes = event in _CHANGING or (event == "open" and bool((arguments[2] or 0) & _WRITING))
        if changes and any(below(word) for word in arguments[:2]):
            tell(f"{event} {arguments[0]!r} in {os.environ.get('PYTEST_CURRENT_TEST', 'no test')}")

    sys.addaudithook(watch)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--leftover-patience", type=float, default=PATIENCE, metavar="SECONDS")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[RUN_VARIABLE] = tempfile.mkdtemp(prefix="diffdecompose-tests-")
    run = Path(os.environ[RUN_VARIABLE])
    os.environ.pop(HOME_VARIABLE, None)
    watch_writes(home_folder(), _note(run))
    os.environ[HOME_VARIABLE] = str(run / "home")


def _note(run: Path) -> Callable[[str], None]:
    def note(line: str) -> None:
        with open(run / f"writes-{uuid.uuid4().hex}", "w", encoding="utf-8") as file:
            file.write(line)

    return note


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """After every worker has ended: fail where something is left."""
    yield
    if hasattr(session.config, "workerinput"):
        return
    run = os.environ[RUN_VARIABLE]
    found = [*_left_processes(run, session.config.option.leftover_patience), *_left_files(Path(run))]
    shutil.rmtree(run, ignore_errors=True)
    if found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\nThe tests left behind:\n" + "\n".join(found), file=sys.stderr)


def _left_processes(run: str, patience: float) -> list[str]:
    deadline = time.monotonic() + patience
    while (left := survivors(run)) and time.monotonic() < deadline:
        time.sleep(0.1)
    told = [f"process {process.pid}: {' '.join(process.cmdline())[:300]}" for process in left]
    end(left)
    return told


def _left_files(run: Path) -> list[str]:
    told = [f"write into the home: {path.read_text('utf-8')}" for path in sorted(run.glob("writes-*"))]
    told += [f"file without a home: {path}" for path in sorted((run / "home").rglob("*")) if path.is_file()]
    return told
