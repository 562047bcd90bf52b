"""Every error `bridge` raises on purpose. Messages are one line: what happened, then what to do.

BridgeError
├── FormatError             a file of pictures or layers
│   ├── UnreadablePicture   it cannot be opened as it is
│   └── UnwritablePicture   it cannot be written there, or not in that format
├── Refused                 the daemon will not do what a client asks; becomes a `Failed` message
├── StoreError              the job store cannot be read or written
└── AlreadyRunning          another daemon of this user runs
"""

__all__ = [
    "AlreadyRunning",
    "BridgeError",
    "FormatError",
    "Refused",
    "StoreError",
    "UnreadablePicture",
    "UnwritablePicture",
]


class BridgeError(Exception):
    """Root of all errors raised by `bridge`."""


class FormatError(BridgeError):
    """A picture file cannot be read or written."""


class UnreadablePicture(FormatError):
    """The file cannot be opened as a picture; nothing of it was used."""


class UnwritablePicture(FormatError):
    """The file cannot be written; nothing half written was left behind."""


class Refused(BridgeError):
    """A request is refused. code: for programs (PROTOCOL.md); what happened; advice: what to do next."""

    def __init__(self, code: str, what: str, advice: str) -> None:
        super().__init__(f"{what}: {advice}")
        self.code = code
        self.what = what
        self.advice = advice


class StoreError(BridgeError):
    """The job store cannot be read or written."""


class AlreadyRunning(BridgeError):
    """Another daemon of this user runs; there is one for all clients."""
