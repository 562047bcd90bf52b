"""What clients and daemon share: messages, their frames, finding the daemon, and the one blocking client.

Standard library and `websockets` only, Python 3.9 syntax: the plugins carry a copy of this folder.
PROTOCOL.md describes the same from outside.

    messages   every message, as frozen dataclasses        parts      what they are made of
    codec      messages to frames and back
    pictures   pictures and layers as plain bytes          discovery  runtime file, install record, starting a daemon
    link       one authenticated connection, dialled       client     the blocking client
    errors     every error                                 labels     what people read for the values that travel
    files      moving files that somebody may be reading
"""

from typing import TYPE_CHECKING, Any

from .errors import (
    BadMessage,
    ConnectionLost,
    DaemonUnavailable,
    JobCancelled,
    JobFailed,
    WireError,
    blames_engine,
)
from .messages import Accepted, Finished, Progress, Welcome
from .parts import CandidateInfo, EngineInfo, JobInfo, Limits, ModelInfo, Options, Preview
from .pictures import Candidate, Layer, Mask, Picture

if TYPE_CHECKING:
    from .client import Client, new_job_id

__all__ = [
    "Accepted",
    "BadMessage",
    "Candidate",
    "CandidateInfo",
    "Client",
    "ConnectionLost",
    "DaemonUnavailable",
    "EngineInfo",
    "Finished",
    "JobCancelled",
    "JobFailed",
    "JobInfo",
    "Layer",
    "Limits",
    "Mask",
    "ModelInfo",
    "Options",
    "Picture",
    "Preview",
    "Progress",
    "Welcome",
    "WireError",
    "blames_engine",
    "new_job_id",
]


def __getattr__(name: str) -> Any:
    # The client brings the WebSocket library: the daemon needs none of it, and a mere look for a daemon neither.
    if name in ("Client", "new_job_id"):
        from . import client

        return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
