"""One command executed: pictures from files, engines and writers of files called, errors put into words.

Knows nothing of pipes and threads beyond `Pipe`. What goes wrong inside becomes `RunFailed` with a code of PROTOCOL.md;
the traceback goes to standard error, which is the log.
"""

from __future__ import annotations

import errno
import time
import traceback
from pathlib import Path

import numpy as np

from model.decompose import decompose
from model.engines import available
from model.errors import Cancelled, EngineUnavailable, InvalidRequest, OutOfMemory

from .. import convert, results
from ..engine_info import engine_info
from ..errors import FormatError
from .messages import Done, Engines, PackFile, Received, RunCancelled, RunFailed, RunJob, Tick
from .pipe import Pipe

__all__ = ["perform", "probe"]

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PREVIEW_PAUSE = 0.5  # seconds between two previews
_TICK_PAUSE = 0.05


def probe() -> Engines:
    """Which engines can run here, and what the others need."""
    return Engines(tuple(engine_info(state) for state in available()))


def perform(command: object, pipe: Pipe) -> bool:
    """Execute a command and report how it ended. False where this process should end, to give memory back."""
    assert isinstance(command, RunJob | PackFile)
    job, attempt = command.job, command.attempt
    pipe.send(Received(job, attempt))
    try:
        size = _decompose(command, pipe) if isinstance(command, RunJob) else _pack(command)
        pipe.send(Done(job, attempt, size))
    except Cancelled:
        pipe.send(RunCancelled(job, attempt))
    except Exception as problem:
        code, what, advice = _explain(problem)
        if code == "internal":
            traceback.print_exc()
        pipe.send(RunFailed(job, attempt, code, what, advice))
        return code != "out_of_memory"
    return True


def _decompose(command: RunJob, pipe: Pipe) -> int:
    folder = Path(command.folder)
    tick = _Ticker(command, pipe)
    request = results.read_request(folder, command.request)
    answers = decompose(request, tick)
    tick("save", 0, 1)
    return results.save(Path(command.target), folder / results.PICTURE, request.composite, answers)


class _Ticker:
    """`model.types.Tick` towards the daemon: every call may cancel, few are sent on."""

    def __init__(self, command: RunJob, pipe: Pipe) -> None:
        self._command = command
        self._pipe = pipe
        self._stage = ""
        self._sent = 0.0
        self._seen = 0.0

    def __call__(self, stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None:
        job, attempt = self._command.job, self._command.attempt
        if self._pipe.cancelled(job, attempt):
            raise Cancelled("the job was cancelled")
        now = time.monotonic()
        shows = preview is not None and now - self._seen >= _PREVIEW_PAUSE
        if stage == self._stage and step < steps and not shows and now - self._sent < _TICK_PAUSE:
            return
        self._stage, self._sent = stage, now
        self._seen = now if shows else self._seen
        shown = convert.preview(preview) if shows and preview is not None else None
        self._pipe.send(Tick(job, attempt, stage, step, steps, shown))


def _pack(command: PackFile) -> int:
    from ..formats import document_of, encode_ora, encode_psd

    document = document_of(results.restore(Path(command.folder), command.request, command.export.candidate))
    with open(command.target, "x+b") as file:
        if command.export.format == "ora":
            encode_ora(document, file)
        else:
            encode_psd(document, file, compact=command.export.compact)
    return Path(command.target).stat().st_size


def _explain(problem: Exception) -> tuple[str, str, str]:
    """Code, what happened, what to do next."""
    what, _, advice = str(problem).partition(": ")
    if isinstance(problem, InvalidRequest):
        return "bad_request", what, advice or "change the request"
    if isinstance(problem, EngineUnavailable):
        return "engine_unavailable", what, advice or "run 'diffdecompose engines'"
    if isinstance(problem, OutOfMemory):
        return "out_of_memory", what, advice or "choose a smaller picture or another quality"
    # torch's and ONNX Runtime's own errors, without importing either
    if isinstance(problem, MemoryError) or type(problem).__name__ == "OutOfMemoryError":
        return "out_of_memory", "the memory did not suffice", "close other programs, or choose quality 'fast'"
    if isinstance(problem, OSError) and problem.errno in FULL:
        return "disk_full", "the disk is full", "free space and hand the job in again"
    if isinstance(problem, FormatError):
        return "export_failed", what, advice or "choose another format"
    return "internal", f"{type(problem).__name__} in the worker", "look into the log: 'diffdecompose logs'"
