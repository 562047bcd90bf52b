"""The messages between daemon and worker: one JSON object a line, over the worker's standard input and output.

Knows nothing of processes or engines. Folders are the daemon's own; no path ever comes from a client.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..wire.codec import encode, from_fields, message_type
from ..wire.errors import BadMessage
from ..wire.messages import Decompose, Export
from ..wire.parts import EngineInfo, Preview

__all__ = [
    "CancelRun",
    "Done",
    "Engines",
    "Heartbeat",
    "PackFile",
    "Received",
    "RunCancelled",
    "RunFailed",
    "RunJob",
    "Tick",
    "WorkerCommand",
    "read",
    "write",
]


# Daemon to worker


@dataclass(frozen=True)
class RunJob:
    """Take the picture in `folder` apart and leave the result in `target`, a folder to be made."""

    job: str
    attempt: int
    folder: str
    target: str
    request: Decompose


@dataclass(frozen=True)
class PackFile:
    """Write the result of a job as a layered file to `target`.

    attempt: any number that distinguishes this command from others.
    """

    job: str
    attempt: int
    folder: str
    target: str
    request: Decompose
    export: Export


@dataclass(frozen=True)
class CancelRun:
    """Cancel the named run at its next step; ignored where it has ended already."""

    job: str
    attempt: int


WorkerCommand = RunJob | PackFile
"""The commands a worker executes."""


# Worker to daemon


@dataclass(frozen=True)
class Heartbeat:
    """Sent every second for as long as the interpreter runs."""


@dataclass(frozen=True)
class Received:
    """The command was read and its execution has begun."""

    job: str
    attempt: int


@dataclass(frozen=True)
class Tick:
    job: str
    attempt: int
    stage: str
    step: int
    steps: int
    preview: Preview | None = None


@dataclass(frozen=True)
class Done:
    """`size`: bytes written."""

    job: str
    attempt: int
    size: int


@dataclass(frozen=True)
class RunCancelled:
    job: str
    attempt: int


@dataclass(frozen=True)
class RunFailed:
    """The command failed and would fail again if it were repeated."""

    job: str
    attempt: int
    code: str
    what: str
    advice: str


@dataclass(frozen=True)
class Engines:
    """Which engines can run here; the answer of a probe."""

    engines: tuple[EngineInfo, ...]


_MESSAGES = (RunJob, PackFile, CancelRun, Heartbeat, Received, Tick, Done, RunCancelled, RunFailed, Engines)
_KINDS: dict[str, type] = {message_type(kind): kind for kind in _MESSAGES}


def write(message: Any) -> bytes:
    """One line."""
    return encode(message).encode("utf-8") + b"\n"


def read(line: bytes) -> Any:
    """The message in a line. Raises BadMessage."""
    try:
        fields = json.loads(line)
        return from_fields(_KINDS[fields["type"]], fields)
    except (ValueError, KeyError, TypeError) as error:
        raise BadMessage(
            "internal", f"a line between daemon and worker cannot be read ({error})", "report this"
        ) from None
