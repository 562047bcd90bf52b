"""A file that is locked while this program runs; the system lets go of it however the program ends.

Source: flock(2); `msvcrt.locking` on Windows.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["LockFile", "is_held"]


class LockFile:
    """Held from the moment it is made until `release`. Raises OSError where another holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(self._file, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise

    def release(self) -> None:
        """Let go of it and remove it."""
        os.close(self._file)
        self.path.unlink(missing_ok=True)


def is_held(path: Path) -> bool:
    """Whether a program that runs holds the lock; where none does, the file goes."""
    if not path.exists():
        return False
    try:
        LockFile(path).release()
    except OSError:
        return True
    return False
