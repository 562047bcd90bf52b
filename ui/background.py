"""Work off the window's thread: `Background.run` starts it, its end comes back as a call in the window's thread.

Also keeps Python's collector to that thread: a widget or document that happened to be collected by a thread that
composites tiles would be destroyed under the window's hands. Knows nothing of what the work is.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

__all__ = ["Background", "Collector", "Left", "Task"]

log = logging.getLogger(__name__)
Callback = Callable[[Any], Any]


class Left(BaseException):
    """Raised inside work by `Task.cancelled` when the program ends: drop everything, tell nobody."""


class Task:
    """One piece of work, as the work itself and whoever started it see it."""

    def __init__(self, hand_over: Callable[[Task, Callback | None, Any], None], reported: Callback | None) -> None:
        self._hand_over, self._reported = hand_over, reported
        self._cancel = threading.Event()
        self._leave = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop; it ends when it next asks `cancelled`."""
        self._cancel.set()

    def leave(self) -> None:
        """The program ends: the work is dropped where it next asks, without undoing anything."""
        self._leave.set()

    @property
    def left(self) -> bool:
        return self._leave.is_set()

    def cancelled(self) -> bool:
        """For the work, and for `bridge.wire`: whether to stop. Raises Left."""
        if self._leave.is_set():
            raise Left
        return self._cancel.is_set()

    def report(self, value: object) -> None:
        """For the work: hand something to the `reported` of `run`."""
        self._hand_over(self, self._reported, value)


class Background(QObject):
    """Keeps the tasks that run."""

    _arrived = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self._threads: dict[Task, threading.Thread] = {}
        self._arrived.connect(self._call)

    def run(
        self,
        work: Callable[[Task], Any],
        done: Callback | None = None,
        failed: Callback | None = None,
        reported: Callback | None = None,
    ) -> Task:
        """Start `work(task)` in a thread of its own. The callbacks run in the window's thread, one of the first two.

        done: called with what the work returned; failed: with its exception.
        """
        task = Task(self._hand_over, reported)
        thread = threading.Thread(target=self._run, args=(task, work, done, failed), daemon=True)
        self._threads[task] = thread
        thread.start()
        return task

    def _run(self, task: Task, work: Callable[[Task], Any], done: Callback | None, failed: Callback | None) -> None:
        callback, value = done, None
        try:
            value = work(task)
        except Left:
            return
        except Exception as error:
            log.info("background work failed", exc_info=True)
            callback, value = failed, error
        self._hand_over(task, callback, value, ended=True)

    def _hand_over(self, task: Task, callback: Callback | None, value: Any, ended: bool = False) -> None:
        if not task.left:
            self._arrived.emit((task, callback, value, ended))

    def _call(self, arrived: tuple[Task, Callback | None, Any, bool]) -> None:
        task, callback, value, ended = arrived
        if ended:
            self._threads.pop(task, None)
        if callback is not None and not task.left:
            callback(value)

    @property
    def busy(self) -> bool:
        return bool(self._threads)

    def close(self, timeout: float = 3.0) -> None:
        """Drop all work and wait for the threads, at most `timeout` seconds in all."""
        for task in self._threads:
            task.leave()
        for thread in self._threads.values():
            thread.join(timeout / len(self._threads))
        self._threads.clear()


class Collector(QObject):
    """Python's garbage collector, run by a timer of this thread instead of by whichever thread makes garbage."""

    def __init__(self) -> None:
        super().__init__()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._timer.start(500)

    def _collect(self) -> None:
        counts, thresholds = gc.get_count(), gc.get_threshold()
        old = max((n for n in range(3) if counts[n] > thresholds[n]), default=-1)
        if old >= 0:
            gc.collect(old)

    def close(self) -> None:
        self._timer.stop()
        gc.enable()
