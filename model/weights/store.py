"""What is installed, by name: `<models>/NAME`, each with its manifest. Knows nothing of where it came from."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import InvalidRequest
from . import manifest
from .catalogue import ENTRIES, CatalogueEntry, ModelKind
from .errors import Damaged
from .manifest import Manifest

__all__ = ["ModelState", "adopt", "claimed", "folder_of", "partial", "remove", "require_free", "resolve", "states"]

_PARTIAL = ".partial"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True)
class ModelState:
    """One line of a list of models, from the catalogue, from disk or both.

    kind: None for a folder that this program did not put there.   size: bytes on disk, 0 where it is not installed.
    fetched: bytes of an unfinished download.   entry: None for what is not in the catalogue.
    """

    name: str
    kind: ModelKind | None
    installed: bool
    size: int
    fetched: int
    folder: Path
    entry: CatalogueEntry | None = None


def states(models: Path) -> tuple[ModelState, ...]:
    """The catalogue in its order, then what else is installed, by name."""
    names = list(ENTRIES)
    if models.is_dir():
        others = (path.name for path in models.iterdir() if path.is_dir() and not path.name.startswith("."))
        names += sorted(set(others) - set(ENTRIES))
    return tuple(_state(models, name) for name in names)


def _state(models: Path, name: str) -> ModelState:
    folder, entry = models / name, ENTRIES.get(name)
    try:
        found = manifest.read(folder)
    except Damaged:
        found = None
    kind = found.kind if found else entry.kind if entry else None
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    waiting = sum(path.stat().st_size for path in partial(models, name).rglob("*") if path.is_file())
    return ModelState(name, kind, folder.is_dir(), size, waiting, folder, entry)


def folder_of(models: Path, name: str) -> Path:
    """The folder of an installed model. Raises InvalidRequest where it is not installed."""
    if _NAME.fullmatch(name) and (models / name).is_dir():
        return models / name
    how = f"run 'diffdecompose models pull {name}'" if name in ENTRIES else "'diffdecompose models list' says what is"
    raise InvalidRequest(f"no model {name!r} is installed in {models}: {how}")


def resolve(models: Path, given: Path, kinds: tuple[ModelKind, ...]) -> Path:
    """A folder or file as it was given, or the folder of the installed model of that name.

    Raises InvalidRequest where the model of that name is of none of `kinds`. What is neither comes back as given, so
    that whoever opens it says what is missing.
    """
    if given.exists() or len(given.parts) != 1 or not (models / given).is_dir():
        return given
    found = manifest.read(models / given)
    if found is not None and found.kind not in kinds:
        raise InvalidRequest(f"{given} is a {found.kind}, a {' or '.join(kinds)} is needed: choose another model")
    return models / given


def remove(models: Path, name: str, keep_partial: bool = False) -> int:
    """Delete an installed model and what was fetched of it; returns the bytes freed. Raises InvalidRequest.

    keep_partial: leave what is being fetched or put together under the name.
    """
    candidates = (models / name,) if keep_partial else (models / name, partial(models, name))
    folders = [path for path in candidates if _NAME.fullmatch(name) and path.is_dir()]
    if not folders:
        folder_of(models, name)  # raises
    freed = 0
    for folder in folders:
        freed += sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        gone = models / _PARTIAL / f"{name}.gone"
        gone.parent.mkdir(exist_ok=True)
        folder.rename(gone)  # at once, so that nobody finds half a model
        shutil.rmtree(gone)
    return freed


def require_free(models: Path, name: str) -> None:
    """Raises InvalidRequest where `name` cannot name a model, or one of that name is there already."""
    if not _NAME.fullmatch(name):
        raise InvalidRequest(f"{name!r} cannot name a model: use lower-case letters, digits, dots and dashes")
    if (models / name).exists():
        raise InvalidRequest(f"{name} is installed in {models / name}: remove it first, or choose another name")


@contextmanager
def claimed(models: Path, name: str) -> Iterator[None]:
    """Only one process at a time puts the model `name` together. Raises InvalidRequest where another one does."""
    from filelock import FileLock, Timeout

    (models / _PARTIAL).mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(models / _PARTIAL / f"{name}.lock", timeout=0):
            yield
    except Timeout as error:
        raise InvalidRequest(f"another process fetches or makes {name} already: wait until it has ended") from error


def partial(models: Path, name: str) -> Path:
    """Where a model is put together before it appears under its name; on the same disk."""
    return models / _PARTIAL / name


def adopt(models: Path, work: Path, made: Manifest) -> Path:
    """Give a finished folder its manifest and its name; returns where it is."""
    manifest.write(work, made)
    final = models / made.name
    work.rename(final)
    return final
