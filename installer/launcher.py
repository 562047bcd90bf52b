"""`diffdecompose` and `diffdecompose-viewer` on the PATH: small scripts that start the application in use."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from .application import program
from .folders import Folders, is_on_path
from .manifest import Journal

__all__ = ["NAMES", "advice", "launcher", "put"]

NAMES = ("diffdecompose", "diffdecompose-viewer")


def launcher(folders: Folders, name: str) -> Path:
    return folders.programs / (f"{name}.cmd" if sys.platform == "win32" else name)


def put(journal: Journal, folders: Folders, app: Path) -> None:
    for name in NAMES:
        journal.write_file(launcher(folders, name), _script(folders, program(app, name)), 0o755)


def _script(folders: Folders, target: Path) -> bytes:
    if sys.platform == "win32":
        # By the variable: the shell reads the file in a code page that may lack the letters of a user's name.
        inside = target.relative_to(folders.data.parent)
        return f'@"%LOCALAPPDATA%\\{inside}" %*\r\n'.encode()
    return b"#!/bin/sh\nexec " + os.fsencode(shlex.quote(str(target))) + b' "$@"\n'


def advice(folders: Folders) -> str:
    """What to do where the launchers are not found by their names; empty where they are."""
    if is_on_path(folders.programs):
        return ""
    if sys.platform == "win32":
        return f"{folders.programs} is not on the PATH: add it in Settings > Environment variables"
    return (
        f"{folders.programs} is not on the PATH: log in again, or add this line to ~/.profile: "
        f'export PATH={shlex.quote(str(folders.programs))}:"$PATH"'
    )
