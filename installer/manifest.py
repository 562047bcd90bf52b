"""What was put where: one JSON file in the data folder, written before each thing is done.

A process that is killed at any moment leaves a manifest that names everything which may be there, and the steps that
are done; the next call goes on from there, and uninstalling takes away what it names and nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from .errors import InstallFailed

__all__ = ["Journal", "Manifest", "Put", "patiently", "remove"]

_NAME = "installed.json"
_PATIENCE = 10.0
"""Seconds that a rename or a removal is tried again for on Windows, where virus scanners hold new files open."""


@dataclass(frozen=True)
class Put:
    """kind: "tree" (a folder with all that is in it), "file", "folder" (goes when it is empty), "key" (registry)."""

    kind: str
    path: str


@dataclass(frozen=True)
class Manifest:
    """state: "none", "installing", "installed" or "removing".

    current: the application folder in use.   coming: the one being installed.   done: steps finished for it.
    """

    state: str = "none"
    version: str = ""
    current: str = ""
    coming: str = ""
    done: tuple[str, ...] = ()
    put: tuple[Put, ...] = ()


class Journal:
    """The manifest on disk; every change is written at once, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        """folder: the data folder; it is made by the first write. Raises InstallFailed."""
        self.folder = folder
        self._path = folder / _NAME
        self.manifest = self._read()

    def change(self, **values: object) -> None:
        self._write(replace(self.manifest, **values))  # type: ignore[arg-type]

    def finish(self, step: str) -> None:
        self.change(done=(*self.manifest.done, step))

    def knows(self, path: Path) -> bool:
        return any(put.path == str(path) for put in self.manifest.put)

    def note(self, kind: str, path: Path | str) -> None:
        """Write down what is about to be put; with the folders that will have to be made for it."""
        new = [Put(kind, str(path))]
        if kind != "key":
            new = [*(Put("folder", str(folder)) for folder in _missing(Path(path).parent)), *new]
        known = set(self.manifest.put)
        self.change(put=(*self.manifest.put, *(put for put in new if put not in known)))

    def forget(self, kind: str, path: Path | str) -> None:
        self.change(put=tuple(put for put in self.manifest.put if put != Put(kind, str(path))))

    def write_file(self, path: Path, content: bytes, mode: int = 0o644) -> None:
        """Note and write a file, whole or not at all. Raises InstallFailed."""
        self.note("file", path)
        draft = path.with_name(path.name + ".diffdecompose")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(content)
            draft.chmod(mode)
            patiently(lambda: os.replace(draft, path))
        except OSError as error:
            raise InstallFailed(f"{path} cannot be written ({error.strerror}): check the folder, run again") from None

    def end(self) -> None:
        """Everything is gone: the manifest too, and the data folder where nothing else is in it."""
        remove("file", self._path)
        remove("folder", self.folder)
        for put in sorted(self.manifest.put, key=lambda put: -len(put.path)):
            if put.kind == "folder":
                remove("folder", Path(put.path))

    def _read(self) -> Manifest:
        try:
            found = json.loads(self._path.read_text("utf-8"))
            put = tuple(Put(item["kind"], item["path"]) for item in found.pop("put"))
            return Manifest(**{**found, "done": tuple(found["done"]), "put": put})
        except FileNotFoundError:
            return Manifest()
        except (OSError, ValueError, TypeError, KeyError) as problem:
            raise InstallFailed(f"{self._path} cannot be understood ({problem}): move it away, run again") from None

    def _write(self, manifest: Manifest) -> None:
        draft = self._path.with_suffix(".tmp")
        try:
            if not self.folder.exists():
                folders = [Put("folder", str(folder)) for folder in _missing(self.folder.parent)]
                manifest = replace(manifest, put=(*folders, *manifest.put))
                self.folder.mkdir(parents=True)
            draft.write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
            patiently(lambda: os.replace(draft, self._path))
        except OSError as error:
            raise InstallFailed(
                f"{self.folder} cannot be written ({error.strerror}): make it writable, make room, run again"
            ) from None
        self.manifest = manifest


def remove(kind: str, path: Path) -> None:
    """Take away one thing that was put; nothing happens where it is gone. Raises InstallFailed."""
    try:
        if kind == "tree" and path.is_dir() and not path.is_symlink():
            patiently(lambda: shutil.rmtree(path))
        elif kind in ("tree", "file"):
            patiently(lambda: path.unlink(missing_ok=True))
            path.with_name(path.name + ".diffdecompose").unlink(missing_ok=True)
        elif kind == "folder" and path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    except OSError as error:
        raise InstallFailed(
            f"{path} cannot be removed ({error.strerror}): close the programs that use it, run again"
        ) from None


def patiently(action: Callable[[], object]) -> None:
    """Do it, on Windows again for a while where another program has the file open. Raises OSError.

    As `bridge.wire.files.patiently`, which is not installed yet where this runs.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            action()
            return
        except PermissionError:
            if os.name != "nt" or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _missing(folder: Path) -> list[Path]:
    """The folder and those above it that are not there, outermost first."""
    return [path for path in reversed([folder, *folder.parents]) if not path.exists()]
