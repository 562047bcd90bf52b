"""Every error `model` raises on purpose.

    ModelError
    ├── InvalidRequest      the caller asked for something impossible; says what to change
    ├── EngineUnavailable   the engine exists but cannot run here (weights or a library missing)
    ├── ClusterError        the Ray cluster cannot be used as it is
    ├── OutOfMemory         the device ran out of memory; says which smaller setting to try
    └── Cancelled           the caller's tick asked to stop

Messages are one line for a person: what happened, then what to do next.
"""

__all__ = ["Cancelled", "ClusterError", "EngineUnavailable", "InvalidRequest", "ModelError", "OutOfMemory"]


class ModelError(Exception):
    """Root of all errors raised by `model`."""


class InvalidRequest(ModelError):
    """The request cannot be met as it stands."""


class EngineUnavailable(ModelError):
    """The engine is known but cannot run on this machine as it is."""


class ClusterError(ModelError):
    """The Ray cluster does not answer, or runs other versions."""


class OutOfMemory(ModelError):
    """The device ran out of memory."""


class Cancelled(ModelError):
    """The work was stopped because `tick` asked for it."""
