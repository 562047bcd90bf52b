"""What daemon and worker say to each other: one JSON object a line, over the worker's standard input and output.

Knows nothing of processes or engines. Folders are the daemon's own; no path ever comes from a client.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..wire.codec import encode, from_fields
from ..wire.errors import BadMessage
from ..wire.messages import Decompose, Export
from ..wire.parts import EngineInfo, Preview

__all__ = ["Beat", "Broke", "Done", "Engines", "Halt", "Pack", "Run", "Stopped", "Taken", "Tick", "read", "write"]


# Daemon to worker


@dataclass(frozen=True)
class Run:
    """Take the picture in `folder` apart and leave the result in `target`, a folder to be made."""

    job: str
    attempt: int
    folder: str
    target: str
    request: Decompose


@dataclass(frozen=True)
class Pack:
    """Write the result of a job as a layered file to `target`. attempt: any number that tells orders apart."""

    job: str
    attempt: int
    folder: str
    target: str
    request: Decompose
    export: Export


@dataclass(frozen=True)
class Halt:
    """Stop what is being done at the next step, if it still is this."""

    job: str
    attempt: int


# Worker to daemon


@dataclass(frozen=True)
class Beat:
    """Sent every second for as long as the interpreter runs."""


@dataclass(frozen=True)
class Taken:
    """The order was read and begun."""

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
class Stopped:
    job: str
    attempt: int


@dataclass(frozen=True)
class Broke:
    """The order failed and would fail again."""

    job: str
    attempt: int
    code: str
    what: str
    advice: str


@dataclass(frozen=True)
class Engines:
    """Which engines can run here; the answer of a probe."""

    engines: tuple[EngineInfo, ...]


_KINDS: dict[str, type] = {
    kind.__name__.lower(): kind for kind in (Run, Pack, Halt, Beat, Taken, Tick, Done, Stopped, Broke, Engines)
}


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
