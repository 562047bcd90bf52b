"""Processes that work side by side, each on one thing at a time, so that a crash is known to be the fault of one.

Every slot is an executor of one process of its own: where it dies, only its future breaks, and a new one takes its
place. A process ends by itself when its parent does, even if that was killed. Knows nothing of what the work is.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any, Generic, TypeVar

__all__ = ["Pool", "WorkerCrashed"]

Item = TypeVar("Item")
Result = TypeVar("Result")
TICK = 0.2
"""Seconds after which waiting looks up, for signals and progress."""


class WorkerCrashed(Exception):
    """The process died while it worked on one item: killed, out of memory, or a defect in native code."""


class Pool(Generic[Item, Result]):
    """`workers` processes that apply `work`, a function that can be pickled, to items.

    initializer: called once in each new process, with `arguments`.
    """

    retries = False
    """An item that comes back as crashed has been tried once."""

    def __init__(
        self,
        work: Callable[[Item], Result],
        workers: int,
        initializer: Callable[..., None] | None = None,
        arguments: Sequence[Any] = (),
    ) -> None:
        self._work, self._initializer, self._arguments = work, initializer, tuple(arguments)
        self._idle: list[ProcessPoolExecutor] = []
        self._busy: dict[Future[Result], tuple[Item, ProcessPoolExecutor]] = {}
        self._workers = workers

    def __enter__(self) -> Pool[Item, Result]:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def running(self) -> list[Item]:
        """What is being worked on."""
        return [item for item, _ in self._busy.values()]

    @property
    def has_room(self) -> bool:
        return len(self._busy) < self._workers

    def submit(self, item: Item) -> None:
        """Begin an item. Only while `has_room`."""
        executor = self._idle.pop() if self._idle else self._new_executor()
        self._busy[executor.submit(self._work, item)] = item, executor

    def finished(self) -> Iterator[tuple[Item, Result | BaseException]]:
        """Items that have ended by now, each with its result, the exception it raised, or WorkerCrashed.

        Waits for at most TICK.
        """
        if not self._busy:
            return
        ended, _ = wait(self._busy, timeout=TICK, return_when=FIRST_COMPLETED)
        for future in ended:
            item, executor = self._busy.pop(future)
            problem = future.exception()
            if isinstance(problem, BrokenProcessPool):
                executor.shutdown(wait=False, cancel_futures=True)
                yield item, WorkerCrashed()
            else:
                self._idle.append(executor)
                yield item, future.result() if problem is None else problem

    def kill(self) -> None:
        """End every process at once, whatever it does."""
        for executor in [*self._idle, *(executor for _, executor in self._busy.values())]:
            for process in list((executor._processes or {}).values()):
                with suppress(OSError):
                    process.kill()

    def close(self) -> None:
        """End the processes; those that work are waited for."""
        for executor in [*self._idle, *(executor for _, executor in self._busy.values())]:
            executor.shutdown(wait=True, cancel_futures=True)
        self._idle.clear()

    def _new_executor(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")  # a fork would copy threads' locks in whatever state they are
        return ProcessPoolExecutor(1, context, _begin, (self._initializer, self._arguments))


def _begin(initializer: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent says what it means
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if initializer is not None:
        initializer(*arguments)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
