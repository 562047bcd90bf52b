"""A job and its one state machine. Values in, values out: knows nothing of disk, processes or connections.

queued ──Started──> running ──Finished──> done
  ^                 │ │ └──FailedForGood──> failed
  └──Died, twice────┘ └──Died again─────> failed
  └──Restarted──────┘
queued, running ──Cancelled──> cancelled
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from .errors import BridgeError
from .wire.messages import Decompose

__all__ = [
    "RETRIES",
    "TERMINAL",
    "CancelledByUser",
    "Died",
    "Event",
    "FailedForGood",
    "Failure",
    "Finished",
    "IllegalMove",
    "Job",
    "Restarted",
    "Started",
    "State",
    "advance",
]

RETRIES = 2
"""How often a job is tried again after its worker died."""


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = frozenset({State.DONE, State.FAILED, State.CANCELLED})


class IllegalMove(BridgeError):
    """An event that the job's state does not know: a defect of the caller."""


@dataclass(frozen=True)
class Failure:
    """code: for programs (PROTOCOL.md). what happened, and advice: what to do next."""

    code: str
    what: str
    advice: str


@dataclass(frozen=True)
class Job:
    """One request and how far it got.

    order: submission order.   attempt: counts starts, so that a late answer of a dead worker is known as such.
    deaths: workers that died with it.   created: seconds since 1970, for people only.   seconds: the last run's.
    size: bytes on disk.   age: seconds since it ended that the store has counted.
    notes: what was changed on the way in.
    """

    id: str
    request: Decompose
    order: int
    state: State = State.QUEUED
    attempt: int = 0
    deaths: int = 0
    created: float = 0.0
    seconds: float = 0.0
    size: int = 0
    age: float = 0.0
    notes: tuple[str, ...] = ()
    failure: Failure | None = None

    @property
    def ended(self) -> bool:
        return self.state in TERMINAL


@dataclass(frozen=True)
class Started:
    """A worker was given the job."""


@dataclass(frozen=True)
class Finished:
    """Its result was adopted: `size` bytes on disk in all, after `seconds`."""

    seconds: float
    size: int


@dataclass(frozen=True)
class FailedForGood:
    """The worker lives and says that trying again would not help."""

    failure: Failure


@dataclass(frozen=True)
class Died:
    """The worker ended, or was killed because it no longer answered."""

    failure: Failure


@dataclass(frozen=True)
class CancelledByUser:
    """A client asked for it."""


@dataclass(frozen=True)
class Restarted:
    """The daemon that ran the job is gone; a new one took over the store. Costs no retry."""


Event = Started | Finished | FailedForGood | Died | CancelledByUser | Restarted


def advance(job: Job, event: Event) -> Job:
    """The job after `event`. Raises IllegalMove where the job's state does not know it."""
    match job.state, event:
        case State.QUEUED, Started():
            return replace(job, state=State.RUNNING, attempt=job.attempt + 1)
        case State.QUEUED | State.RUNNING, CancelledByUser():
            return replace(job, state=State.CANCELLED)
        case State.RUNNING, Finished(seconds, size):
            return replace(job, state=State.DONE, seconds=seconds, size=size)
        case State.RUNNING, FailedForGood(failure):
            return replace(job, state=State.FAILED, failure=failure)
        case State.RUNNING, Died(failure) if job.deaths >= RETRIES:
            return replace(job, state=State.FAILED, deaths=job.deaths + 1, failure=failure)
        case State.RUNNING, Died():
            return replace(job, state=State.QUEUED, deaths=job.deaths + 1)
        case State.RUNNING, Restarted():
            return replace(job, state=State.QUEUED)
    raise IllegalMove(f"a {job.state} job does not know {type(event).__name__}: report this")
