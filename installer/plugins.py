"""Krita and GIMP, by asking the program itself: where hosts look for plugins is known in `bridge.hosts` alone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .application import child_environment
from .environment import interpreter
from .errors import InstallFailed
from .source import Source

__all__ = ["Host", "find", "home", "put", "take_out"]


@dataclass(frozen=True)
class Host:
    """One place of one paint program: "krita" or "gimp", how it is packaged, the folder, a note or nothing."""

    host: str
    packaging: str
    folder: str
    note: str


def find(source: Source) -> list[Host]:
    """Every Krita and GIMP here. Changes nothing. Raises InstallFailed."""
    return _ask([sys.executable, "-m", "bridge.hosts", "list"], str(source.code))


def put(app: Path) -> list[Host]:
    """Install the plugins of the application `app`, and the record by which they find it. Raises InstallFailed."""
    return _ask([str(interpreter(app)), "-P", "-m", "bridge", "plugins", "install", "--json"])


def take_out(source: Source) -> list[Host]:
    """Take out what `put` did, whatever became of the application since. Raises InstallFailed."""
    return _ask([sys.executable, "-m", "bridge.hosts", "uninstall"], str(source.code))


def home(source: Source) -> Path:
    """The folder of jobs and logs, which client and daemon compute alike. Raises InstallFailed."""
    return Path(_said([sys.executable, "-m", "bridge.hosts", "home"], str(source.code)))


def _ask(command: list[str], code: str = "") -> list[Host]:
    return [Host(item["host"], item["packaging"], item["folder"], item["note"]) for item in _said(command, code)]


def _said(command: list[str], code: str = "") -> Any:
    """The JSON that a command prints."""
    env = child_environment(**({"PYTHONPATH": code, "PYTHONDONTWRITEBYTECODE": "1"} if code else {}))
    done = subprocess.run(command, env=env, capture_output=True, text=True, encoding="utf-8", stdin=subprocess.DEVNULL)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing was printed"])[-1]
        raise InstallFailed(last.removeprefix("diffdecompose: "))
    return json.loads(done.stdout)
