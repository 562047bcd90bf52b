"""How much main memory is free on this computer, where the operating system reports it."""

from __future__ import annotations

import psutil

__all__ = ["free_memory"]


def free_memory() -> int | None:
    """Bytes of main memory that programs may still take; None where the system does not say (a root without /proc)."""
    try:
        return psutil.virtual_memory().available
    except OSError:
        return None
