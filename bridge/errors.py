"""Every error `bridge` raises on purpose. Messages are one line: what happened, then what to do.

BridgeError
└── FormatError             a file of pictures or layers
    ├── UnreadablePicture   it cannot be opened as it is
    └── UnwritablePicture   it cannot be written there, or not in that format
"""

__all__ = ["BridgeError", "FormatError", "UnreadablePicture", "UnwritablePicture"]


class BridgeError(Exception):
    """Root of all errors raised by `bridge`."""


class FormatError(BridgeError):
    """A picture file cannot be read or written."""


class UnreadablePicture(FormatError):
    """The file cannot be opened as a picture; nothing of it was used."""


class UnwritablePicture(FormatError):
    """The file cannot be written; nothing half written was left behind."""
