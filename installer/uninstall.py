"""The manifest backwards: everything that was put goes, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from . import desktop, desktop_windows, plugins
from .application import child_environment
from .environment import interpreter
from .folders import Folders, user_folders
from .manifest import Journal, remove
from .source import find_source

__all__ = ["describe", "uninstall"]


def describe() -> list[str]:
    """What will be taken away, a line a thing."""
    journal = Journal(user_folders().data)
    if journal.manifest.state == "none":
        return ["nothing was installed by this installer"]
    kinds = {"tree": "folder", "file": "file", "key": "registry key"}
    lines = [f"  {kinds[put.kind]:<13} {put.path}" for put in journal.manifest.put if put.kind in kinds]
    return [f"diffdecompose {journal.manifest.version}", *lines, "  plugins       that were put into Krita and GIMP"]


def uninstall(offline: Path | None, say: Callable[[str], None]) -> None:
    """Take everything away, or complete what an earlier call began. Raises InstallFailed."""
    folders = user_folders()
    journal = Journal(folders.data)
    if journal.manifest.state == "none":
        say("nothing was installed by this installer")
        return
    source = find_source(offline)
    kept = plugins.home(source)
    journal.change(state="removing")
    _end_daemon(journal)
    for host in plugins.take_out(source):
        say(f"taken out of {host.host} ({host.packaging})")
    _take_away(journal, folders)
    journal.end()
    say("diffdecompose is uninstalled")
    if kept.is_dir():
        say(f"kept: {kept}, your jobs and logs; remove it if you want")


def _end_daemon(journal: Journal) -> None:
    """The daemon may run from a folder that goes; that it cannot be asked is no reason to stay."""
    for app in (journal.manifest.current, journal.manifest.coming):
        python = interpreter(Path(app)) if app else None
        if python and python.exists():
            command = [str(python), "-P", "-m", "bridge", "stop"]
            subprocess.run(command, env=child_environment(), capture_output=True, stdin=subprocess.DEVNULL)


def _take_away(journal: Journal, folders: Folders) -> None:
    # What starts the application goes before the application.
    order = {"key": 0, "file": 1, "tree": 2}
    things = [put for put in journal.manifest.put if put.kind in order]
    for put in sorted(things, key=lambda put: order[put.kind]):
        if put.kind == "key":
            if os.name == "nt":
                desktop_windows.remove_key(put.path)
        else:
            remove(put.kind, Path(put.path))
    shared = any(folders.menu.glob("*.desktop")) if folders.menu.is_dir() else False
    if sys.platform.startswith("linux") and shared:
        desktop.refresh(folders)
