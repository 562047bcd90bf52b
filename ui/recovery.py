"""Unsaved work is kept across a crash: a small record a document, written as things change, offered at the next start.

A record names the picture, the daemon's job (which keeps the layers for a week) and what the artist changed of names,
order, opacity and so on. Where pixels were corrected, or no job stands behind the layers, the layers themselves are
kept beside it as an ORA. A record goes when its document is saved or closed.

    viewer/recovery/ID.json, ID.ora
    viewer/recovery/PID.lock               held while that viewer runs: tells a crash from a second viewer
"""

from __future__ import annotations

import json
import logging
import os
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from PyQt6.QtCore import QObject, QTimer

from bridge.formats import FormatError, LayeredDocument, read_layers, write
from bridge.wire.files import replace_file
from model.types import BlendType, Composite, Layer

from .background import Background
from .entries import Entry
from .jobs import Jobs, Reopened
from .lockfile import LockFile, is_held
from .saving import decomposition_of
from .session import Document, Session
from .settings import viewer_folder
from .words import UserError, explain

__all__ = ["Kept", "Record", "Recovery"]

log = logging.getLogger(__name__)
PAUSE = 1500
"""Milliseconds after a change until it is written."""


@dataclass(frozen=True)
class Kept:
    """One layer as the artist left it. source: which of the candidate's layers, from the bottom."""

    source: int
    name: str
    opacity: float
    blend: str
    visible: bool


@dataclass(frozen=True)
class Record:
    """One document.

    lock: the file that its viewer holds.   job: of its layers, "" = none yet.   pending: a job that ran.
    pixels: layers are in the ORA.
    """

    id: str
    pid: int
    title: str
    path: str = ""
    job: str = ""
    candidate: int = 0
    pending: str = ""
    pixels: bool = False
    lock: str = ""
    kept: tuple[Kept, ...] = ()


class Recovery(QObject):
    """Watches a session and keeps its records."""

    def __init__(self, session: Session, background: Background, jobs: Jobs) -> None:
        super().__init__()
        self._session, self._background, self._jobs = session, background, jobs
        self._ids: dict[int, str] = {}
        self._sources: dict[int, dict[int, int]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self.write_now)
        self._pixels_due: set[int] = set()
        self._closing = False
        self._lock: LockFile | None = None
        session.opened.connect(self._opened)
        session.closed.connect(self._closed)

    # Keeping

    def _opened(self, document: Document) -> None:
        self._ids[document.key] = uuid.uuid4().hex
        for signal in (document.entries_changed, document.phase_changed, document.title_changed):
            signal.connect(self._stir)
        document.candidates_changed.connect(lambda: self._number_layers(document))
        document.pixels_changed.connect(lambda _: self._pixels_touched(document))

    def _number_layers(self, document: Document) -> None:
        """Remember which entry was which of the candidate's layers, before the artist reorders them."""
        known = self._sources.setdefault(document.key, {})
        for view in document.candidates:
            for number, entry in enumerate(view.entries or ()):
                known.setdefault(entry.key, number)
        self._stir()

    def _pixels_touched(self, document: Document) -> None:
        self._pixels_due.add(document.key)
        self._stir()

    def _stir(self) -> None:
        if not self._closing and not self._timer.isActive():
            self._timer.start()

    def _closed(self, document: Document) -> None:
        if not self._closing:
            self._drop(self._ids.pop(document.key))

    def write_now(self) -> None:
        """Write what is unsaved, and drop the records of what is not."""
        self._timer.stop()
        for document in self._session.documents:
            id = self._ids[document.key]
            if not (document.unsaved or document.working):
                self._drop(id)
                continue
            record = self._record(document, id)
            if record.pixels and document.key in self._pixels_due:
                self._write_pixels(document, record)
            else:
                _write(record)

    def keep_all(self) -> None:
        """The program ends and the artist wants everything back next time."""
        self._closing = True
        self._timer.stop()
        for document in self._session.documents:
            if document.unsaved or document.working:
                record = self._record(document, self._ids[document.key])
                if record.pixels:
                    _save_pixels(document, record)
                _write(replace(record, pid=0, lock=""))
            else:
                self._drop(self._ids[document.key])
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _record(self, document: Document, id: str) -> Record:
        sources = self._sources.get(document.key, {})
        kept = tuple(
            Kept(sources.get(e.key, -1), e.layer.name, e.layer.opacity, e.layer.blend.value, e.layer.visible)
            for e in document.entries
        )
        pixels = bool(document.entries) and (document.touched or not document.job)
        path = str(document.path or "")
        return Record(
            id, os.getpid(), document.title, path, document.job, document.candidate, document.pending, pixels,
            self._held(), kept,
        )  # fmt: skip

    def _held(self) -> str:
        """The name of this viewer's lock file, made with the first record."""
        if self._lock is None:
            try:
                self._lock = LockFile(_folder() / f"{os.getpid()}-{uuid.uuid4().hex[:8]}.lock")
            except OSError as problem:  # a file system without locks: the process id has to do
                log.warning("the recovery folder cannot be locked: %s", problem)
                return ""
        return self._lock.path.name

    def _write_pixels(self, document: Document, record: Record) -> None:
        self._pixels_due.discard(document.key)
        self._background.run(lambda task: _save_pixels(document, record), lambda _: _write(record), log.warning)

    def _drop(self, id: str) -> None:
        for ending in (".json", ".ora"):
            try:
                _file(id, ending).unlink(missing_ok=True)
            except OSError as problem:
                log.warning("a recovery record could not be removed: %s", problem)

    # Offering

    def offers(self) -> list[Record]:
        """What a viewer that is no longer there left, oldest first."""
        found = []
        for path in sorted(_folder().glob("*.json"), key=lambda path: path.stat().st_mtime):
            record = _read(path)
            if record is not None and not _lives(record):
                found.append(record)
        return found

    def refuse(self, records: list[Record]) -> None:
        """The artist does not want them."""
        for record in records:
            self._drop(record.id)

    def restore(self, record: Record, failed: Callable[[UserError], None], open_file: Callable[[Path], None]) -> None:
        """Bring one back; its record goes once it is open again (a new one is written)."""

        def read(corrected: LayeredDocument | None) -> None:
            job = record.job or record.pending
            if job:
                self._jobs.reopen(
                    job, record.candidate,
                    lambda reopened: self._bring_back(record, reopened, corrected),
                    lambda error: gone(error, corrected),
                )  # fmt: skip
            elif corrected is not None:
                self._bring_back(record, None, corrected)
            else:
                open_picture()

        def gone(error: UserError, corrected: LayeredDocument | None) -> None:
            # The daemon no longer knows the job: what was corrected, or the picture itself, may still be there.
            if corrected is not None:
                self._bring_back(record, None, corrected)
                return
            failed(error)
            open_picture()

        def open_picture() -> None:
            if record.path and Path(record.path).exists():
                open_file(Path(record.path))
            self._drop(record.id)

        path = _file(record.id, ".ora")
        if record.pixels and path.exists():
            self._background.run(lambda task: read_layers(path), read, lambda error: failed(explain(error)))
        else:
            read(None)

    def _bring_back(self, record: Record, reopened: Reopened | None, corrected: LayeredDocument | None) -> None:
        """Open a document of a job that came back, of layers that were kept, or of both. One of them is there."""
        if reopened is not None:
            composite = reopened.composite
        else:
            assert corrected is not None
            composite = Composite(corrected.merged, corrected.icc, corrected.dpi, corrected.metadata)
        document = Document(composite, record.title, Path(record.path) if record.path else None)
        self._session.add(document)
        if reopened is not None:
            self._jobs.adopt(document, reopened)
        if corrected is not None:
            document.put_back([Entry(layer) for layer in corrected.layers if isinstance(layer, Layer)])
            document.touched = True
            self._pixels_touched(document)
        else:
            document.put_back(_as_kept(document.entries, record))
        self._drop(record.id)


def _as_kept(entries: tuple[Entry, ...], record: Record) -> list[Entry]:
    if not record.kept or any(not 0 <= kept.source < len(entries) for kept in record.kept):
        return list(entries)
    return [
        entries[kept.source].having(
            name=kept.name, opacity=kept.opacity, blend=BlendType(kept.blend), visible=kept.visible
        )
        for kept in record.kept
    ]


def _save_pixels(document: Document, record: Record) -> None:
    try:
        write(decomposition_of(document), _file(record.id, ".ora"), overwrite=True, merged=document.composite.pixels)
    except FormatError as problem:
        log.warning("unsaved layers could not be kept: %s", problem)


def _folder() -> Path:
    folder = viewer_folder() / "recovery"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _file(id: str, ending: str) -> Path:
    return _folder() / f"{id}{ending}"


def _write(record: Record) -> None:
    try:
        path = _file(record.id, ".json")
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps(asdict(record)), "utf-8")
        replace_file(draft, path)
    except OSError as problem:
        log.warning("unsaved work could not be noted: %s", problem)


def _read(path: Path) -> Record | None:
    try:
        fields = json.loads(path.read_text("utf-8"))
        kept = tuple(Kept(**one) for one in fields.pop("kept"))
        return Record(**fields, kept=kept) if fields["id"] == path.stem else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _lives(record: Record) -> bool:
    """Whether the viewer that wrote a record still runs. A process id alone may be somebody else's by now."""
    if record.pid <= 0:
        return False
    if record.lock:
        return is_held(_folder() / Path(record.lock).name)
    if os.name == "nt":
        return record.pid == os.getpid()
    try:
        os.kill(record.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
