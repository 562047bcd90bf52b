"""The root of every error `bridge` raises on purpose. Messages are one line: what happened, then what to do."""

__all__ = ["BridgeError"]


class BridgeError(Exception):
    """Root of all errors raised by `bridge`."""
