"""Whether a write would replace a file that is still an input. Compares files by identity; reads no picture.

Two paths are the same file where the file system says so: through links, and on file systems that ignore case.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from .folder import MANIFEST

__all__ = ["InputFiles"]

_LAYER_NAMES = ("background.png", "foreground.png", "foreground-", "candidate-", MANIFEST)


class InputFiles:
    """The files that something still has to read, or was opened from, and that no write may replace."""

    def __init__(self, paths: Iterable[str | os.PathLike[str]]) -> None:
        self._paths = {_identity(path): Path(path) for path in paths}

    def replaced_by(self, target: Path, *, folder: bool = False) -> Path | None:
        """The input that writing `target` would replace or delete; None where all are safe.

        folder: `target` is a folder of layers, so that the files in it which carry a layer's name are replaced.
        """
        same = self._paths.get(_identity(target))
        if same is not None or not folder or not os.path.isdir(target):
            return same
        return next((path for path in self._paths.values() if _is_layer_in(target, path)), None)


def _identity(path: str | os.PathLike[str]) -> tuple[int, int] | str:
    try:
        found = os.stat(path)
    except OSError:  # not there yet, or not to be reached: then by name
        return os.path.realpath(path)
    return found.st_dev, found.st_ino


def _is_layer_in(folder: Path, path: Path) -> bool:
    try:
        inside = Path(os.path.realpath(path)).relative_to(os.path.realpath(folder))
    except ValueError:
        return False
    return inside.parts[0].casefold().startswith(_LAYER_NAMES)
