"""Everything that must hold before a change lands: style, types, tests. One command, one exit code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .environment import ROOT

__all__ = ["run_checks"]


WORKERS = 3
"""Test processes at once, one more than the cores of a small machine: the paint programs and the installations, one
worker's each, mostly wait."""


def run_checks(python: Path, pytest_arguments: list[str]) -> int:
    """Run ruff, pyright and pytest with the environment's `python`; returns the first failing exit code or 0.

    pytest_arguments: run pytest alone, in one process, with these. Without them pyright works beside the tests; what
    it says is printed after them.
    """
    _prepare_machine()
    _prepare_node(python)
    tool = [str(python), "-m"]
    if pytest_arguments:
        return _run([*tool, "pytest", "-q", *pytest_arguments], threads=os.cpu_count() or 1)
    for step in (["ruff", "check", "."], ["ruff", "format", "--check", "."]):
        if code := _run([*tool, *step]):
            return code
    tests = ["pytest", "-q", "-n", str(WORKERS), "--dist", "loadgroup", "--durations", "20"]
    with _started([*tool, "pyright"]) as types:
        tested = _run([*tool, *tests], threads=max(1, (os.cpu_count() or 1) // WORKERS))
        typed = types()
    return typed or tested


def _run(step: list[str], threads: int = 1) -> int:
    """Run a step to its end, its output going where ours goes. threads: of each library in each of its processes."""
    print("== " + " ".join(step[2:]), file=sys.stderr, flush=True)
    started = time.monotonic()
    code = subprocess.run(step, cwd=ROOT, env=_environment(threads)).returncode
    print(f"== {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return code


@contextmanager
def _started(step: list[str]) -> Iterator[Callable[[], int]]:
    """Begin a step; the function given waits for its end, prints what it said and returns its exit code."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(step, cwd=ROOT, env=_environment(1), stdout=said, stderr=subprocess.STDOUT)

        def finish() -> int:
            code = process.wait()
            print("== " + " ".join(step[2:]), file=sys.stderr, flush=True)
            said.seek(0)
            print(said.read().decode("utf-8", "replace"), end="", flush=True)
            return code

        try:
            yield finish
        finally:
            process.kill()
            process.wait()


def _environment(threads: int) -> dict[str, str]:
    # More threads than cores only fight each other.
    return {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": str(threads), **os.environ}


def _prepare_node(python: Path) -> None:
    """The independent PSD reader of the tests is a node package; its versions stand in tests/package.json."""
    manifest = ROOT / "tests" / "package.json"
    target = ROOT / "tests" / "node_modules"
    if not manifest.exists() or target.exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        print("node is missing: the tests that read PSDs with ag-psd will fail until it is installed", file=sys.stderr)
        return
    subprocess.run([npm, "install", "--no-audit", "--no-fund", "--silent", "--no-package-lock"], cwd=manifest.parent)


def _prepare_machine() -> None:
    """Qt's system libraries, where this is a Debian machine and we may install them."""
    wanted = {"libegl1": "libEGL.so.1", "libgl1": "libGL.so.1", "libxkbcommon0": "libxkbcommon.so.0"}
    wanted |= {
        "libdbus-1-3": "libdbus-1.so.3",
        "libfontconfig1": "libfontconfig.so.1",
        "libglib2.0-0": "libglib-2.0.so.0",
    }
    if not sys.platform.startswith("linux") or shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    known = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True).stdout
    missing = [package for package, library in wanted.items() if library not in known]
    if missing:
        subprocess.run(["apt-get", "update", "-qq"])
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing])
