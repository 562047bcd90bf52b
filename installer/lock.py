"""One installation at a time for a user: a lock that the system lets go of when its holder ends, however it ends.

On POSIX an advisory lock on the home folder itself, on Windows a named mutex: neither leaves a file behind.
Source: flock(2); "CreateMutexW" at https://learn.microsoft.com/windows/win32/api/synchapi.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import InstallFailed

__all__ = ["alone", "inherited"]

_BUSY = "another installation of this user is running: wait until it ends, then run this again"
_ALREADY_EXISTS = 183
_held: list[int] = []


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock. Raises InstallFailed where another process holds it."""
    if sys.platform == "win32":
        with _alone_on_windows():
            yield
        return
    import fcntl

    folder = os.open(Path.home(), os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InstallFailed(_BUSY) from None
        except OSError:
            pass  # a file system that knows no locks: then two at once are up to the user
        _held.append(folder)
        yield
    finally:
        if folder in _held:
            _held.remove(folder)
        os.close(folder)


def inherited() -> tuple[int, ...]:
    """Descriptors for `pass_fds` of a child that writes where we write: where we are killed, it keeps the lock."""
    return () if sys.platform == "win32" else tuple(_held)


@contextmanager
def _alone_on_windows() -> Iterator[None]:
    import ctypes

    kernel = getattr(ctypes, "WinDLL")("kernel32", use_last_error=True)  # noqa: B009  only there on Windows
    kernel.CreateMutexW.restype = ctypes.c_void_p
    mutex = kernel.CreateMutexW(None, False, "Local\\diffdecompose-installer")
    taken = getattr(ctypes, "get_last_error")() == _ALREADY_EXISTS  # noqa: B009
    try:
        if taken:
            raise InstallFailed(_BUSY)
        yield
    finally:
        kernel.CloseHandle(ctypes.c_void_p(mutex))
