"""The worker's connection to the daemon: messages out, cancellations in. Knows nothing of what a message means."""

from __future__ import annotations

import threading
from typing import BinaryIO

from . import messages

__all__ = ["Pipe"]


class Pipe:
    """Messages to the daemon, from any thread, and the runs it asked to cancel."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._cancelled_runs: set[tuple[str, int]] = set()

    def send(self, message: object) -> None:
        line = messages.write(message)
        with self._lock:
            self._out.write(line)
            self._out.flush()

    def cancel(self, job: str, attempt: int) -> None:
        self._cancelled_runs.add((job, attempt))

    def cancelled(self, job: str, attempt: int) -> bool:
        return (job, attempt) in self._cancelled_runs
