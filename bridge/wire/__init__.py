"""What clients and daemon share: messages, their frames, finding the daemon, and the one blocking client.

Standard library and `websockets` only, Python 3.9 syntax: the plugins carry a copy of this folder.
PROTOCOL.md describes the same from outside.

    messages   every message, as frozen dataclasses        parts      what they are made of
    codec      messages to frames and back
    pictures   pictures and layers as plain bytes          discovery  runtime file, install record, starting a daemon
    link       one authenticated connection                client     the blocking client
    errors     every error
"""

from .client import Client, new_job_id
from .errors import BadMessage, ConnectionLost, DaemonUnavailable, JobCancelled, JobFailed, WireError
from .messages import Accepted, Finished, Progress, Welcome
from .parts import CandidateInfo, EngineInfo, JobInfo, Limits, Options, Preview
from .pictures import Candidate, Layer, Mask, Picture

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
    "Options",
    "Picture",
    "Preview",
    "Progress",
    "Welcome",
    "WireError",
    "new_job_id",
]
