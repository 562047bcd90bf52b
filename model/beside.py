"""Work beside work: an independent half of a computation, in a thread of its own.

NumPy and OpenCV let go of the interpreter lock inside their loops, so both halves do run at once.
Knows nothing of what is done.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["beside"]

R = TypeVar("R")


def beside(work: Callable[[], R]) -> Future[R]:
    """Begins `work`; what it returns or raises comes with `result()`."""
    pool = ThreadPoolExecutor(1)
    begun = pool.submit(work)
    pool.shutdown(wait=False)  # nothing more will come; the thread ends with its work
    return begun
