"""Which files a model consists of, with size and SHA-256: written when a model is installed, read to verify it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from ..errors import InvalidRequest
from .catalogue import ModelKind
from .errors import Damaged

__all__ = ["MANIFEST", "FileRecord", "Manifest", "Progress", "read", "record", "sha256_of", "verify", "write"]

MANIFEST = "manifest.json"

Progress = Callable[[str, int, int], None]
"""Called with what is being worked on, bytes done and all bytes. Raise to stop."""

_CHUNK = 4 << 20


@dataclass(frozen=True)
class FileRecord:
    """path: relative to the model's folder, with forward slashes.   sha256: hexadecimal."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """source: repository or folder that the model came from.   revision: the repository's commit, "" for a folder.
    licence: as it was shown; accepted: whether a person accepted it."""

    name: str
    kind: ModelKind
    source: str
    revision: str
    licence: str
    accepted: bool
    files: tuple[FileRecord, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def sha256_of(path: Path, tick: Callable[[int], None] = lambda done: None) -> str:
    """SHA-256 of a file, hexadecimal; `tick` is told the bytes read so far."""
    digest, done = sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            tick(done)
    return digest.hexdigest()


def record(folder: Path, path: Path) -> FileRecord:
    """The record of `path`, a file below `folder`."""
    return FileRecord(path.relative_to(folder).as_posix(), path.stat().st_size, sha256_of(path))


def write(folder: Path, manifest: Manifest) -> None:
    """Write `folder/manifest.json`, all of it or nothing; files are put in order."""
    ordered = replace(manifest, files=tuple(sorted(manifest.files, key=lambda file: file.path)))
    part = folder / f"{MANIFEST}.part"
    part.write_text(json.dumps(asdict(ordered), indent=1) + "\n", encoding="utf-8")
    os.replace(part, folder / MANIFEST)


def read(folder: Path) -> Manifest | None:
    """The manifest of a model's folder; None where it has none. Raises Damaged where it cannot be read."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = tuple(FileRecord(str(f["path"]), int(f["size"]), str(f["sha256"])) for f in said.pop("files"))
        return Manifest(**said | {"kind": ModelKind(said["kind"]), "files": files})
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(
            f"{folder / MANIFEST} cannot be read ({error}): remove {folder.name} and fetch it again"
        ) from error


def verify(folder: Path, progress: Progress = lambda what, done, size: None) -> tuple[str, ...]:
    """What is wrong with an installed model, one line a file; empty where every file is what it was.

    Raises InvalidRequest where the folder has no manifest, Damaged where that cannot be read.
    """
    manifest = read(folder)
    if manifest is None:
        raise InvalidRequest(f"{folder} has no {MANIFEST}, so there is nothing to compare with: pull or register it")
    wrong, before = [], 0
    for file in manifest.files:
        path, start = folder / file.path, before

        def tick(done: int, name: str = file.path, start: int = start) -> None:
            progress(name, start + done, manifest.size)

        if not path.is_file():
            wrong.append(f"{file.path} is gone")
        elif path.stat().st_size != file.size:
            wrong.append(f"{file.path} has {path.stat().st_size} bytes, {file.size} are right")
        elif sha256_of(path, tick) != file.sha256:
            wrong.append(f"{file.path} has been changed: its SHA-256 is not {file.sha256[:12]}...")
        before += file.size
    return tuple(wrong)
