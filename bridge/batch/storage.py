"""Pictures from and results to object stores and whatever else fsspec reaches: s3://, gs://, http://, memory://.

The machine or node that does a picture fetches it into a temporary folder, writes there, and uploads whole files. The
journal of a folder behind an address is kept on this machine and uploaded as it grows; a run from another machine
starts with what was uploaded. Knows nothing of how a picture is taken apart.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ..decompose_file import FileJob, Report
from ..errors import BridgeError
from ..plan import PICTURE_ENDINGS, PlanError, Task, expand, is_url, plan
from .journal import JOURNAL_NAME, Entry, Journal

__all__ = ["StorageError", "StoredJournal", "StoredTask", "decompose_stored", "digest_of", "plan_stored"]

UPLOAD_SECONDS = 15.0
"""Between two uploads of the journal: as much is done again where this machine itself is lost."""


class StorageError(BridgeError):
    """What lies behind an address cannot be read or written."""


@dataclass(frozen=True)
class StoredTask(Task):
    """A task of which one end or both lie behind an address.

    source_url: "" where `source` is a file here.   target_url: "" where `target` is; else `target` is only the name of
    the result in the journal.
    """

    source_url: str = ""
    target_url: str = ""


def plan_stored(words: Sequence[str], output: str, form: str | None, home: Path) -> tuple[list[StoredTask], Journal]:
    """What is to be done, and the journal; always a batch into a folder.

    home: where the journals of folders behind addresses are kept.   Raises PlanError and StorageError.
    """
    sources: dict[Path, str] = {}
    for word in words:
        if is_url(word):
            for url in _pictures_at(word):
                sources[_unused(Path(PurePosixPath(url).name), sources)] = url
        else:
            sources.update({path: "" for path in expand([word])})
    if not is_url(output):
        folder = Path(output)
        folder.mkdir(exist_ok=True)
        journal = Journal(folder)
    else:
        output = output.rstrip("/")
        folder = home / hashlib.sha256(output.encode()).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        journal = StoredJournal(folder, output)
    tasks = []
    for task in plan(list(sources), str(folder), form or "psd"):
        target_url = f"{output}/{task.target.name}" if isinstance(journal, StoredJournal) else ""
        if target_url and target_url in sources.values():
            raise PlanError(f"{target_url}: the output would replace an input: choose another folder after -o")
        tasks.append(StoredTask(task.source, task.target, task.form, sources[task.source], target_url))
    return tasks, journal


class StoredJournal(Journal):
    """The journal of the folder `url`; `folder` is its place on this machine."""

    def __init__(self, folder: Path, url: str) -> None:
        self._url = url
        self._store, self._root = _store(url)
        self._names = set(_reached(url, lambda: _names_below(self._store, self._root)))
        self._merge(folder / JOURNAL_NAME)
        super().__init__(folder)
        self._uploaded, self._dirty = time.monotonic(), False

    def is_there(self, name: str) -> bool:
        return name in self._names or any(other.startswith(name + "/") for other in self._names)

    def append(self, entry: Entry) -> None:
        super().append(entry)
        self._names.update(entry.outputs if entry.event == "done" else ())
        self._dirty = True
        if time.monotonic() - self._uploaded > UPLOAD_SECONDS:
            self.close()

    def close(self) -> None:
        if self._dirty:
            _reached(self._url, lambda: self._store.put_file(str(self.path), f"{self._root}/{JOURNAL_NAME}"))
            self._uploaded, self._dirty = time.monotonic(), False

    def _merge(self, path: Path) -> None:
        """Lines of an earlier run on another machine, and of one here that was killed before it uploaded them."""
        if JOURNAL_NAME not in self._names:
            return
        there = _reached(self._url, lambda: self._store.cat_file(f"{self._root}/{JOURNAL_NAME}")).splitlines()
        here = path.read_bytes().splitlines() if path.exists() else []
        lines = sorted({line for line in [*there, *here] if _time_of(line) is not None}, key=lambda x: _time_of(x) or 0)
        path.write_bytes(b"".join(line + b"\n" for line in lines))


def decompose_stored(job: FileJob, decompose: Callable[[FileJob], Report]) -> Report:
    """Fetch, `decompose`, upload. Raises what `decompose` raises, and StorageError; then nothing was uploaded."""
    task = job.task
    assert isinstance(task, StoredTask)
    with tempfile.TemporaryDirectory(prefix="diffdecompose-") as scratch:
        here = task
        if task.source_url:
            source = Path(scratch, "in", PurePosixPath(task.source_url).name)
            source.parent.mkdir()
            store, path = _store(task.source_url)
            _reached(task.source_url, lambda: store.get_file(path, str(source)))
            here = replace(here, source=source)
        if task.target_url:
            here = replace(here, target=Path(scratch, "out", task.target.name))
            here.target.parent.mkdir()
        report = decompose(replace(job, task=here, overwrite=job.overwrite or bool(task.target_url)))
        if task.target_url:
            store, root = _store(task.target_url.rpartition("/")[0])
            for output in reversed(report.outputs):  # the main one last: where it is, all are
                name = output.relative_to(here.target.parent).as_posix()
                _reached(
                    task.target_url, lambda output=output, name=name: store.put_file(str(output), f"{root}/{name}")
                )
        return _renamed(report, here, task)


def _renamed(report: Report, here: Task, task: StoredTask) -> Report:
    """The report with the names that the caller knows in place of the temporary ones."""
    outputs = tuple(task.target.parent / path.relative_to(here.target.parent) for path in report.outputs)
    told = json.dumps([report.line, report.as_json])
    for temporary, name in (
        (str(here.source), task.source_url or str(task.source)),
        (str(here.target.parent), task.target_url.rpartition("/")[0] or str(task.target.parent)),
    ):
        told = told.replace(json.dumps(temporary)[1:-1], json.dumps(name)[1:-1])
    line, as_json = json.loads(told)
    return Report(line, as_json, outputs)


def digest_of(task: StoredTask) -> str:
    """A hash that changes with the content: of what the store says of the object, which has not been fetched yet."""
    store, path = _store(task.source_url)
    return hashlib.sha256(str(_reached(task.source_url, lambda: store.ukey(path))).encode()).hexdigest()


def _pictures_at(url: str) -> list[str]:
    """A picture, those of a folder, or those that a pattern matches; addresses in order."""
    store, path = _store(url)
    scheme = url.partition("://")[0]

    def found() -> Iterable[str]:
        if any(sign in path for sign in "*?["):
            return store.glob(path)
        if PurePosixPath(path).suffix.lower() in PICTURE_ENDINGS and not store.isdir(path):
            return [path]
        return [one["name"] for one in store.ls(path, detail=True) if one["type"] == "file"]

    names = sorted(str(name) for name in _reached(url, found))
    pictures = [name for name in names if PurePosixPath(name).suffix.lower() in PICTURE_ENDINGS]
    if not pictures:
        raise PlanError(f"{url}: there is no picture: name one, a folder that holds pictures, or a pattern")
    return [f"{scheme}://{name.lstrip('/')}" for name in pictures if not PurePosixPath(name).name.startswith(".")]


def _unused(name: Path, taken: dict[Path, str]) -> Path:
    count, first = 1, name
    while name in taken:
        count += 1
        name = first.with_stem(f"{first.stem}-{count}")
    return name


def _names_below(store: Any, root: str) -> list[str]:
    if not store.exists(root):
        return []
    start = len(store._strip_protocol(root).rstrip("/")) + 1
    return [str(name)[start:] for name in store.find(root)]


def _store(url: str) -> tuple[Any, str]:
    """The file system and the path in it."""
    import fsspec

    try:
        store, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as problem:
        raise StorageError(f"{url} cannot be reached ({_first_line(problem)}): install what it names") from None
    return store, str(path)


def _reached(url: str, work: Callable[[], Any]) -> Any:
    """What `work` returns; a failure of the network or the store in one line."""
    try:
        return work()
    except FileNotFoundError:
        raise StorageError(f"{url}: no such file or folder: check the address") from None
    except PermissionError as problem:
        raise StorageError(f"{url}: access denied ({_first_line(problem)}): check the credentials") from None
    except Exception as problem:  # each store has exceptions of its own
        name = type(problem).__name__
        raise StorageError(f"{url} cannot be reached ({name}: {_first_line(problem)}): try again later") from None


def _first_line(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:160]


def _time_of(line: bytes) -> float | None:
    try:
        return float(json.loads(line)["time"])
    except (ValueError, TypeError, KeyError):
        return None
