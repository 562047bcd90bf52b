"""Where things go for one user, by platform. Looks at the environment, makes nothing.

Source: XDG Base Directory Specification 0.8; Known Folders of Windows; Apple's File System Programming Guide.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Folders", "is_on_path", "user_folders"]


@dataclass(frozen=True)
class Folders:
    """data: ours alone, for the application and the manifest.   programs: for launchers, on the PATH where possible.

    menu: desktop entries, applications or shortcuts.   icons: of Linux desktops.
    """

    data: Path
    programs: Path
    menu: Path
    icons: Path


def user_folders() -> Folders:
    home = Path.home()
    if sys.platform == "win32":
        local = _variable("LOCALAPPDATA", home / "AppData/Local")
        # The one folder of a user that Windows itself puts on the PATH.
        apps = local / "Microsoft/WindowsApps"
        data = local / "diffdecompose"
        menu = _variable("APPDATA", home / "AppData/Roaming") / "Microsoft/Windows/Start Menu/Programs"
        return Folders(data, apps if apps.is_dir() else data / "bin", menu, data)
    if sys.platform == "darwin":
        data = home / "Library/Application Support/diffdecompose"
        return Folders(data, home / ".local/bin", home / "Applications", data)
    share = _variable("XDG_DATA_HOME", home / ".local/share")
    icons = share / "icons/hicolor/scalable/apps"
    return Folders(share / "diffdecompose", home / ".local/bin", share / "applications", icons)


def is_on_path(folder: Path) -> bool:
    return str(folder) in os.environ.get("PATH", "").split(os.pathsep)


def _variable(name: str, default: Path) -> Path:
    value = os.environ.get(name, "")
    return Path(value) if value and Path(value).is_absolute() else default
