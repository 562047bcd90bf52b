"""Jobs of the daemon for documents: hand in, follow, cancel, fetch candidates, the job list. Thread by thread.

Everything that may wait runs in `background`; documents are touched in the window's thread only. Closing the window
does not cancel a job: the daemon finishes it, and `recovery` finds it again. Knows nothing of widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from bridge.convert import model_layer, wire_mask, wire_picture
from bridge.formats import read_overlay
from bridge.formats.pixels import without_idle_alpha
from bridge.wire import (
    Accepted,
    Candidate,
    CandidateInfo,
    Client,
    EngineInfo,
    Finished,
    JobInfo,
    Options,
    Picture,
    Preview,
    Progress,
    blames_engine,
    new_job_id,
)
from model.types import Composite, Layer

from . import job_notes
from .background import Background, Task
from .canvas.compose import merged
from .entries import CandidateView, Entry
from .session import Document
from .words import UserError, explain, missing_candidates

__all__ = ["Jobs", "PastJob", "Reopened", "entries_of"]

CLIENT = "viewer"


@dataclass(frozen=True)
class PastJob:
    """One line of the history, with the preview of its best candidate where there is one."""

    info: JobInfo
    preview: Preview | None = None
    candidates: int = 0


@dataclass(frozen=True, eq=False)
class Reopened:
    """A finished job come back: its picture (the stacked layers), candidates, and the layers of one of them."""

    job: str
    finished: Finished
    index: int
    entries: tuple[Entry, ...]
    composite: Composite
    favourites: tuple[int, ...] = ()


class Jobs(QObject):
    """The daemon, as the window sees it."""

    began = pyqtSignal(object)
    """A document's job was handed in (Document)."""
    finished = pyqtSignal(object)
    """A document got its layers."""
    found_nothing = pyqtSignal(object)
    noted = pyqtSignal(object, str)
    """Something the artist should know of a document's job: a line."""
    cancelled = pyqtSignal(object)
    failed = pyqtSignal(object, object)
    """A document's job failed (Document or None, UserError)."""
    engines_changed = pyqtSignal()
    engine_failed = pyqtSignal(str)
    """The name of an engine that could not do a job."""

    def __init__(self, background: Background) -> None:
        super().__init__()
        self._background = background
        self._running: dict[int, Task] = {}
        self._asking = False
        self.engines: tuple[EngineInfo, ...] = ()
        self.notices: tuple[str, ...] = ()
        self.error: UserError | None = None

    # One document's job

    def start(
        self, document: Document, options: Options, meaning: str = "", overlay: Path | Layer | None = None
    ) -> None:
        """Take a document apart.

        meaning: what its marked area is: "selection", "hint" or "" (ignored). overlay: the foreground itself, a file
        or a layer, where it is known.
        """
        if document.working:
            return
        document.options = options
        self._follow(document, new_job_id(), _hand_in(document, options, meaning, overlay))

    def attach(self, document: Document, job: str) -> None:
        """Follow a job that was handed in before, also by another program."""
        self._follow(
            document, job, lambda client, job, task, show: client.wait(job, progress=show, cancelled=task.cancelled)
        )

    def _follow(self, document: Document, job: str, ask: Callable[..., Finished]) -> None:
        document.set_working(True)
        document.set_progress("connect", None, None)
        document.pending = job
        depth = "u16" if document.composite.depth == 16 else "u8"

        def work(task: Task) -> tuple[Finished, tuple[Entry, ...]]:
            def show(progress: Progress) -> None:
                share = progress.step / progress.steps if progress.steps > 1 else None
                task.report((progress.stage, share, progress.left, progress.preview))

            with Client.connect(CLIENT) as client:
                done = ask(client, job, task, show)
                if not done.candidates or done.candidates[0].layers < 2:
                    return done, ()
                task.report(("fetch", None, None, None))
                return done, entries_of(client.fetch(job, 0, depth=depth, cancelled=task.cancelled))

        def ended() -> None:
            self._running.pop(document.key, None)
            document.pending = ""
            document.set_working(False)
            self.ask_engines()

        def done(answer: tuple[Finished, tuple[Entry, ...]]) -> None:
            ended()
            finished, entries = answer
            if entries:
                _give(document, finished, 0, entries)
                if missing := missing_candidates(document.options.candidates, len(finished.candidates)):
                    self.noted.emit(document, missing)
                self.finished.emit(document)
            else:
                self.found_nothing.emit(document)

        def failed(error: Exception) -> None:
            ended()
            if getattr(error, "code", "") == "cancelled":
                self.cancelled.emit(document)
            else:
                if blames_engine(error):
                    self.engine_failed.emit(document.options.engine)
                self.failed.emit(document, explain(error))

        def reported(value: object) -> None:
            if isinstance(value, str):
                self.noted.emit(document, value)
            elif isinstance(value, tuple) and document.working:
                document.set_progress(*value)

        self._running[document.key] = self._background.run(work, done, failed, reported)
        self.began.emit(document)

    def cancel(self, document: Document) -> None:
        """Stop a document's job; `cancelled` or another end follows."""
        task = self._running.get(document.key)
        if task is not None:
            task.cancel()

    def choose(self, document: Document, index: int) -> None:
        """Show a candidate; its layers are fetched first where that did not happen yet."""
        document.wanted = index
        view = document.candidates[index]
        if view.entries is not None:
            document.choose(index)
            return
        job, depth = document.job, "u16" if document.composite.depth == 16 else "u8"

        def work(task: Task) -> tuple[Entry, ...]:
            with Client.connect(CLIENT) as client:
                return entries_of(client.fetch(job, index, depth=depth, cancelled=task.cancelled))

        def done(entries: tuple[Entry, ...]) -> None:
            view.entries = view.entries or entries
            if document.job == job and document.wanted == index:
                document.choose(index)

        self._background.run(work, done, lambda error: self.failed.emit(document, explain(error)))

    def set_favourite(self, document: Document, index: int, favourite: bool) -> None:
        """Star a candidate; it is remembered with the job."""
        document.set_favourite(index, favourite)
        job_notes.keep(document.job, job_notes.read(document.job).with_favourite(index, favourite))

    # The daemon's own state

    def ask_engines(self) -> None:
        """Find out what can run; starts the daemon where none runs. `engines_changed` follows."""
        if self._asking:
            return
        self._asking = True

        def work(task: Task) -> tuple[tuple[EngineInfo, ...], tuple[str, ...]]:
            with Client.connect(CLIENT, timeout=5.0) as client:
                return client.engines, client.welcome.notices

        def done(answer: tuple[tuple[EngineInfo, ...], tuple[str, ...]]) -> None:
            self._asking, self.error = False, None
            self.engines, self.notices = answer
            self.engines_changed.emit()
            if any(engine.state == "loading" for engine in self.engines):
                QTimer.singleShot(1500, self.ask_engines)

        def failed(error: Exception) -> None:
            self._asking = False
            self.error = explain(error)
            self.engines_changed.emit()

        self._background.run(work, done, failed)

    def engine(self, name: str) -> EngineInfo | None:
        return next((engine for engine in self.engines if engine.name == name), None)

    # History

    def list_past(self, done: Callable[[Sequence[PastJob]], None], failed: Callable[[UserError], None]) -> None:
        """The jobs the daemon keeps, newest first, and again with previews as they come."""

        def work(task: Task) -> list[PastJob]:
            job_notes.prune()
            with Client.connect(CLIENT) as client:
                past = [PastJob(info) for info in client.jobs()]
                task.report(list(past))
                for number, one in enumerate(past):
                    if one.info.state == "done" and not task.cancelled():
                        past[number] = _with_preview(client, one)
            return past

        self._background.run(work, done, lambda error: failed(explain(error)), done)

    def reopen(
        self, job: str, index: int, done: Callable[[Reopened], None], failed: Callable[[UserError], None]
    ) -> None:
        """Bring a finished job back, with its picture; from a viewer, with what its file said besides."""

        def work(task: Task) -> Reopened:
            with Client.connect(CLIENT) as client:
                finished = client.wait(job, cancelled=task.cancelled)
                # 16 bits hold 8 exactly, and show whether there were 16: value = 257 * n for all where there were not.
                candidate = client.fetch(job, index, depth="u16", cancelled=task.cancelled)
            entries, note = _narrowed(entries_of(candidate)), job_notes.read(job)
            composite = replace(_composite(entries, candidate), dpi=note.dpi, metadata=note.metadata)
            return Reopened(job, finished, index, entries, composite, note.favourites)

        self._background.run(work, done, lambda error: failed(explain(error)))

    def adopt(self, document: Document, reopened: Reopened) -> None:
        """Give a document what `reopen` brought."""
        _give(document, reopened.finished, reopened.index, reopened.entries, reopened.favourites)

    def forget(self, jobs: Sequence[str], done: Callable[[object], None], failed: Callable[[UserError], None]) -> None:
        """Delete jobs and their files from the daemon."""

        def work(task: Task) -> None:
            with Client.connect(CLIENT) as client:
                for job in jobs:
                    client.forget(job)
                    job_notes.drop(job)

        self._background.run(work, done, lambda error: failed(explain(error)))


def entries_of(candidate: Candidate) -> tuple[Entry, ...]:
    """The layers of a fetched candidate, pixels writable; an alpha that is opaque everywhere is left out."""
    dtype = np.uint16 if candidate.depth == "u16" else np.uint8
    made = []
    for layer in candidate.layers:
        pixels = np.frombuffer(layer.data, dtype).reshape(layer.height, layer.width, 4)
        if layer is candidate.background:
            pixels = without_idle_alpha(pixels)
        made.append(Entry(model_layer(layer, pixels)))
    return tuple(made)


def _hand_in(
    document: Document, options: Options, meaning: str, overlay: Path | Layer | None
) -> Callable[..., Finished]:
    composite, area = document.composite, document.area

    def ask(client: Client, job: str, task: Task, show: Callable[[Progress], None]) -> Finished:
        task.report(("upload", None, None, None))
        job_notes.keep(job, job_notes.note_of(composite))
        mask = wire_mask(area) if meaning else None

        def accepted(answer: Accepted) -> None:
            for note in answer.notes:
                task.report(note)
            if answer.place > 1:
                task.report(("queued", None, None, None))

        return client.decompose(
            wire_picture(composite),
            options,
            selection=mask if meaning == "selection" else None,
            hint=mask if meaning == "hint" else None,
            overlay=None if overlay is None else _overlay_picture(overlay),
            title=document.title[:300],
            job=job,
            accepted=accepted,
            progress=show,
            cancelled=task.cancelled,
        )

    return ask


def _overlay_picture(overlay: Path | Layer) -> Picture:
    """Raises UnreadablePicture where it is a file that cannot be read."""
    pixels = overlay.pixels if isinstance(overlay, Layer) else read_overlay(overlay)
    if pixels.shape[2] == 3:
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], np.iinfo(pixels.dtype).max, pixels.dtype)])
    return wire_picture(Composite(pixels))


def _give(
    document: Document, finished: Finished, index: int, entries: tuple[Entry, ...], favourites: Sequence[int] = ()
) -> None:
    views = [CandidateView(number, info, number in favourites) for number, info in enumerate(finished.candidates)]
    views[index].entries = entries
    document.set_candidates(finished.job, views, entries, index)
    for note in finished.notes:
        document.notes = (*document.notes, note)


def _with_preview(client: Client, past: PastJob) -> PastJob:
    try:
        finished = client.wait(past.info.job)
    except Exception:  # forgotten meanwhile: its line stands without a picture
        return past
    found: Sequence[CandidateInfo] = finished.candidates
    return PastJob(past.info, found[0].preview if found else None, len(found))


def _narrowed(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """16-bit layers as 8-bit ones where all their values came from 8 bits."""
    if any((entry.layer.pixels % 257).any() for entry in entries):
        return entries
    return tuple(entry.having(pixels=(entry.layer.pixels // 257).astype(np.uint8)) for entry in entries)


def _composite(entries: tuple[Entry, ...], candidate: Candidate) -> Composite:
    layers = tuple(entry.layer for entry in entries)
    pixels = merged(layers, (candidate.width, candidate.height), layers[0].pixels.dtype)
    return Composite(pixels, candidate.icc)
