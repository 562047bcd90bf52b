"""What the viewer remembers between two starts: one frozen table, kept as JSON beside the daemon's files.

Whatever an older or newer version wrote is read: what is missing, unknown or of another type takes its default.
Knows nothing of widgets.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from bridge.wire.discovery import home_folder
from bridge.wire.files import replace_file

__all__ = ["Settings", "load", "reset", "save", "viewer_folder"]

RECENT = 12


@dataclass(frozen=True)
class Settings:
    """language: "" = the system's.   recent: paths, newest first.   geometry, layout: of the window, base64.

    screen_profile: path of the screen's ICC profile, "" = sRGB.   smooth: smooth pixels between 100 % and 200 %.
    engine ... layers: the options last used.   gain: of the difference view.
    """

    theme: str = "system"
    language: str = ""
    screen_profile: str = ""
    smooth: bool = True
    recent: tuple[str, ...] = ()
    folder: str = ""
    geometry: str = ""
    layout: str = ""
    gain: int = 10
    engine: str = "nano"
    kind: str = ""
    blend: str = ""
    quality: str = "normal"
    candidates: int = 1
    layers: int = 1

    def with_recent(self, path: Path) -> tuple[str, ...]:
        """The recent files with `path` in front."""
        newest = str(path)
        return (newest, *(one for one in self.recent if one != newest))[:RECENT]


def viewer_folder() -> Path:
    """The viewer's own folder, made where it is missing. Raises OSError."""
    folder = home_folder() / "viewer"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def load() -> Settings:
    """The settings last saved; the defaults where there are none or they cannot be read."""
    try:
        saved = json.loads((home_folder() / "viewer" / "settings.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return Settings()
    if not isinstance(saved, dict):
        return Settings()
    known = {field.name: field.default for field in fields(Settings)}
    return Settings(**{name: _fitting(saved[name], default) for name, default in known.items() if name in saved})


def save(settings: Settings) -> None:
    """Write them, whole or not at all. Raises OSError."""
    path = viewer_folder() / "settings.json"
    draft = path.with_suffix(f".{os.getpid()}.part")
    draft.write_text(json.dumps(asdict(settings), indent=1, ensure_ascii=False), "utf-8")
    replace_file(draft, path)


def reset() -> None:
    """Forget everything that was remembered (`--reset`). Raises OSError."""
    (viewer_folder() / "settings.json").unlink(missing_ok=True)


def _fitting(value: Any, default: Any) -> Any:
    if isinstance(default, tuple):
        return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else default
    return value if type(value) is type(default) else default
