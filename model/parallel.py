"""A function applied to many items, by several processes here or on a Ray cluster; and joining such a cluster.

For evaluation and data export. Batches of pictures, with a journal and leave to fail one by one, are `bridge.batch`.
Knows nothing of what is done.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from .errors import ClusterError
from .imaging.threads import limit_threads

__all__ = ["connect", "map_in_order"]

Item = TypeVar("Item")
Result = TypeVar("Result")

PATIENCE = 10.0
"""Seconds in which a cluster must accept a connection."""


def map_in_order(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int = 1, cluster: str | None = None
) -> Iterator[Result]:
    """Results in the order of the items.

    work: a function that can be pickled.   workers: processes here; 1: this one.
    cluster: the address of a Ray cluster that does it instead, a core an item, see `connect`; every node sees the same
    folders under the same path. Ray does again what a lost node had.
    Raises what `work` raises, and ClusterError.
    """
    if cluster is not None:
        connect(cluster)
        import ray

        task = ray.remote(num_cpus=1, max_retries=2)(_alone)
        yield from map(ray.get, [task.remote(work, item) for item in items])
    elif min(workers, len(items)) < 2:
        yield from map(work, items)
    else:
        # Spawned: a fork would copy threads' locks in whatever state they are.
        with ProcessPoolExecutor(min(workers, len(items)), get_context("spawn"), limit_threads, (1,)) as pool:
            yield from pool.map(work, items)


def _alone(work: Callable[[Item], Result], item: Item) -> Result:
    limit_threads(1)
    return work(item)


def connect(address: str) -> None:
    """Join the Ray cluster at `address`: "auto", "ray://HOST:PORT" or "HOST:PORT". Raises ClusterError."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Ray would replace the interpreter of its workers by one of its own making where it sees a runner of environments.
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    try:
        import ray
    except ImportError:
        raise ClusterError("--cluster needs Ray: pip install 'diffdecompose-bridge[cluster]'") from None
    _check_that_somebody_listens(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, ignore_reinit_error=True)
    except (ConnectionError, ValueError, TimeoutError) as problem:
        raise ClusterError(
            f"no Ray cluster answers at {address} ({_first_line(problem)}): start one with `ray start --head`"
        ) from None
    except RuntimeError as problem:  # another version of Ray or Python there
        raise ClusterError(
            f"the Ray cluster at {address} cannot be joined ({_first_line(problem)}): "
            "use the same versions of Ray and Python on all machines"
        ) from None


def _check_that_somebody_listens(address: str) -> None:
    """Ray itself tries an address at which nothing answers for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE).close()
    except OSError as problem:
        raise ClusterError(
            f"no Ray cluster answers at {address} ({problem.strerror or problem}): start one with `ray start --head`"
        ) from None


def _first_line(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:160]
