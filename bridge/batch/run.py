"""A batch: what is left to do, done by several processes at once, and what became of each picture.

Knows nothing of how a picture is taken apart (`bridge.decompose_file`) or what is printed.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..daemon.devices import device_of
from ..decompose_file import FileJob, Report, decompose_file
from ..errors import BridgeError
from ..formats import check_target
from .cluster import RayPool
from .journal import BEGUN, CRASHED, DONE, FAILED, Entry, Journal, hash_of_file
from .memory import bytes_needed, free_bytes
from .pool import Pool, WorkerCrashed
from .progress import BatchProgress
from .storage import StorageError, StoredTask, decompose_stored, digest_of

if TYPE_CHECKING:
    from model.errors import ModelError

__all__ = ["Batch", "BatchError"]

CRASHES = 2
"""Times that a picture may end its worker before it is set aside."""


class BatchError(BridgeError):
    """A picture could not be done for a reason that lies outside it."""


class Batch:
    """Jobs over one folder of results.

    workers: how many at once; None: one a core, one alone on a GPU.   resume: leave out what the journal calls done.
    work: what is done with each, a function that can be pickled; `decompose_file` where None.
    cluster: the work goes to the Ray cluster that `model.parallel.connect` joined; workers None: one a core of it.
    """

    def __init__(
        self,
        jobs: Sequence[FileJob],
        journal: Journal,
        workers: int | None = None,
        resume: bool = True,
        work: Callable[[FileJob], Report] | None = None,
        cluster: bool = False,
    ) -> None:
        self._work, self._cluster, self._asked = work or _decompose, cluster, workers
        self._jobs = [_with_absolute_paths(job) for job in jobs] if cluster else jobs
        self._journal, self._resume = journal, resume
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        # Of an engine that needs a GPU one process at a time fits on it.
        self._gpu = bool(jobs) and device_of(jobs[0].options.engine) == "cuda"
        most = 1 if self._gpu else cores
        self._workers = max(1, min(workers or most, len(jobs)))
        self._settings = ""
        self._hashes: dict[Path, str] = {}
        self._crashes: dict[Path, int] = {}

    def outcomes(self) -> Iterator[tuple[FileJob, Report | BridgeError | ModelError | None]]:
        """Each job with what became of it, in the order in which they end; None for one that was done before.

        Ctrl-C once lets the pictures in work end and then raises KeyboardInterrupt; twice ends everything at once.
        """
        try:
            yield from self._outcomes()
        finally:
            self._journal.close()

    def _outcomes(self) -> Iterator[tuple[FileJob, Report | BridgeError | ModelError | None]]:
        self._settings = _settings(self._jobs[0])
        with BatchProgress(len(self._jobs)) as progress, _Interrupts() as interrupts:
            left: deque[FileJob] = deque()
            for job in self._jobs:
                ready = self._ready(job)
                if isinstance(ready, FileJob):
                    left.append(ready)
                else:
                    progress.add(failed=ready is not None, skipped=ready is None)
                    yield job, ready
            with self._pool() as pool:
                while (left and not interrupts.count) or pool.running:
                    if interrupts.count > 1:
                        pool.kill()
                        break
                    self._feed(pool, left, stopping=bool(interrupts.count))
                    for job, found in pool.finished():
                        outcome = self._ended(job, found, left)
                        if outcome is not None:
                            progress.add(done=isinstance(outcome, Report), failed=not isinstance(outcome, Report))
                            yield job, outcome
            counts = progress.counts
            if counts.skipped:
                told = f"{counts.skipped} of {counts.total} pictures were done before (--no-resume does them again)"
                print(f"diffdecompose: {told}", file=sys.stderr)
            if interrupts.count:
                print(f"diffdecompose: {counts.as_line()}; the same command goes on from here", file=sys.stderr)
                raise KeyboardInterrupt

    def _pool(self) -> Pool[FileJob, Report] | RayPool[FileJob, Report]:
        if self._cluster:
            from ..cli import version_of_program

            return RayPool(
                self._work,
                self._asked,
                _prepare,
                (1,),
                gpu=self._gpu,
                attempts=CRASHES,
                version=version_of_program(),
            )
        return Pool(self._work, self._workers, _prepare, (1 if self._workers > 1 else 0,))

    def _ready(self, job: FileJob) -> FileJob | BridgeError | None:
        """The job, with leave to replace what an interrupted run left; None where it is done already."""
        task = job.task
        stored = isinstance(task, StoredTask)
        try:
            digest = digest_of(task) if stored and task.source_url else hash_of_file(task.source)
            self._hashes[task.source] = digest
        except OSError:
            self._hashes[task.source] = ""  # missing or unreadable: the reader says which
            return job
        except StorageError as problem:
            return problem
        output = self._relative(task.target)
        if self._resume and self._journal.is_done(digest, self._settings, output):
            return None
        if self._journal.was_begun(output):
            from ..formats.writing import remove_abandoned_parts

            remove_abandoned_parts(task.target)
            return replace(job, overwrite=True)
        if stored and task.target_url and not job.overwrite and self._journal.is_there(output):
            return BatchError(
                f"{task.target_url} exists already: choose another name, or allow to overwrite (--overwrite)"
            )
        try:  # before the journal says "begun": what that names may be replaced after an interruption
            check_target(task.target, overwrite=job.overwrite, form=task.form)
        except BridgeError as problem:
            return problem
        return job

    def _feed(
        self, pool: Pool[FileJob, Report] | RayPool[FileJob, Report], left: deque[FileJob], stopping: bool
    ) -> None:
        """Begin as many as there are idle workers and as fit into this machine's memory; one at least."""
        while left and pool.has_room and not stopping:
            if not self._cluster and pool.running and not self._fits(left[0], pool.running):
                return
            job = left.popleft()
            self._note(BEGUN, job, outputs=(self._relative(job.task.target),))
            # Where the pool tries again by itself, the first try may have written all: its own may be replaced.
            pool.submit(replace(job, overwrite=True) if pool.retries else job)

    def _fits(self, job: FileJob, running: Sequence[FileJob]) -> bool:
        taken = sum(bytes_needed(other.task.source) for other in running)
        return bytes_needed(job.task.source) <= free_bytes() - taken

    def _ended(
        self, job: FileJob, found: Report | BaseException, left: deque[FileJob]
    ) -> Report | BridgeError | ModelError | None:
        """What became of a job; None where it is tried again."""
        from model.errors import ModelError, OutOfMemory

        if isinstance(found, Report):
            self._note(DONE, job, outputs=tuple(self._relative(path) for path in found.outputs))
            return found
        outputs = (self._relative(job.task.target),)
        if isinstance(found, WorkerCrashed):
            self._crashes[job.task.source] = self._crashes.get(job.task.source, 0) + 1
            self._note(CRASHED, job, outputs)
            if self._crashes[job.task.source] < CRASHES and not self._cluster:
                left.append(replace(job, overwrite=True))  # what is there by now is this picture's own
                return None
            found = BatchError(
                "its worker ended twice without a word, killed or out of memory: try it alone, or with --quality fast"
            )
        if isinstance(found, MemoryError):
            found = OutOfMemory("not enough memory for this picture: close other programs or use --quality fast")
        if not isinstance(found, (BridgeError, ModelError)):
            name = type(found).__name__
            found = BatchError(f"a defect of this program stopped it ({name}: {found}): please report it")
        self._note(FAILED, job, outputs, " ".join(str(found).split()))
        return found

    def _note(self, event: str, job: FileJob, outputs: tuple[str, ...] = (), message: str = "") -> None:
        source = job.task.source
        self._journal.append(
            Entry(event, os.path.abspath(source), self._hashes[source], self._settings, outputs, message)
        )

    def _relative(self, path: Path) -> str:
        return Path(os.path.relpath(path, self._journal.folder)).as_posix()


def _settings(job: FileJob) -> str:
    """A hash of everything that affects a result beside the picture; the same for all jobs of a batch."""
    from ..cli import version_of_program

    others = (job.hint, job.selection, job.overlay, job.shared)
    masks = [hash_of_file(Path(name)) if name and Path(name).is_file() else name for name in others]
    told = (version_of_program(), job.options, masks, job.region, job.compact, job.task.form)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _with_absolute_paths(job: FileJob) -> FileJob:
    """For a process that was started in another folder."""
    task = replace(job.task, source=job.task.source.absolute(), target=job.task.target.absolute())
    names = ("hint", "selection", "overlay")
    others = {name: os.path.abspath(path) for name in names if (path := getattr(job, name))}
    return replace(job, task=task, **others)


def _prepare(threads: int) -> None:
    """In a new worker: so many threads for each library, before any of them is loaded."""
    if threads:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
            os.environ[name] = str(threads)
        from model.imaging.threads import limit_threads

        limit_threads(threads)


def _decompose(job: FileJob) -> Report:
    return decompose_stored(job, _decompose_here) if isinstance(job.task, StoredTask) else _decompose_here(job)


def _decompose_here(job: FileJob) -> Report:
    return decompose_file(job, _silent)


def _silent(stage: str, step: int, steps: int, preview: object = None) -> None:
    """Progress of one picture among many is not shown."""


class _Interrupts:
    """Counts Ctrl-C while it is entered, in place of the exception; only the main thread can."""

    def __init__(self) -> None:
        self.count = 0

    @contextmanager
    def _handled(self) -> Iterator[_Interrupts]:
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        before = signal.signal(signal.SIGINT, self._interrupted)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, before)

    def _interrupted(self, *_: object) -> None:
        self.count += 1
        if self.count == 1:
            print(
                "diffdecompose: ending after the pictures in work; Ctrl-C again stops at once",
                file=sys.stderr,
                flush=True,
            )

    def __enter__(self) -> _Interrupts:
        self._context = self._handled()
        return self._context.__enter__()

    def __exit__(self, *exc: object) -> None:
        self._context.__exit__(None, None, None)
