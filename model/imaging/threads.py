"""How many threads one computation may use, and a callable run in a background thread of its own.

NumPy, OpenCV and ONNX Runtime release the interpreter lock inside their loops, so that two independent halves of a
computation run at the same time. Knows nothing of what is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["limit_threads", "run_in_background", "thread_limit"]

R = TypeVar("R")


def run_in_background(function: Callable[[], R]) -> Future[R]:
    """Start `function` in a new thread.

    Parameters
    ----------
    function : callable without arguments

    Returns
    -------
    Future
        `result()` waits for the thread and returns what `function` returned, or raises what it raised. The thread ends
        with `function`.
    """
    pool = ThreadPoolExecutor(1)
    future = pool.submit(function)
    pool.shutdown(wait=False)  # nothing more will be submitted
    return future


_limit = 0


def limit_threads(count: int) -> None:
    """Let every computation that starts after this call use at most `count` threads in this process.

    For processes that share the machine with others of their kind: one picture on each core is faster than every
    picture on all of them. Networks that are loaded already keep their threads.
    """
    global _limit
    import cv2

    _limit = count
    cv2.setNumThreads(count)


def thread_limit() -> int:
    """The limit set by `limit_threads`; 0 where there is none."""
    return _limit
