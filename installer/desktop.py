"""The viewer in the desktop's menu and in "Open with" of pictures. Linux here, the other systems in their own files.

Source: Desktop Entry Specification 1.5, "The Exec key"; Icon Theme Specification.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import desktop_mac, desktop_windows
from .errors import InstallFailed
from .folders import Folders
from .launcher import launcher
from .manifest import Journal

__all__ = ["put", "refresh", "targets"]

_NAME = "diffdecompose-viewer"
_CACHE = "mimeinfo.cache"


def targets(folders: Folders) -> list[Path]:
    """What `put` will make, for a person to read."""
    if sys.platform == "win32":
        return [desktop_windows.shortcut(folders.menu)]
    if sys.platform == "darwin":
        return [desktop_mac.application(folders.menu)]
    return [folders.menu / f"{_NAME}.desktop", folders.icons / f"{_NAME}.svg"]


def put(journal: Journal, folders: Folders, app: Path) -> None:
    """Entry, icon and file association. Raises InstallFailed."""
    viewer = launcher(folders, _NAME)
    if sys.platform == "win32":
        desktop_windows.put(journal, folders.menu, app)
    elif sys.platform == "darwin":
        desktop_mac.put(journal, folders.menu, viewer)
    else:
        _put_on_linux(journal, folders, app, viewer)


def _put_on_linux(journal: Journal, folders: Folders, app: Path, viewer: Path) -> None:
    resources = next(iter(app.glob("lib/python*/site-packages/ui/resources")), None)
    if resources is None:
        raise InstallFailed(f"the viewer is missing in {app}: run again with --upgrade")
    entry = (resources / f"{_NAME}.desktop").read_text(encoding="utf-8")
    command = f"Exec={_quoted(str(viewer))} %F"
    entry = re.sub(r"^Exec=.*$", lambda _: command, entry, flags=re.MULTILINE)
    journal.write_file(folders.icons / f"{_NAME}.svg", (resources / f"{_NAME}.svg").read_bytes())
    cache = folders.menu / _CACHE
    if not cache.exists():
        journal.note("file", cache)
    journal.write_file(folders.menu / f"{_NAME}.desktop", entry.encode("utf-8", "surrogateescape"))
    refresh(folders)


def refresh(folders: Folders) -> None:
    """Have the desktop read its entries again; without the tool it does so by itself, later."""
    tool = shutil.which("update-desktop-database")
    if sys.platform.startswith("linux") and tool and folders.menu.is_dir():
        subprocess.run([tool, "--quiet", str(folders.menu)], stdin=subprocess.DEVNULL)


def _quoted(path: str) -> str:
    """A path as one argument of Exec: in quotes, and then with the escapes that every value of an entry needs."""
    inside = re.sub(r'(["`$\\])', r"\\\1", path).replace("%", "%%")
    return '"' + inside.replace("\\", "\\\\") + '"'
