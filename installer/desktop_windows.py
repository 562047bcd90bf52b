"""A shortcut in the start menu, and the viewer in "Open with" of pictures.

Source: WshShortcut of the Windows Script Host; "Registering Applications" of the Windows shell documentation. Only the
`Applications` key is written: no extension changes the program it opens with.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from .application import program
from .errors import InstallFailed
from .manifest import Journal

__all__ = ["put", "remove_key", "shortcut"]

KEY = r"Software\Classes\Applications\diffdecompose-viewer.exe"
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif", ".bmp", ".psd", ".ora")
_MAKE = (
    "$s = (New-Object -ComObject WScript.Shell).CreateShortcut($env:DD_LINK);"
    "$s.TargetPath = $env:DD_TARGET; $s.Description = 'Take a flat picture apart into layers'; $s.Save()"
)
_NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW


def shortcut(menu: Path) -> Path:
    return menu / "DiffDecompose.lnk"


def put(journal: Journal, menu: Path, app: Path) -> None:
    """Raises InstallFailed."""
    viewer = program(app, "diffdecompose-viewer")
    journal.note("file", shortcut(menu))
    menu.mkdir(parents=True, exist_ok=True)
    # By the environment: a path with quotes or `$` in it stays a path.
    env = {**os.environ, "DD_LINK": str(shortcut(menu)), "DD_TARGET": str(viewer)}
    command = ["powershell", "-NoProfile", "-NonInteractive", "-Command", _MAKE]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, creationflags=_NO_WINDOW, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise InstallFailed(f"no shortcut could be made ({problem}): check that PowerShell runs, run again") from None
    if done.returncode:
        raise InstallFailed(f"no shortcut could be made ({done.stderr.strip()[:200]}): run again")
    journal.note("key", KEY)
    _write_keys(viewer)


def _write_keys(viewer: Path) -> None:
    import winreg as found

    winreg: Any = found  # its names are there on Windows only
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, KEY + r"\shell\open\command") as key:
        winreg.SetValueEx(key, "", 0, winreg.REG_SZ, f'"{viewer}" "%1"')
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, KEY) as key:
        winreg.SetValueEx(key, "FriendlyAppName", 0, winreg.REG_SZ, "DiffDecompose")
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, KEY + r"\SupportedTypes") as key:
        for ending in _ENDINGS:
            winreg.SetValueEx(key, ending, 0, winreg.REG_SZ, "")


def remove_key(path: str) -> None:
    """Take a key of ours away with all below it; nothing happens where it is gone."""
    import winreg as found

    winreg: Any = found
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
            below = [winreg.EnumKey(key, index) for index in range(winreg.QueryInfoKey(key)[0])]
    except FileNotFoundError:
        return
    for name in below:
        remove_key(f"{path}\\{name}")
    winreg.DeleteKey(winreg.HKEY_CURRENT_USER, path)
