"""Every error `bridge.wire` raises on purpose.

    WireError
    ├── BadMessage          a frame that cannot be understood, or asks for the impossible
    ├── DaemonUnavailable   no daemon could be reached or started; carries its last log lines
    ├── ConnectionLost      reconnecting was given up; the job lives on in the daemon
    ├── JobFailed           the daemon answered `Failed`
    └── JobCancelled        the caller's `cancelled` said so, or somebody else cancelled the job

Each carries `code` (for programs), `what` happened and `advice` (what to do next); the text of the
error is both, in one line for a person.
"""

from typing import Tuple

__all__ = [
    "BadMessage",
    "ConnectionLost",
    "DaemonUnavailable",
    "JobCancelled",
    "JobFailed",
    "WireError",
    "blames_engine",
]

_ENGINE_FAILURES = ("engine_unavailable", "out_of_memory", "unknown_engine", "worker_died", "worker_stuck")


class WireError(Exception):
    """Root of all errors raised by `bridge.wire`."""

    def __init__(self, code: str, what: str, advice: str = "", request: int = 0) -> None:
        super().__init__(f"{what}: {advice}" if advice else what)
        self.code = code
        self.what = what
        self.advice = advice
        self.request = request


class BadMessage(WireError):
    """A frame is malformed, unknown or out of bounds. `request` is its number where it could be read."""


class DaemonUnavailable(WireError):
    """The daemon could not be reached or started. `log_lines` are the last it wrote, oldest first."""

    def __init__(self, what: str, advice: str, log_lines: Tuple[str, ...] = (), code: str = "unavailable") -> None:
        super().__init__(code, what, advice)
        self.log_lines = log_lines


class ConnectionLost(WireError):
    """The connection broke and did not come back in time. An accepted job is not lost: attach to it later."""


class JobFailed(WireError):
    """The daemon answered a request with `Failed`."""


class JobCancelled(WireError):
    """The job was cancelled."""


def blames_engine(error: BaseException) -> bool:
    """Whether a failed job is the chosen engine's fault: it should not be what the next run starts with."""
    return isinstance(error, JobFailed) and error.code in _ENGINE_FAILURES
