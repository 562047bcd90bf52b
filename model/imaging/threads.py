"""Run a callable in a background thread of its own.

NumPy, OpenCV and ONNX Runtime release the interpreter lock inside their loops, so that two independent halves of a
computation run at the same time. Knows nothing of what is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["run_in_background"]

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
