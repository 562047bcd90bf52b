"""Reaching a running daemon from the shell, and what to say where there is none. Not a command of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable

__all__ = ["UNREACHABLE", "with_client"]

UNREACHABLE = 5
"""Exit code: the service could not be reached."""


def with_client(work: Callable) -> int:
    """`work(client)` on the daemon that runs, without starting one. Its exit code; 2 where a request fails."""
    from ..wire import Client, DaemonUnavailable, WireError

    try:
        with Client.connect("shell", autostart=False, timeout=5.0) as client:
            return work(client)
    except DaemonUnavailable as problem:
        print(f"diffdecompose: {problem.what}", file=sys.stderr)
        return UNREACHABLE
    except WireError as problem:
        print(f"diffdecompose: {problem}", file=sys.stderr)
        return 2
