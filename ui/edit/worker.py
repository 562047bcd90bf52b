"""The thread that edits: strokes and sliders of one edit session, one after the other; signals report what changed.

Points of a stroke that arrive faster than they can be drawn are joined; another slider value replaces the one before;
what a slider leaves to do is done a block at a time while nothing else waits. The thread ends when there is nothing to
do, so that a session that nobody holds any more is freed with its pixels. Knows nothing of widgets.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from model.edit import Brush, Change, Edit, EditSession, GlobalEdit, Scale, Stroke

__all__ = ["EditWorker", "Outcome"]

log = logging.getLogger(__name__)
Box = tuple[int, int, int, int]

PREVIEW = 1 << 18
"""Pixels that a slider solves at once, spread over what is seen: there before the eye can tell."""


@dataclass(eq=False)
class Outcome:
    """What became of a stroke or slider, once the thread has come to it. change: None = nothing."""

    change: Change | None = None


class EditWorker(QObject):
    """Signals come from the thread; Qt brings them to the window's."""

    changed = pyqtSignal(object)
    """A box of pixels changed."""
    stepped = pyqtSignal(object)
    """An Outcome is known."""
    played = pyqtSignal()
    """A change was undone or redone."""
    previewed = pyqtSignal(object, int, object)
    """A box, a step, and the background's pixels there at every step-th pixel, as a slider wants them; then None."""
    measured = pyqtSignal(float)
    """The gain that was asked for."""
    failed = pyqtSignal(object)

    def __init__(self, session: EditSession) -> None:
        super().__init__()
        self.session = session
        self._jobs: deque[Callable[[], None]] = deque()
        self._points: list[tuple[float, float, float]] = []
        self._lock = threading.Lock()
        self._stroke: Stroke | None = None
        self._global_edit: GlobalEdit | None = None
        self._wanted: tuple[Edit, Box | None] | None = None
        self._thread: threading.Thread | None = None
        self._ended = False

    # Asked from the window's thread

    def begin_stroke(self, edit: Edit, brush: Brush, area: np.ndarray | None = None) -> None:
        """area: uint8 H x W, where the brush may act; None = everywhere."""
        self._post(lambda: self._begin(edit, brush, area))

    def draw_to(self, x: float, y: float, pressure: float) -> None:
        """Go on with the stroke."""
        with self._lock:
            self._points.append((x, y, pressure))
            if len(self._points) == 1:
                self._jobs.append(self._draw)
            self._wake()

    def end_stroke(self) -> Outcome:
        """The stroke is done. What it did can be undone at once: that waits in line like everything else."""
        outcome = Outcome()
        self._post(lambda: self._finish(outcome))
        return outcome

    def cancel_stroke(self) -> None:
        self._post(self._cancel)

    def global_edit(self, edit: Edit, seen: Box | None) -> None:
        """A slider shows another value; `seen` is done first. `end_global_edit` makes it history."""
        with self._lock:
            waits, self._wanted = self._wanted is not None, (edit, seen)
        if not waits:
            self._post(self._set_global_edit)

    def end_global_edit(self) -> Outcome:
        """The slider was let go; see `end_stroke`."""
        outcome = Outcome()
        self._post(lambda: self._finish_global_edit(outcome))
        return outcome

    def undo(self, outcome: Outcome) -> None:
        self._post(lambda: self._play(self.session.undo, outcome))

    def redo(self, outcome: Outcome) -> None:
        self._post(lambda: self._play(self.session.redo, outcome))

    def measure(self, colour: tuple[float, float, float] | None = None) -> None:
        """Ask for the gain of the whole layer; `measured` answers."""
        self._post(lambda: self.measured.emit(self.session.gain(colour)))

    def call(self, job: Callable[[], Any]) -> None:
        """Run something of the caller's between the steps."""
        self._post(job)

    @property
    def idle(self) -> bool:
        """Whether all that was asked for is done."""
        with self._lock:
            return self._thread is None

    def close(self) -> None:
        """Do nothing more."""
        with self._lock:
            self._ended, thread = True, self._thread
        if thread is not None:
            thread.join(5)

    # The thread

    def _post(self, job: Callable[[], Any]) -> None:
        with self._lock:
            if self._points:  # what came before the job stays before it
                points, self._points = self._points, []
                self._jobs = deque(one for one in self._jobs if one != self._draw)
                self._jobs.append(lambda: self._draw_points(points))
            self._jobs.append(job)
            self._wake()

    def _wake(self) -> None:
        """With the lock held: something is there to do."""
        if self._thread is None and not self._ended:
            self._thread = threading.Thread(target=self._work, daemon=True, name="correct")
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                left = self._global_edit is not None and self._global_edit.left
                if self._ended or not (self._jobs or left):
                    self._thread = None
                    return
                job = self._jobs.popleft() if self._jobs else self._go_on
            try:
                job()
            except Exception as error:
                log.exception("a correction failed")
                self._abandon()
                self.failed.emit(error)

    def _begin(self, edit: Edit, brush: Brush, area: np.ndarray | None) -> None:
        self._stroke = self.session.stroke(edit, brush, area)

    def _draw(self) -> None:
        with self._lock:
            points, self._points = self._points, []
        self._draw_points(points)

    def _draw_points(self, points: list[tuple[float, float, float]]) -> None:
        if self._stroke is None:
            return
        for point in self._stroke.decimate(points):
            box = self._stroke.to(*point)
            if box[2] and box[3]:
                self.changed.emit(box)

    def _finish(self, outcome: Outcome) -> None:
        stroke, self._stroke = self._stroke, None
        try:
            outcome.change = stroke.finish() if stroke is not None else None
        finally:
            self.stepped.emit(outcome)

    def _cancel(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            self.changed.emit(stroke.cancel())

    def _abandon(self) -> None:
        """What is under way never was."""
        self._cancel()
        global_edit, self._global_edit = self._global_edit, None
        if global_edit is not None:
            self.changed.emit(global_edit.cancel())
            self.previewed.emit((0, 0, 0, 0), 1, None)

    def _set_global_edit(self) -> None:
        with self._lock:
            wanted, self._wanted = self._wanted, None
        if wanted is None:
            return
        if self._global_edit is None:
            self._global_edit = self.session.global_edit(*wanted)
        else:
            self._global_edit.set(*wanted)
        edit, seen = wanted
        if isinstance(edit, Scale) and seen is not None and self.session.active == 1:
            self._preview(self._global_edit, seen)

    def _preview(self, global_edit: GlobalEdit, seen: Box) -> None:
        x, y, w, h = seen
        step = max(1, ceil((w * h / PREVIEW) ** 0.5))
        if w > step and h > step:
            half = step // 2
            patch = global_edit.preview((x + half, y + half, w - half, h - half), step)
            self.previewed.emit(seen, step, np.moveaxis(patch.backdrop, 0, -1))

    def _go_on(self) -> None:
        if (
            self._global_edit is not None
            and (box := self._global_edit.step()) is not None
            and not self._global_edit.retypes
        ):
            self.changed.emit(box)

    def _finish_global_edit(self, outcome: Outcome) -> None:
        global_edit = self._global_edit
        try:
            while global_edit is not None and global_edit.left:
                self._go_on()
            self._global_edit = None
            outcome.change = global_edit.finish() if global_edit is not None else None
            if global_edit is not None and global_edit.retypes and outcome.change is not None:
                self.changed.emit(outcome.change.box)  # levels of one type must not be shown as another's: all at once
        finally:
            self.previewed.emit((0, 0, 0, 0), 1, None)
            self.stepped.emit(outcome)

    def _play(self, how: Callable[[Change], Box], outcome: Outcome) -> None:
        self._abandon()
        if outcome.change is not None:
            self.changed.emit(how(outcome.change))
            self.played.emit()
