"""The job store: one SQLite file and one folder a job. Opened by the daemon only.

    jobs.sqlite        every job's state (WAL)
    pictures/JOB/      picture.raw, selection.raw, hint.raw, overlay.raw, profile.icc; result/ once it is done;
                       try-N/ while it runs
    incoming/N/        an upload that is not complete

All jobs are few, so they are kept in memory too; SQLite is what outlives the process. Pixels are not
flushed to the disk by force: what a `kill -9` leaves is complete, after a power cut a job may fail.
Ages are counted while the daemon runs, and across restarts by the clock, but at most one day at a time:
a clock that jumps deletes nothing. Knows nothing of connections or workers.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .errors import StoreError
from .jobs import Failure, Job, Restarted, State, advance
from .wire.codec import from_fields, to_fields
from .wire.errors import BadMessage
from .wire.files import replace_file
from .wire.messages import Decompose

__all__ = ["Store"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, place INTEGER NOT NULL, state TEXT NOT NULL, request TEXT NOT NULL, attempt INTEGER NOT NULL,
    deaths INTEGER NOT NULL, created REAL NOT NULL, seconds REAL NOT NULL, size INTEGER NOT NULL, age REAL NOT NULL,
    notes TEXT NOT NULL, code TEXT, what TEXT, advice TEXT);
CREATE TABLE IF NOT EXISTS pace (engine TEXT PRIMARY KEY, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS clock (swept REAL NOT NULL);
"""
_COLUMNS = "id, place, state, request, attempt, deaths, created, seconds, size, age, notes, code, what, advice"
_DAY = 86400.0

log = logging.getLogger("diffdecompose")


class Store:
    """Every job the daemon knows. `notices`: what the user should be told about the state it was found in."""

    def __init__(self, folder: Path) -> None:
        self.notices: list[str] = []
        self._folder = folder
        self._pictures = folder / "pictures"
        self._incoming = folder / "incoming"
        self._make_folders()
        try:
            self._database = self._open()
            self._jobs = {job.id: job for job in self._read()}
        except (sqlite3.DatabaseError, BadMessage, ValueError, KeyError) as problem:
            if isinstance(problem, sqlite3.OperationalError) and "malformed" not in str(problem):
                raise StoreError(
                    f"the job list cannot be opened ({problem}): free space, or look at {folder}"
                ) from None
            self._set_aside()
            self._database = self._open()
            self._jobs = {}
        self._order = max((job.order for job in self._jobs.values()), default=0)
        self._incoming_count = 0
        self._swept = time.monotonic()
        self._recover()

    def _make_folders(self) -> None:
        for folder in (self._folder, self._pictures, self._incoming):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._folder / "jobs.sqlite", isolation_level=None)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("malformed")
            database.executescript(_SCHEMA)
        except sqlite3.Error:
            database.close()
            raise
        return database

    def _read(self) -> Iterator[Job]:
        for row in self._database.execute(f"SELECT {_COLUMNS} FROM jobs ORDER BY place"):
            id, place, state, request, attempt, deaths, created, seconds, size, age, notes, code, what, advice = row
            yield Job(
                id,
                from_fields(Decompose, json.loads(request)),
                place,
                State(state),
                attempt,
                deaths,
                created,
                seconds,
                size,
                age,
                tuple(json.loads(notes)),
                None if code is None else Failure(code, what, advice),
            )

    def _set_aside(self) -> None:
        """A damaged list is kept for those who want to look, and the service goes on."""
        if hasattr(self, "_database"):
            self._database.close()
        aside = self._folder.with_name(f"{self._folder.name}.damaged")
        shutil.rmtree(aside, ignore_errors=True)
        replace_file(self._folder, aside)
        self._make_folders()
        self.notices.append(f"the job list was damaged: it was set aside in {aside}, earlier results are not listed")

    def _recover(self) -> None:
        """What a killed daemon left: half-written folders go, running jobs wait again."""
        shutil.rmtree(self._incoming, ignore_errors=True)
        self._incoming.mkdir(mode=0o700, exist_ok=True)
        for folder in self._pictures.iterdir():
            if folder.name not in self._jobs:
                shutil.rmtree(folder, ignore_errors=True)
        for job in list(self._jobs.values()):
            if job.state is State.RUNNING:
                self.note(advance(job, Restarted()))
            if job.state in (State.FAILED, State.CANCELLED):
                self.clear(job)
            if not job.ended:
                shutil.rmtree(self.folder(job.id) / "result", ignore_errors=True)
            for attempt in self.folder(job.id).glob("try-*"):
                shutil.rmtree(attempt, ignore_errors=True)
        row = self._database.execute("SELECT swept FROM clock").fetchone()
        if row is None:
            self._database.execute("INSERT INTO clock VALUES (?)", (time.time(),))
        else:
            self._grow_older(min(max(time.time() - row[0], 0.0), _DAY))

    def close(self) -> None:
        self._database.close()

    # Jobs

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def get(self, id: str) -> Job | None:
        return self._jobs.get(id)

    def add(self, request: Decompose, notes: tuple[str, ...], incoming: Path) -> Job:
        """Accept a job whose files lie in `incoming`. Raises OSError or StoreError; then nothing is left behind."""
        folder = self.folder(request.job)
        shutil.rmtree(folder, ignore_errors=True)
        size = sum(file.stat().st_size for file in incoming.iterdir())
        replace_file(incoming, folder)
        self._order += 1
        job = Job(request.job, replace(request, request=0), self._order, created=time.time(), size=size, notes=notes)
        try:
            self._keep(job)
        except StoreError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return job

    def note(self, job: Job) -> None:
        """Note how far a job got. On a full disk only in memory: after a restart it would be run again."""
        try:
            self._keep(job)
        except StoreError as problem:
            log.error("job=%s %s", job.id, problem)
            self._jobs[job.id] = job

    def _keep(self, job: Job) -> None:
        failure = job.failure
        failure_columns = (failure.code, failure.what, failure.advice) if failure else (None, None, None)
        request = json.dumps(to_fields(job.request))
        counts = (job.attempt, job.deaths, job.created, job.seconds, job.size, job.age)
        row = (job.id, job.order, job.state.value, request, *counts, json.dumps(job.notes), *failure_columns)
        self._write(f"INSERT OR REPLACE INTO jobs ({_COLUMNS}) VALUES ({', '.join('?' * len(row))})", row)
        self._jobs[job.id] = job

    def forget(self, id: str) -> None:
        """Drop a job and its files."""
        self._write("DELETE FROM jobs WHERE id = ?", (id,))
        self._jobs.pop(id, None)
        shutil.rmtree(self.folder(id), ignore_errors=True)

    def queue(self) -> list[Job]:
        """The jobs that wait, next first: by priority, then first in, first out."""
        waiting = [job for job in self if job.state is State.QUEUED]
        return sorted(waiting, key=lambda job: (-job.request.priority, job.order))

    def place(self, id: str) -> int:
        """1 for the next to run; 0 for a job that does not wait."""
        return next((place for place, job in enumerate(self.queue(), 1) if job.id == id), 0)

    # Files

    def folder(self, id: str) -> Path:
        return self._pictures / id

    def new_incoming(self) -> Path:
        """A fresh folder for an upload. Raises OSError."""
        self._incoming_count += 1
        folder = self._incoming / str(self._incoming_count)
        folder.mkdir(mode=0o700)
        return folder

    def free(self) -> int:
        """Bytes free where pictures are kept."""
        return shutil.disk_usage(self._pictures).free

    def clear(self, job: Job) -> Job:
        """Drop the files of a job that failed or was cancelled: nobody will ask for them."""
        shutil.rmtree(self.folder(job.id), ignore_errors=True)
        return replace(job, size=0)

    def adopt(self, id: str, attempt: Path) -> None:
        """Make a worker's finished folder the job's result. Raises OSError."""
        result = self.folder(id) / "result"
        shutil.rmtree(result, ignore_errors=True)
        replace_file(attempt, result)

    # Age and pace

    def expire(self, oldest: float, largest: int, most: int) -> list[str]:
        """Drop jobs that ended more than `oldest` seconds ago, then the oldest until all take at most `largest` bytes
        and at most `most` are left that ended.

        Returns the ids of the jobs that were dropped.
        """
        now = time.monotonic()
        self._grow_older(now - self._swept)
        self._swept = now
        ended = sorted((job for job in self if job.ended), key=lambda job: -job.age)
        total = sum(job.size for job in self)
        dropped = []
        for left, job in zip(range(len(ended), 0, -1), ended, strict=True):
            if job.age > oldest or total > largest or left > most:
                total -= job.size
                self.forget(job.id)
                dropped.append(job.id)
        return dropped

    def _grow_older(self, seconds: float) -> None:
        states = "('done', 'failed', 'cancelled')"
        self._write(f"UPDATE jobs SET age = age + ? WHERE state IN {states}", (seconds,))
        self._write("UPDATE clock SET swept = ?", (time.time(),))
        for job in list(self):
            if job.ended:
                self._jobs[job.id] = replace(job, age=job.age + seconds)

    def pace(self, engine: str) -> float | None:
        """Seconds a megapixel that `engine` took lately; None where it never ran."""
        row = self._database.execute("SELECT seconds FROM pace WHERE engine = ?", (engine,)).fetchone()
        return None if row is None else row[0]

    def note_pace(self, engine: str, seconds: float) -> None:
        """Remember a run, in seconds a megapixel; later runs weigh more."""
        before = self.pace(engine)
        seconds = seconds if before is None else 0.5 * before + 0.5 * seconds
        with contextlib.suppress(StoreError):
            self._write("INSERT OR REPLACE INTO pace VALUES (?, ?)", (engine, seconds))

    def _write(self, statement: str, values: tuple) -> None:
        try:
            self._database.execute(statement, values)
        except sqlite3.Error as problem:
            raise StoreError(f"the job list cannot be written ({problem}): free space in {self._folder}") from None
