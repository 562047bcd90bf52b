"""What the machine must have: a Python that fits, room on the disk, memory. Asked before anything is made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .errors import InstallFailed

__all__ = ["check_disk", "find_python", "memory_note"]

OLDEST, NEWEST = (3, 11), (3, 13)
_MB = 1 << 20
NEEDED = {"base": 1800 * _MB, "flux": 9000 * _MB}
"""Bytes on the disk, while installing, with pip's own cache and the old version of an upgrade."""
ENOUGH_MEMORY = 2 << 30
_QUESTION = "import sys, venv; print(*sys.version_info[:2], sys.maxsize > 2**32, sys.executable)"


def find_python(has_pip: bool = False) -> Path:
    """An interpreter the application runs on: this one, else the newest that fits on the PATH. Raises InstallFailed.

    has_pip: what is installed brings pip along, so that the interpreter need not be able to make it.
    """
    reasons = []
    question = _QUESTION if has_pip else f"import ensurepip; {_QUESTION}"
    for command in _candidates():
        try:
            done = subprocess.run([*command, "-c", question], capture_output=True, text=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            continue
        words = done.stdout.strip().split(" ", 3)
        if done.returncode or len(words) < 4:
            if "ensurepip" in done.stderr or "venv" in done.stderr:
                reasons.append(f"{command[-1]} lacks venv: install python3-venv (or python3-pip) of your system")
            continue
        version = (int(words[0]), int(words[1]))
        if OLDEST <= version <= NEWEST and words[2] == "True":
            return Path(words[3])
    running = f"this is Python {sys.version_info[0]}.{sys.version_info[1]}"
    raise InstallFailed(
        next(iter(reasons), f"{running}, the application needs a 64-bit 3.11 to 3.13: install Python 3.12, run again")
    )


def _candidates() -> Iterator[list[str]]:
    yield [sys.executable]
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            yield [found]
        if launcher := shutil.which("py"):
            yield [launcher, f"-3.{minor}"]


def check_disk(folder: Path, extras: tuple[str, ...]) -> int:
    """Bytes free where `folder` is or will be. Raises InstallFailed where they do not suffice."""
    needed = NEEDED["flux" if "flux" in extras else "base"]
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise InstallFailed(f"{free // _MB} MB are free in {there}, {needed // _MB} MB are needed: make room first")
    if not os.access(there, os.W_OK):
        raise InstallFailed(f"{there} cannot be written: make it writable, or set XDG_DATA_HOME to another folder")
    return free


def memory_note() -> str:
    """A warning where memory is short; empty where it suffices or is not known."""
    total = _memory()
    if total is None or total >= ENOUGH_MEMORY:
        return ""
    return f"this machine has {total // _MB} MB of memory: large pictures will be slow, 4 GB are comfortable"


def _memory() -> int | None:
    if sys.platform == "win32":
        return _memory_of_windows()
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def _memory_of_windows() -> int | None:
    """GlobalMemoryStatusEx, https://learn.microsoft.com/windows/win32/api/sysinfoapi."""
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "c", "d", "e", "f", "g")),
        )

    status = Status(length=ctypes.sizeof(Status))
    windows = getattr(ctypes, "windll")  # noqa: B009  only there on Windows
    return status.total if windows.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else None
