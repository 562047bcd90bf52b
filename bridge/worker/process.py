"""The worker's process: reads orders, beats, runs one order after another, leaves when its pipe closes.

Three threads: the main one works; one reads orders, so that Halt arrives while an engine computes and the end
of the pipe ends the process at once, whatever it does; one beats. Knows nothing of what an order means.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from typing import BinaryIO

from ..wire.errors import BadMessage
from . import orders

__all__ = ["Pipe", "main"]

_BEAT = 1.0
_SIGKILL = 9


class Pipe:
    """The way back to the daemon, shared by the threads, and what it asked to stop."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._halted: set[tuple[str, int]] = set()

    def say(self, message: object) -> None:
        line = orders.write(message)
        with self._lock:
            self._out.write(line)
            self._out.flush()

    def halt(self, job: str, attempt: int) -> None:
        self._halted.add((job, attempt))

    def halted(self, job: str, attempt: int) -> bool:
        return (job, attempt) in self._halted


def main(arguments: list[str]) -> int:
    """Serve the daemon at the other end of the pipes. `--probe`: say which engines run here, and end."""
    pipe = Pipe(_private_output())
    if "--probe" in arguments:
        from .work import probe

        pipe.say(probe())
        return 0
    _die_with_parent()
    waiting: queue.Queue[object] = queue.Queue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, pipe, waiting), daemon=True).start()
    threading.Thread(target=_beat, args=(pipe,), daemon=True).start()
    from .work import perform

    while True:
        if not perform(waiting.get(), pipe):
            return 0  # out of memory: only a new process is sure to have given everything back


def _private_output() -> BinaryIO:
    """Standard output, taken away from libraries that print: what they say goes to standard error, the log."""
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr  # which, unlike a redirected standard output, is not held back until it is full
    return private


def _listen(source: BinaryIO, pipe: Pipe, waiting: queue.Queue[object]) -> None:
    for line in source:
        try:
            order = orders.read(line)
        except BadMessage:
            break
        if isinstance(order, orders.Halt):
            pipe.halt(order.job, order.attempt)
        else:
            waiting.put(order)
    # The daemon is gone or let us go. No clean-up: whatever is half written belongs to an attempt nobody adopts.
    os._exit(0)


def _beat(pipe: Pipe) -> None:
    while True:
        try:
            pipe.say(orders.Beat())
        except OSError:
            os._exit(0)
        time.sleep(_BEAT)


def _die_with_parent() -> None:
    """Where the kernel offers it: end with the daemon even when a library holds the interpreter's lock for good."""
    if sys.platform == "linux":
        import ctypes

        set_death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(set_death_signal, _SIGKILL)
