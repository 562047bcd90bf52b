"""The journal of a folder of results: JSON lines that say what happened to each picture.

A line is appended and synced when a picture begins and when it ends, so that after a power cut the journal is at most
one line behind; a last line that was cut off is ignored. Outputs are named relative to the folder, which may be moved.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import BridgeError

__all__ = ["JOURNAL_NAME", "Entry", "Journal", "JournalError", "hash_of_file"]

JOURNAL_NAME = ".diffdecompose-journal.jsonl"
BEGUN, DONE, FAILED, CRASHED = "begun", "done", "failed", "crashed"
BLOCK = 1 << 20


class JournalError(BridgeError):
    """The journal cannot be read or written."""


@dataclass(frozen=True)
class Entry:
    """One line.

    event: "begun", "done", "failed" or "crashed".   input: absolute path.   sha256: of the input's content.
    settings: hash of everything else that affects the result, the program's version among it.
    outputs: relative to the journal's folder; of a begun picture what it is going to write.
    message: why it failed.   time: seconds since 1970.
    """

    event: str
    input: str
    sha256: str
    settings: str
    outputs: tuple[str, ...] = ()
    message: str = ""
    time: float = field(default_factory=time.time)

    @property
    def key(self) -> tuple[str, str, tuple[str, ...]]:
        """What has to be the same for a result to be still valid: content, settings and the main output."""
        return self.sha256, self.settings, self.outputs[:1]


class Journal:
    """The journal in `folder`; read once, then appended to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / JOURNAL_NAME
        self.entries = tuple(_entries(self.path))
        self._last = {name: entry for entry in self.entries for name in entry.outputs}
        """Output: the last entry that names it."""

    @property
    def exists(self) -> bool:
        return self.path.exists()

    def own_outputs(self) -> list[Path]:
        """Every file that a picture of this journal wrote, or may have begun to write."""
        return [self.folder / name for name, entry in self._last.items() if entry.event != FAILED]

    def is_done(self, sha256: str, settings: str, output: str) -> bool:
        """Whether this is the last that was written there, and all its files are still there. output: the main one."""
        last = self._last.get(output)
        if last is None or last.event != DONE or last.key != (sha256, settings, (output,)):
            return False
        return all(self.is_there(name) for name in last.outputs)

    def is_there(self, name: str) -> bool:
        """Whether there is a file or folder of this name. name: relative to the folder."""
        return (self.folder / name).exists()

    def was_begun(self, output: str) -> bool:
        """Whether the last word on this output is that it was begun: the run was interrupted, what is there is ours."""
        last = self._last.get(output)
        return last is not None and last.event in (BEGUN, CRASHED)

    def append(self, entry: Entry) -> None:
        """Write one line to the disk. Raises JournalError."""
        line = json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n"
        try:
            with open(self.path, "ab") as file:
                if file.tell() and not _ends_with_newline(self.path):
                    line = b"\n" + line
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            raise JournalError(
                f"{self.path}: the journal cannot be written ({problem.strerror}): make room, or choose another folder"
            ) from None

    def close(self) -> None:
        """Called at the end of a run; it may be opened again."""


def hash_of_file(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _entries(path: Path) -> Iterable[Entry]:
    try:
        lines = path.read_bytes().splitlines() if path.is_file() else []
    except OSError as problem:
        raise JournalError(f"{path}: the journal cannot be read ({problem.strerror}): check its permissions") from None
    for line in lines:
        entry = _entry(line)
        if entry is not None:
            yield entry


def _entry(line: bytes) -> Entry | None:
    """None for a line that was cut off, or that a later version wrote in another form."""
    try:
        told: dict[str, Any] = json.loads(line)
        outputs = tuple(map(str, told.pop("outputs")))
        return Entry(**told, outputs=outputs)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _ends_with_newline(path: Path) -> bool:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
