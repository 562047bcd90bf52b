"""The values of this folder: the machine that is searched, and a place where a plugin can go."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Machine", "Place", "this_machine"]


@dataclass(frozen=True)
class Machine:
    """Where to look. platform: as in `sys.platform`; root: stands before every system-wide folder (tests)."""

    platform: str
    home: Path
    environ: Mapping[str, str]
    root: Path = Path("/")

    def variable(self, name: str, default: Path) -> Path:
        """The folder that an environment variable names; `default` where it is unset or not absolute."""
        value = self.environ.get(name, "")
        return Path(value) if value and Path(value).is_absolute() else default

    def programs(self, *patterns: str) -> Iterator[Path]:
        """Files on PATH whose names match one of the patterns, in the order of PATH."""
        for folder in self.environ.get("PATH", "").split(os.pathsep):
            if folder:
                yield from matches(Path(folder), *patterns)

    def app_images(self, word: str) -> Iterator[Path]:
        """AppImages with `word` in the name, in the folders where people keep them."""
        usual = ("Applications", "AppImages", "apps", "bin", ".local/bin", "Downloads", "Desktop")
        for folder in [*(self.home / name for name in usual), self.home, self.root / "opt"]:
            for path in _entries(folder):
                name = path.name.lower()
                if word in name and name.endswith(".appimage"):
                    yield path


@dataclass(frozen=True)
class Place:
    """A place for one plugin.

    host: "krita" or "gimp".   packaging: in words, for a person.
    folder: Krita's resource folder, GIMP's `plug-ins` folder; it need not exist yet.
    config: the `kritarc` that enables the plugin; None for GIMP, which runs what lies in its folder.
    note: what the user should know about this packaging, one sentence or empty.
    """

    host: str
    packaging: str
    folder: Path
    config: Path | None = None
    note: str = ""


def this_machine() -> Machine:
    return Machine(sys.platform, Path.home(), os.environ)


def matches(folder: Path, *patterns: str) -> Iterator[Path]:
    """Entries of a folder by shell patterns, sorted; nothing where it cannot be read."""
    for path in _entries(folder):
        if any(path.match(pattern) for pattern in patterns):
            yield path


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
