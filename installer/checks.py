"""Everything that must hold before a change lands: style, types, tests. One command, one exit code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .environment import ROOT

__all__ = ["run_checks"]


def run_checks(python: Path, pytest_arguments: list[str]) -> int:
    """Run ruff, pyright and pytest with the environment's `python`; returns the first failing exit code or 0."""
    _prepare_machine()
    _prepare_node(python)
    tool = [str(python), "-m"]
    steps = [
        [*tool, "ruff", "check", "."],
        [*tool, "ruff", "format", "--check", "."],
        [*tool, "pyright"],
        [*tool, "pytest", "-q", *pytest_arguments],
    ]
    if pytest_arguments:
        steps = steps[-1:]
    for step in steps:
        print("== " + " ".join(step[2:]), file=sys.stderr, flush=True)
        started = time.monotonic()
        code = subprocess.run(step, cwd=ROOT, env=_environment()).returncode
        print(f"== {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        if code:
            return code
    return 0


def _environment() -> dict[str, str]:
    # Two cores are common: more threads than that inside each library only fight each other.
    return {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "2", **os.environ}


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
