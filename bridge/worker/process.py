"""The worker process: reads commands, sends heartbeats, runs one command after another, exits when its pipe closes.

Three threads: the main one works; one reads commands, so that CancelRun arrives while an engine computes and the end
of the pipe ends the process at once, whatever it does; one sends heartbeats. Knows nothing of what a command means.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from typing import BinaryIO

from ..wire.errors import BadMessage
from . import messages
from .pipe import Pipe

__all__ = ["main"]

_HEARTBEAT = 1.0
_SIGKILL = 9


def main(arguments: list[str]) -> int:
    """Serve the daemon at the other end of the pipes. `--probe`: say which engines run here, and end."""
    pipe = Pipe(_private_output())
    if "--probe" in arguments:
        from .work import probe

        pipe.send(probe())
        return 0
    _die_with_parent()
    waiting: queue.Queue[object] = queue.Queue()
    threading.Thread(target=_read_commands, args=(sys.stdin.buffer, pipe, waiting), daemon=True).start()
    threading.Thread(target=_send_heartbeats, args=(pipe,), daemon=True).start()
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


def _read_commands(source: BinaryIO, pipe: Pipe, waiting: queue.Queue[object]) -> None:
    for line in source:
        try:
            command = messages.read(line)
        except BadMessage:
            break
        if isinstance(command, messages.CancelRun):
            pipe.cancel(command.job, command.attempt)
        else:
            waiting.put(command)
    # The daemon is gone or let us go. No clean-up: whatever is half written belongs to an attempt nobody adopts.
    os._exit(0)


def _send_heartbeats(pipe: Pipe) -> None:
    while True:
        try:
            pipe.send(messages.Heartbeat())
        except OSError:
            os._exit(0)
        time.sleep(_HEARTBEAT)


def _die_with_parent() -> None:
    """Where the kernel offers it: end with the daemon even when a library holds the interpreter's lock for good."""
    if sys.platform == "linux":
        import ctypes

        set_death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(set_death_signal, _SIGKILL)
