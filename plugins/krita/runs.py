"""One run: a thread that carries the job, and the way of its result into the document, once, at the end.

The main thread reads the picture before and inserts the layers after; in between the program is free. When the
document was closed, the layer deleted or the picture changed meanwhile, the result opens as a document of its own.
"""

import threading
from typing import Any, Callable, Optional, Tuple

from bridge.wire import Picture, blames_engine
from plugins.shared import run as jobs
from plugins.shared.choice import Choice
from plugins.shared.language import tr
from plugins.shared.pixels import has_transparency
from plugins.shared.words import UserError, explain, found, nothing_found

from . import canvas
from .hidden_sources import steps_done
from .qt import QtCore

__all__ = ["JobThread", "Run", "step_through"]

_PAUSE_MS = 5
"""Pause between two steps of an insertion, in which the window handles its own events."""


class JobThread(QtCore.QThread):
    """A thread that does one blocking thing. `ended` carries its value, or the exception.

    What it does is forgotten when it is done: no run may be part of a cycle, for Python breaks cycles in whatever
    thread it happens to be in, and the documents and windows that go with it must die in the main one.
    """

    reported = QtCore.pyqtSignal(str, object, object)
    ended = QtCore.pyqtSignal(object)

    def __init__(self, work: Callable[[jobs.Report, Callable[[], bool]], Any]) -> None:
        super().__init__()
        self._work: Optional[Callable[[jobs.Report, Callable[[], bool]], Any]] = work
        self._stop = threading.Event()

    def cancel(self) -> None:
        self._stop.set()

    def run(self) -> None:
        work, self._work = self._work, None
        assert work is not None, "a thread carries one thing, once"
        try:
            self.ended.emit(work(self.reported.emit, self._stop.is_set))
        except Exception as error:  # it is shown to the artist, in the main thread; no name here may hold it longer
            self.ended.emit(error)


class Run(QtCore.QObject):
    """From a picture that was read to a group in the document. Emits `finished` with itself, always once.

    `error` is set where it failed (`found_nothing`, `engine_failed`: in which way), `group` (a unique id) where the
    group is in the document; `note` says what was found and what else the artist should know.
    """

    finished = QtCore.pyqtSignal(object)

    def __init__(self, source: canvas.Source, choice: Choice, overlay: Optional[Picture] = None) -> None:
        super().__init__()
        self.source = source
        self._overlay = overlay
        self.choice = choice
        self.result: Optional[jobs.JobResult] = None
        self.error: Optional[UserError] = None
        self.found_nothing = self.engine_failed = False
        self.group: Optional[str] = None
        self.hidden: Tuple[str, ...] = ()
        self.steps_before: Optional[int] = None
        self.note = ""
        self._size = source.size
        self._transparent = False
        self._picture: Any = None
        self.job_thread = JobThread(self._work)
        self.job_thread.ended.connect(self._ended)

    def start(self) -> None:
        """Return at once; the thread starts when the profile was read."""
        step_through(self._prepare(), lambda error: self._ended(error) if error else self.job_thread.start())

    def _prepare(self) -> canvas.Steps[None]:
        icc = yield from canvas.profile_of(self.source)
        self._picture = canvas.picture_of(self.source, icc)

    def _work(self, report: jobs.Report, cancelled: Callable[[], bool]) -> jobs.JobResult:
        picture = self._picture
        self._transparent = has_transparency(picture.data, picture.channels, picture.depth)
        mask = canvas.mask_of(self.source, self.choice)
        # Krita mixes layers that are not normal with a rounding of its own, but is exact where their alpha is full.
        opaque = not self._transparent
        job_input = jobs.JobInput(picture, self.choice, mask, "krita", self.source.title, opaque, self._overlay)
        return jobs.run(job_input, report, cancelled)

    def _ended(self, outcome: Any) -> None:
        if isinstance(outcome, jobs.NothingFound):
            self.error, self.found_nothing = nothing_found(self.choice), True
        elif isinstance(outcome, Exception):
            self.error, self.engine_failed = explain(outcome), blames_engine(outcome)
        else:
            self.result = outcome
            self.note = " ".join((found(outcome.candidate), *outcome.notes))
            self.job_thread.reported.emit("insert", None, None)
            step_through(self._insert(outcome), self._inserted)
            return
        self.finished.emit(self)

    def _inserted(self, error: Optional[Exception]) -> None:
        if error is not None:
            self.error = explain(error)
        self.finished.emit(self)

    def _insert(self, result: jobs.JobResult) -> canvas.Steps[None]:
        """Each step is one call of Krita's that may take long; in between the window lives."""
        source = self.source
        scratch, group = yield from canvas.build(source, result.candidate)
        while canvas.is_open(source.document) and not source.document.tryBarrierLock():
            yield None  # a stroke is being painted: inserting now would cut it off
        if canvas.is_open(source.document):
            source.document.unlock()
        yield None
        changed = yield from self._what_changed()
        yield None
        if changed:
            self.note = f"{self.note} {changed}"
            canvas.open_new(scratch, self._size)
            return
        if source.node is not None:
            canvas.copy_compositing(group, source.node)
        clone = group.clone()
        yield None
        self.hidden, self.steps_before = self._to_hide(), steps_done(source.document)
        canvas.place(source.document, clone, source.node)
        self.group = placed = clone.uniqueId().toString()
        yield None
        yield from canvas.discard(scratch)
        yield from canvas.activate(source.document, placed)

    def _what_changed(self) -> canvas.Steps[str]:
        """Why the result cannot go where the picture came from; empty where it can."""
        source = self.source
        same = yield from canvas.is_unchanged(source, self._size)
        if not canvas.is_open(source.document):
            return tr("The document was closed meanwhile: the layers are in a new one.")
        if not canvas.is_there(source):
            return tr("The layer was deleted meanwhile: the layers are in a new document.")
        return "" if same else tr("The picture was changed meanwhile: the layers are in a new document.")

    def _to_hide(self) -> Tuple[str, ...]:
        """The nodes that would shine through the group or be seen twice: none under an opaque normal layer."""
        node = self.source.node
        if node is None:
            shown = (
                [n for n in self.source.document.rootNode().childNodes() if n.visible()] if self._transparent else []
            )
            return tuple(n.uniqueId().toString() for n in shown)
        opaque = not self._transparent and node.opacity() == 255 and node.blendingMode() == "normal"
        shows_through = node.visible() and (not opaque or node.inheritAlpha())
        return () if not shows_through else (node.uniqueId().toString(),)


def step_through(steps: canvas.Steps[None], then: Callable[[Optional[Exception]], None]) -> None:
    """Do one step each time the window has nothing to do; at the end call `then` with the error, or None."""
    QtCore.QTimer.singleShot(0, lambda: _step(steps, then))


def _step(steps: canvas.Steps[None], then: Callable[[Optional[Exception]], None]) -> None:
    try:
        next(steps)
    except StopIteration:
        then(None)
    except Exception as error:
        then(error)
    else:
        QtCore.QTimer.singleShot(_PAUSE_MS, lambda: _step(steps, then))
