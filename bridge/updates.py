"""Whether a newer version is published: pip is asked, with the index and the proxy that it is set up for.

Only when somebody asks; nothing is fetched or installed.
"""

from __future__ import annotations

import re
import subprocess
import sys

from .installation import version_found
from .processes import NO_WINDOW

__all__ = ["update_state"]

_DISTRIBUTION = "diffdecompose-bridge"
_PATIENCE = 30.0


def update_state() -> str:
    """One line in words: a newer version, none, or why it is not known."""
    words = ["index", "versions", _DISTRIBUTION, "--disable-pip-version-check", "--retries", "0", "--timeout", "5"]
    pythons = dict.fromkeys([sys.executable, getattr(sys, "_base_executable", sys.executable)])
    said = "this Python has no pip"
    for python in pythons:
        try:
            done = subprocess.run(
                [python, "-m", "pip", *words],
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                stdin=subprocess.DEVNULL,
                creationflags=NO_WINDOW,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            said = str(problem)
            continue
        if "No module named pip" in done.stderr:
            continue
        if "No matching distribution" in done.stderr:
            return "update: none is published on the package index that pip is set up for"
        newest = re.search(rf"^{_DISTRIBUTION} \(([^)]+)\)", done.stdout, re.MULTILINE)
        if done.returncode == 0 and newest:
            return _compared(newest[1])
        said = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
    return f"update: not known ({said})"


def _compared(newest: str) -> str:
    if _parts(newest) > _parts(version_found()):
        return (
            f"update: {newest} is available: download it, then 'python3 -m installer install --upgrade' in its folder"
        )
    return f"update: none, {version_found()} is the newest"


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))
