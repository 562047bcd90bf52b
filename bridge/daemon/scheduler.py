"""Jobs given to workers, their ends adopted: one loop a device, one job at a time each.

Only here do jobs change their state. Knows nothing of connections: it announces messages, somebody sends them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .. import results
from ..errors import Refused
from ..jobs import CancelledByUser, Died, FailedForGood, Failure, Finished, Job, Restarted, Started, State, advance
from ..store import Store
from ..wire import messages
from ..wire.errors import BadMessage
from ..wire.messages import Cancelled, Export, Failed, Progress
from ..wire.parts import StageTime
from ..worker.messages import Done, PackFile, RunCancelled, RunFailed, RunJob, Tick
from .devices import Device, device_of, devices
from .settings import Settings
from .workers import Lost, Outcome, Worker

__all__ = ["Scheduler", "ending"]

log = logging.getLogger("diffdecompose")


class Scheduler:
    """announce(job, message): to everyone attached.   engine_changed(engine, state): to everyone."""

    def __init__(
        self,
        store: Store,
        argv: list[str],
        settings: Settings,
        announce: Callable[[str, Any], None],
        engine_changed: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._announce = announce
        self._engine_changed = engine_changed
        self._workers = [Worker(device, argv, settings) for device in devices()]
        self._packer = Worker(Device("files", "files", {"CUDA_VISIBLE_DEVICES": ""}), argv, settings)
        self._packing = asyncio.Lock()
        self._exports = 0
        self._running: dict[str, tuple[Worker, RunJob]] = {}
        self._loaded: dict[str, set[str]] = {}  # engines by device, since its worker started
        self._progress: dict[str, Progress] = {}
        self._wakeups = [asyncio.Event() for _ in self._workers]
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._serve(*lane)) for lane in zip(self._workers, self._wakeups, strict=True)
        ]

    async def stop(self) -> None:
        """End all workers. Running jobs stay in the store as running: the next daemon takes them up again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(worker.unload() for worker in (*self._workers, self._packer)))

    @property
    def busy(self) -> bool:
        return bool(self._running) or any(job.state is State.QUEUED for job in self._store)

    def progress(self, job: str) -> Progress | None:
        """The latest, for who attaches late."""
        return self._progress.get(job)

    def wake(self) -> None:
        """A job was added."""
        for wakeup in self._wakeups:
            wakeup.set()

    def cancel(self, job: Job) -> Job:
        """Cancel a job that has not ended. Its clients are notified at once; the engine gets a moment to stop."""
        job = self._move(job, CancelledByUser())
        running = self._running.get(job.id)
        if running is not None:
            worker, command = running
            worker.cancel(command)
        return job

    async def export(self, job: Job, export: Export) -> Any:
        """Have a worker write a layered file; returns its path. Raises Refused."""
        self._exports += 1
        folder = self._store.new_incoming()
        target = folder / f"layers.{export.format}"
        source = str(self._store.folder(job.id))
        command = PackFile(job.id, self._exports, source, str(target), job.request, export)
        outcome = None
        try:
            async with self._packing:
                outcome = await self._packer.perform(command)
                if isinstance(outcome, Lost):
                    target.unlink(missing_ok=True)
                    outcome = await self._packer.perform(command)
        finally:  # also when the client left meanwhile
            if not isinstance(outcome, Done):
                shutil.rmtree(folder, ignore_errors=True)
        if isinstance(outcome, Done):
            return target
        if isinstance(outcome, RunFailed):
            raise Refused(outcome.code, outcome.what, outcome.advice)
        what = outcome.what if isinstance(outcome, Lost) else "it was stopped"
        raise Refused("export_failed", f"the file could not be made ({what})", "try again, or the other format")

    # One device

    async def _serve(self, worker: Worker, wakeup: asyncio.Event) -> None:
        """Give `worker` one job after another; let it go when there was none for a while."""
        while True:
            wakeup.clear()
            job = self._next(worker.device.kind)
            if job is None:
                await self._wait(worker, wakeup)
                continue
            try:
                await self._run(worker, job)
            except Exception:  # a defect of ours must cost one job, not the device
                log.exception("job=%s", job.id)
                self._give_up(job.id)

    def _give_up(self, id: str) -> None:
        job = self._store.get(id)
        if job is not None and job.state is State.RUNNING:
            advice = "send a diagnostics file: 'diffdecompose doctor --zip FILE'"
            self._move(job, FailedForGood(Failure("internal", "the daemon made a mistake", advice)))

    def _next(self, kind: str) -> Job | None:
        return next((job for job in self._store.queue() if device_of(job.request.options.engine) == kind), None)

    async def _wait(self, worker: Worker, wakeup: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(wakeup.wait(), self._settings.worker_idle)
        except TimeoutError:
            if worker.pid is not None:
                log.info("worker=%s let go, no work", worker.device.name)
                await worker.unload()
                self._unloaded(worker)
            if worker is self._workers[0] and not self._packing.locked():
                await self._packer.unload()

    def _unloaded(self, worker: Worker) -> None:
        for engine in self._loaded.pop(worker.device.name, ()):
            self._engine_changed(engine, "ready")

    async def _run(self, worker: Worker, job: Job) -> None:
        job = self._move(job, Started())
        folder = self._store.folder(job.id)
        target = folder / f"try-{job.attempt}"
        command = RunJob(job.id, job.attempt, str(folder), str(target), job.request)
        began = time.monotonic()
        self._running[job.id] = (worker, command)
        log.info("job=%s attempt=%d engine=%s started", job.id, job.attempt, job.request.options.engine)
        try:
            outcome = await worker.perform(command, lambda tick: self._show_tick(worker, job, tick, began))
        finally:
            self._running.pop(job.id, None)
            self._progress.pop(job.id, None)
        # It may have been cancelled or forgotten meanwhile: then nobody wants the result.
        current = self._store.get(job.id)
        if current is not None and current.state is State.RUNNING and current.attempt == job.attempt:
            self._adopt(current, outcome, time.monotonic() - began)
        if isinstance(outcome, Lost):
            self._unloaded(worker)
        shutil.rmtree(target, ignore_errors=True)

    def _show_tick(self, worker: Worker, job: Job, tick: Tick, began: float) -> None:
        engine = job.request.options.engine
        now = time.monotonic()
        loaded = self._loaded.setdefault(worker.device.name, set())
        if engine not in loaded:
            self._engine_changed(engine, "loading" if tick.stage == "load" else "loaded")
        if tick.stage != "load":
            loaded.add(engine)
        left = self._left(job, tick, now - began)
        progress = Progress(job.id, tick.stage, tick.step, tick.steps, now - began, left, tick.preview)
        self._progress[job.id] = replace(progress, preview=None)
        current = self._store.get(job.id)
        if current is not None and current.state is State.RUNNING:
            self._announce(job.id, progress)

    def _left(self, job: Job, tick: Tick, elapsed: float) -> float | None:
        """By how long this engine took lately; where it never ran, by the steps of the stage."""
        pace = self._store.pace(job.request.options.engine)
        if pace is not None:
            return max(0.0, pace * _megapixels(job) - elapsed)
        if 0 < tick.step <= tick.steps:
            return elapsed / tick.step * (tick.steps - tick.step)
        return None

    def _adopt(self, job: Job, outcome: Outcome, seconds: float) -> None:
        match outcome:
            case Done(size=size):
                try:
                    self._store.adopt(job.id, self._store.folder(job.id) / f"try-{job.attempt}")
                except OSError as problem:
                    failure = Failure("internal", f"the result could not be kept ({problem.strerror})", "try again")
                    self._move(job, FailedForGood(failure))
                    return
                self._store.note_pace(job.request.options.engine, seconds / _megapixels(job))
                self._move(job, Finished(seconds, job.size + size))
            case RunFailed(code=code, what=what, advice=advice):
                self._move(job, FailedForGood(Failure(code, what, advice)))
            case Lost(code=code, what=what):
                advice = "choose another engine or quality, or look into the log: 'diffdecompose logs'"
                self._move(job, Died(Failure(code, f"{what}, {job.deaths + 1} times", advice)))
            case RunCancelled():  # only ever after a Cancel, and then the job is not running any more
                self._move(job, Restarted())

    def _move(self, job: Job, event: Any) -> Job:
        """Change a job's state, note it, and tell whoever waits for its end."""
        job = advance(job, event)
        if job.state in (State.FAILED, State.CANCELLED):
            job = self._store.clear(job)
        self._store.note(job)
        log.info("job=%s %s%s", job.id, job.state, f" {job.failure.code}" if job.failure else "")
        if job.ended:
            self._announce(job.id, ending(job, self._store))
        return job


def _megapixels(job: Job) -> float:
    return max(0.01, job.request.pixels.width * job.request.pixels.height / 1e6)


def ending(job: Job, store: Store, request: int = 0) -> Any:
    """The message that says how a job ended."""
    if job.state is State.CANCELLED:
        return Cancelled(job.id, request)
    if job.failure is not None:
        return Failed(job.failure.code, job.failure.what, job.failure.advice, job.id, request)
    with contextlib.suppress(OSError, BadMessage):
        result = results.load(store.folder(job.id) / "result")
        seconds = result.candidates[0].seconds if result.candidates else ()
        infos = tuple(candidate.info for candidate in result.candidates)
        times = (*seconds, StageTime("total", job.seconds))
        return messages.Finished(job.id, result.width, result.height, infos, times, job.notes, request)
    return Failed("unknown_job", "the result of the job is damaged", "hand it in again under a new id", job.id, request)
