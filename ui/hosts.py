"""Krita and GIMP on this machine: where they are, and opening a file in them."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from PyQt6.QtCore import QProcess, QProcessEnvironment

from bridge.wire.discovery import clean_environment

__all__ = ["HOSTS", "find", "launch"]

HOSTS = {"krita": "Krita", "gimp": "GIMP"}
_COMMANDS = {"krita": ("krita",), "gimp": ("gimp", "gimp-3.0", "gimp-3", "gimp-2.99", "gimp-2.10")}
_FLATPAKS = {"krita": "org.kde.krita", "gimp": "org.gimp.GIMP"}
_APPS = {"krita": "krita.app/Contents/MacOS/krita", "gimp": "GIMP.app/Contents/MacOS/gimp"}
_WINDOWS = {"krita": "Krita*/bin/krita.exe", "gimp": "GIMP*/bin/gimp-*.exe"}
_PROGRAM = re.compile(r"(?:krita|gimp-(\d+(?:\.\d+)*))\.exe", re.IGNORECASE)
"""Not what lies beside it: gimp-console-3.0.exe, gimp-test-clipboard-3.0.exe."""


def find(host: str) -> Path | None:
    """The program's file, None where it is not installed. host: a key of HOSTS.

    The variables DIFFDECOMPOSE_KRITA and DIFFDECOMPOSE_GIMP name it where it is somewhere unusual (an AppImage).
    """
    configured = os.environ.get(f"DIFFDECOMPOSE_{host.upper()}")
    if configured:
        return Path(configured) if Path(configured).exists() else None
    for command in _COMMANDS[host]:
        if found := shutil.which(command):
            return Path(found)
    return next((path for path in _usual(host) if path.exists()), None)


def _usual(host: str) -> list[Path]:
    home = Path.home()
    if sys.platform == "darwin":
        return [folder / _APPS[host] for folder in (Path("/Applications"), home / "Applications")]
    if sys.platform == "win32":
        roots = [Path(os.environ[name]) for name in ("PROGRAMFILES", "PROGRAMW6432") if os.environ.get(name)]
        if local := os.environ.get("LOCALAPPDATA"):
            roots.append(Path(local) / "Programs")  # installed for one user
        return [path for root in dict.fromkeys(roots) for path in _newest_first(root.glob(_WINDOWS[host]))]
    exports = (Path("/var/lib/flatpak/exports/bin"), home / ".local/share/flatpak/exports/bin")
    images = sorted((home / "Applications").glob(f"{host}*.[aA]pp[iI]mage"), reverse=True)
    return [*(folder / _FLATPAKS[host] for folder in exports), *images]


def _newest_first(found: Iterable[Path]) -> list[Path]:
    """The programs themselves, by the number in their names."""
    named = [(match, path) for path in found if (match := _PROGRAM.fullmatch(path.name))]
    versions = {path: tuple(map(int, (match[1] or "0").split("."))) for match, path in named}
    return sorted(versions, key=lambda path: versions[path], reverse=True)


def launch(program: Path, file: Path) -> bool:
    """Open a file in the program, which goes on when the viewer ends. False where it did not start."""
    process = QProcess()
    process.setProgram(str(program))
    process.setArguments([str(file)])
    environment = QProcessEnvironment()
    for name, value in clean_environment(os.environ).items():
        if not name.startswith("QT_"):  # ours are not the host's
            environment.insert(name, value)
    process.setProcessEnvironment(environment)
    return bool(process.startDetached()[0])
