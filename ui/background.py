"""Work off the window's thread: `Background.run` starts it, its end comes back as a call in the window's thread.

Knows nothing of what the work is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

__all__ = ["Background", "Left", "Task"]

log = logging.getLogger(__name__)


class Left(BaseException):
    """Raised inside work by `Task.cancelled` when the program ends: drop everything, tell nobody."""


class Task(QObject):
    """One piece of work. Signals arrive in the thread that made the task."""

    done = pyqtSignal(object)
    failed = pyqtSignal(object)
    """The exception."""
    reported = pyqtSignal(object)
    """Whatever the work passes to `report`."""
    ended = pyqtSignal()

    def __init__(self, work: Callable[[Task], Any]) -> None:
        super().__init__()
        self._work = work
        self._cancel = threading.Event()
        self._leave = threading.Event()
        self.thread_ = threading.Thread(target=self._run, daemon=True)

    def cancel(self) -> None:
        """Ask the work to stop; it ends when it next asks `cancelled`."""
        self._cancel.set()

    def leave(self) -> None:
        """The program ends: the work is dropped where it next asks, without undoing anything."""
        self._leave.set()

    def cancelled(self) -> bool:
        """For the work, and for `bridge.wire`: whether to stop. Raises Left."""
        if self._leave.is_set():
            raise Left
        return self._cancel.is_set()

    def report(self, value: object) -> None:
        """For the work: hand something to whoever listens to `reported`."""
        if not self._leave.is_set():
            self.reported.emit(value)

    def _run(self) -> None:
        signal, value = self.done, None
        try:
            value = self._work(self)
        except Left:
            return
        except Exception as error:
            log.info("background work failed", exc_info=True)
            signal, value = self.failed, error
        if not self._leave.is_set():
            signal.emit(value)
            self.ended.emit()


class Background(QObject):
    """Keeps the tasks that run."""

    def __init__(self) -> None:
        super().__init__()
        self._tasks: set[Task] = set()

    def run(
        self,
        work: Callable[[Task], Any],
        done: Callable[[Any], Any] | None = None,
        failed: Callable[[Exception], Any] | None = None,
        reported: Callable[[Any], Any] | None = None,
    ) -> Task:
        """Start `work(task)` in a thread of its own; the callbacks run in the thread that calls this."""
        task = Task(work)
        self._tasks.add(task)
        for signal, slot in ((task.done, done), (task.failed, failed), (task.reported, reported)):
            if slot is not None:
                signal.connect(slot)
        task.ended.connect(lambda: self._tasks.discard(task))
        task.thread_.start()
        return task

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    def close(self, patience: float = 3.0) -> None:
        """Drop all work and wait for the threads, at most `patience` seconds in all."""
        for task in self._tasks:
            task.leave()
        for task in list(self._tasks):
            task.thread_.join(patience / len(self._tasks))
        self._tasks.clear()
