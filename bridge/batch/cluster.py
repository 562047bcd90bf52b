"""The pool of a batch on a Ray cluster: the same calls as `pool.Pool`, the work done by Ray's workers on any node.

Scheduling, shipping and retrying are Ray's. A picture is a Ray task, not a method of an actor: an actor whose node is
lost waits for room that the cluster may no longer have, while a task goes to any worker that is free. A worker process
keeps its engine from one task to the next. Inputs and outputs lie where every node sees them under the same path.
Source: Ray's documentation, "Fault tolerance" and "Patterns: limit the number of pending tasks".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

from model.errors import ClusterError

from .pool import TICK, WorkerCrashed

__all__ = ["RayPool"]

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 2
"""Tasks handed in for each that can run: the next one is on its node when a worker becomes free."""


class RayPool(Generic[Item, Result]):
    """Applies `work`, a function that can be pickled, to items, on the cluster that `model.parallel.connect` joined.

    workers: at most so many at once; None: as many as the cluster has cores, or GPUs where `gpu`.
    attempts: how often Ray tries an item whose worker or node died.
    initializer: called once in each worker process, with `arguments`, before its first item.
    version: of this program; a worker that runs another refuses.
    """

    retries = True
    """An item that comes back as crashed has been tried again already."""

    def __init__(
        self,
        work: Callable[[Item], Result],
        workers: int | None,
        initializer: Callable[..., None] | None = None,
        arguments: Sequence[Any] = (),
        *,
        gpu: bool = False,
        attempts: int = 2,
        version: str = "",
    ) -> None:
        import ray

        self._workers, self._gpu = workers, gpu
        task = ray.remote(max_retries=attempts - 1, num_cpus=1, num_gpus=1 if gpu else 0)(_attempt)
        self._begin: Callable[[Item], Any] = lambda item: task.remote(
            work, item, initializer, tuple(arguments), version
        )
        self._running: dict[Any, Item] = {}

    def __enter__(self) -> RayPool[Item, Result]:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def running(self) -> list[Item]:
        """What has been handed in and has not ended."""
        return list(self._running.values())

    @property
    def has_room(self) -> bool:
        return len(self._running) < AHEAD * self._capacity()

    def submit(self, item: Item) -> None:
        """Hand an item in. Only while `has_room`."""
        self._running[self._begin(item)] = item

    def finished(self) -> Iterator[tuple[Item, Result | BaseException]]:
        """Items that have ended by now, each with its result, the exception it raised, or WorkerCrashed.

        Waits for at most pool.TICK. Raises ClusterError where the cluster is gone or runs another version.
        """
        import ray
        from ray.exceptions import RayError, RayTaskError

        if not self._running:
            return
        references = list(self._running)
        ended, _ = ray.wait(references, num_returns=1, timeout=TICK)
        if ended:  # all others that have ended too, without waiting
            ended, _ = ray.wait(references, num_returns=len(references), timeout=0)
        for reference in ended:
            item = self._running.pop(reference)
            try:
                found: Result | BaseException = ray.get(reference)
            except RayTaskError as problem:
                found = problem.cause if isinstance(problem.cause, BaseException) else problem
            except RayError:  # the worker was killed, its node died or ran out of memory, as often as allowed
                found = WorkerCrashed()
            if isinstance(found, ClusterError):
                raise found
            yield item, found

    def kill(self) -> None:
        """End everything at once, whatever it does."""
        import ray

        for reference in self._running:
            with suppress(Exception):  # it may have ended by itself
                ray.cancel(reference, force=True)
        self._running.clear()

    def close(self) -> None:
        """Nothing waits for what is still running; the cluster stays."""
        self.kill()

    def _capacity(self) -> int:
        import ray

        there = int(ray.cluster_resources().get("GPU" if self._gpu else "CPU", 0))
        return max(1, min(self._workers or there, there))


_ready = False
"""Whether this worker process has been prepared."""


def _attempt(
    work: Callable[[Any], Any],
    item: Any,
    initializer: Callable[..., None] | None,
    arguments: tuple[Any, ...],
    version: str,
) -> Any:
    """Runs on a node."""
    global _ready
    if version:
        _check_version(version)
    if not _ready:
        if initializer is not None:
            initializer(*arguments)
        _ready = True
    return work(item)


def _check_version(expected: str) -> None:
    from ..cli import version_of_program

    here = version_of_program()
    if here != expected:
        raise ClusterError(
            f"a node runs diffdecompose {here}, this machine {expected}: install the same version on all machines"
        )
