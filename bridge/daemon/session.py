"""One connection: frames in, requests carried out, answers put into the outbox. Nothing here blocks on a job.

Knows nothing of sockets beyond receiving frames, nor of workers beyond the scheduler.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterable
from dataclasses import replace
from typing import Any, Protocol

from .. import results
from ..errors import Refused, StoreError
from ..jobs import Job, State
from ..store import Store
from ..wire.codec import decode
from ..wire.errors import BadMessage
from ..wire.messages import (
    PROTOCOL,
    Accepted,
    Attach,
    Cancel,
    Cancelled,
    Chunk,
    Decompose,
    Export,
    Exported,
    Failed,
    Fetch,
    Forget,
    Forgotten,
    Hello,
    JobList,
    Jobs,
    Layers,
    Ready,
    Stop,
    Stopping,
    Welcome,
)
from ..wire.parts import Blob, EngineInfo, JobInfo, Options
from .downloads import file_frames, layer_frames, layers_message
from .outbox import Outbox
from .scheduler import Scheduler, ending
from .settings import Settings
from .uploads import FULL, Upload, disk_full, stored_size

__all__ = ["ServiceContext", "Session"]

log = logging.getLogger("diffdecompose")
_UPLOADS = 32  # at once, of all clients: each holds open files
_EXPORTS = 8  # at once, of one client


class ServiceContext(Protocol):
    """What a session needs of the service around it."""

    store: Store
    scheduler: Scheduler
    settings: Settings

    def welcome(self, request: int) -> Welcome: ...
    def engine(self, name: str) -> EngineInfo | None: ...
    def upload_bytes(self) -> int: ...
    def uploads(self) -> int: ...
    def void_upload(self, job: str) -> None: ...
    def stop(self) -> None: ...


class Session:
    """following: the jobs whose progress and end this client wants to hear of."""

    def __init__(self, context: ServiceContext, name: str) -> None:
        self._context = context
        self._number = self.name = name
        self._transfers = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.outbox = Outbox()
        self.following: set[str] = set()
        self.uploads: dict[str, Upload] = {}
        self.greeted = False

    async def serve(self, frames: AsyncIterable[str | bytes]) -> None:
        """Answer until the client leaves or is shown out."""
        async for frame in frames:
            await self.outbox.room()
            try:
                message = decode(frame)
                if not self.greeted and not isinstance(message, Hello):
                    raise Refused("bad_message", "the first message was not hello", "send hello first")
                self._answer(message)
            except (Refused, BadMessage) as problem:
                self._fail(problem.code, problem.what, problem.advice, request=getattr(problem, "request", 0))
                if problem.code == "protocol_mismatch":
                    return

    def close(self) -> None:
        """The client is gone: what it had not handed in completely is dropped; its jobs go on."""
        for job in list(self.uploads):
            self.drop_upload(job)
        for task in self._tasks:
            task.cancel()

    def drop_upload(self, job: str) -> Upload | None:
        upload = self.uploads.pop(job, None)
        if upload is not None:
            upload.drop()
        return upload

    def drop_idle_uploads(self, now: float, timeout: float) -> None:
        for job, upload in list(self.uploads.items()):
            if now - upload.touched > timeout:
                self.drop_upload(job)
                what = f"no pixels came for {timeout:.0f} s"
                self._fail("upload_stopped", what, "hand the job in again", job, upload.request.request)

    def _fail(self, code: str, what: str, advice: str, job: str = "", request: int = 0) -> None:
        log.info("client=%s job=%s refused: %s", self.name, job or "-", code)
        self.outbox.put(Failed(code, what, advice, job, request))

    def _answer(self, message: Any) -> None:
        if isinstance(message, Chunk):
            self._take(message)
            return
        try:
            self._carry_out(message)
        except Refused as problem:
            job = getattr(message, "job", "")
            self._fail(problem.code, problem.what, problem.advice, job, message.request)

    def _carry_out(self, message: Any) -> None:
        match message:
            case Hello():
                self._greet(message)
            case Decompose():
                self._decompose(message)
            case Attach():
                self._attach(self._known(message.job), message.request)
            case Cancel():
                self._cancel(message)
            case Jobs():
                self.outbox.put(JobList(tuple(self._listed()), message.request))
            case Fetch():
                self._fetch(message)
            case Export():
                self._export(message)
            case Forget():
                self._forget(message)
            case Stop():
                self.outbox.put(Stopping(message.request))
                self._context.stop()
            case _:
                name = type(message).__name__
                raise Refused("unknown_message", f"{name} is a message of the daemon", "send requests only")

    def _greet(self, hello: Hello) -> None:
        if hello.protocol != PROTOCOL:
            side = "the daemon" if hello.protocol > PROTOCOL else f"the client ({hello.client[:40] or 'unnamed'})"
            what = f"the client speaks protocol {hello.protocol}, the daemon {PROTOCOL}"
            advice = f"update {side}; if that was done just now, 'diffdecompose stop' ends the old daemon"
            raise BadMessage("protocol_mismatch", what, advice, hello.request)
        self.greeted = True
        self.name = f"{self._number}/{''.join(c for c in hello.client[:20] if c.isalnum())}"
        self.outbox.put(self._context.welcome(hello.request))

    def _known(self, id: str) -> Job:
        job = self._context.store.get(id)
        if job is None:
            raise Refused("unknown_job", "the daemon does not know this job", "hand it in again")
        return job

    # Handing in

    def _decompose(self, message: Decompose) -> None:
        job = self._context.store.get(message.job)
        if job is not None:
            if not _same(job.request, message):
                raise Refused("job_exists", "this job id was used with another request", "choose a new id")
            self._attach(job, message.request)
            return
        # A client that lost its connection hands in again; what it had begun to send, here or elsewhere, is void.
        self._context.void_upload(message.job)
        self._check(message)
        try:
            self.uploads[message.job] = Upload(message, self._context.store.new_incoming(), time.monotonic())
        except OSError as problem:
            raise _disk(problem) from None
        self.outbox.put(Ready(message.job, message.request))

    def _check(self, message: Decompose) -> None:
        limits, pixels = self._context.settings.limits, message.pixels
        for part in (pixels, message.overlay):
            if part is None or (
                max(part.width, part.height) <= limits.side and part.width * part.height <= limits.pixels
            ):
                continue
            what = f"{part.width} x {part.height} is more than {limits.side} a side or {limits.pixels} pixels"
            raise Refused("too_large", what, "scale the picture down, or decompose a part of it")
        engine = self._context.engine(message.options.engine)
        if engine is None:
            raise Refused("unknown_engine", "there is no such engine", "choose one that the daemon lists")
        if engine.state == "unavailable":
            raise Refused("engine_unavailable", f"{engine.name} cannot run here", engine.detail or "choose another")
        active = {number for upload in self.uploads.values() for number in upload.parts}
        if active.intersection(part.transfer for part in message.parts):
            raise Refused("bad_message", "a transfer number is in use", "number the parts of two uploads apart")
        waiting = self._context.uploads() + sum(job.state is State.QUEUED for job in self._context.store)
        if waiting >= limits.queued or self._context.uploads() >= _UPLOADS:
            raise Refused("queue_full", f"{waiting} jobs wait already", "wait until some are done, or cancel some")
        needed = 2 * stored_size(pixels) + self._context.upload_bytes() + self._context.settings.margin
        if self._context.store.free() < needed:
            raise disk_full()

    def _take(self, chunk: Chunk) -> None:
        upload = next((upload for upload in self.uploads.values() if chunk.transfer in upload.parts), None)
        if upload is None:
            return  # it was given up while these were on their way
        request = upload.request
        try:
            upload.feed(chunk, time.monotonic())
            if upload.complete:
                self._accept(upload)
        except (Refused, OSError, StoreError) as problem:
            self.drop_upload(request.job)
            refused = problem if isinstance(problem, Refused) else _disk(problem)
            self._fail(refused.code, refused.what, refused.advice, request.job, request.request)

    def _accept(self, upload: Upload) -> None:
        request = upload.request
        upload.close()
        job = self._context.store.add(request, upload.notes, upload.folder)
        self.uploads.pop(request.job)
        declared = request.pixels
        log.info(
            "client=%s job=%s accepted %dx%dx%d", self.name, job.id, declared.width, declared.height, declared.channels
        )
        self.following.add(job.id)
        place = self._context.store.place(job.id)
        self.outbox.put(Accepted(job.id, place, job.state.value, False, job.notes, request.request))
        self._context.scheduler.wake()

    def _attach(self, job: Job, request: int) -> None:
        place = self._context.store.place(job.id)
        self.outbox.put(Accepted(job.id, place, job.state.value, True, job.notes, request))
        if job.ended:
            self.outbox.put(ending(job, self._context.store))
            return
        self.following.add(job.id)
        progress = self._context.scheduler.progress(job.id)
        if progress is not None:
            self.outbox.show(progress)

    # Ending, listing

    def _cancel(self, message: Cancel) -> None:
        upload = self.drop_upload(message.job)
        if upload is not None:
            self.outbox.put(Cancelled(message.job, message.request))
            return
        job = self._known(message.job)
        if not job.ended:
            job = self._context.scheduler.cancel(job)
        self.outbox.put(ending(job, self._context.store, message.request))

    def _forget(self, message: Forget) -> None:
        if self.drop_upload(message.job) is None:
            job = self._known(message.job)
            if not job.ended:
                self._context.scheduler.cancel(job)
            try:
                self._context.store.forget(job.id)
            except StoreError as problem:
                raise _disk(problem) from None
        self.following.discard(message.job)
        self.outbox.put(Forgotten(message.job, message.request))

    def _listed(self) -> list[JobInfo]:
        places = {job.id: place for place, job in enumerate(self._context.store.queue(), 1)}
        return [self._line(job, places.get(job.id, 0)) for job in sorted(self._context.store, key=lambda j: -j.order)]

    def _line(self, job: Job, place: int) -> JobInfo:
        progress = self._context.scheduler.progress(job.id)
        declared = job.request.pixels
        line = JobInfo(
            job.id,
            job.state.value,
            job.request.options.engine,
            job.request.title,
            declared.width,
            declared.height,
            place,
            created=job.created,
            seconds=job.seconds,
            size=job.size,
            code=job.failure.code if job.failure else "",
            what=job.failure.what if job.failure else "",
        )
        if progress is None:
            return line
        return replace(line, stage=progress.stage, step=progress.step, steps=progress.steps, seconds=progress.elapsed)

    # Handing out

    def _done(self, id: str, candidate: int | None) -> tuple[Job, results.Result]:
        job = self._known(id)
        if job.state is not State.DONE:
            raise Refused("not_finished", f"the job is {job.state}", "wait until it is finished")
        try:
            result = results.load(self._context.store.folder(id) / "result")
        except (OSError, BadMessage):
            raise Refused("unknown_job", "the result of the job is damaged", "hand it in again") from None
        if candidate is not None and not 0 <= candidate < len(result.candidates):
            what = f"there is no candidate {candidate}, the job has {len(result.candidates)}"
            raise Refused("no_candidate", what, "choose one of those")
        return job, result

    def _fetch(self, message: Fetch) -> None:
        job, result = self._done(message.job, message.candidate)
        folder = self._context.store.folder(job.id)
        try:
            layers: Layers = layers_message(job, result, message, folder, self._transfers + 1)
            whole = results.restore(folder, job.request, message.candidate)[0] if message.opaque else None
            frames = layer_frames(layers, result, folder, whole)
        except OSError:
            raise Refused("unknown_job", "the result of the job is damaged", "hand it in again") from None
        self._transfers += len(layers.parts)
        self.outbox.put(layers)
        self.outbox.download(frames)

    def _export(self, message: Export) -> None:
        job, _ = self._done(message.job, message.candidate)
        if len(self._tasks) >= _EXPORTS:
            raise Refused("queue_full", f"{_EXPORTS} exports wait already", "wait until one is done")
        self._spawn(self._exported(job, message))

    async def _exported(self, job: Job, message: Export) -> None:
        try:
            path = await self._context.scheduler.export(job, message)
        except (Refused, OSError) as problem:
            refused = problem if isinstance(problem, Refused) else _disk(problem)
            self._fail(refused.code, refused.what, refused.advice, job.id, message.request)
            return
        self._transfers += 1
        file = Blob(self._transfers, path.stat().st_size)
        self.outbox.put(Exported(job.id, message.format, file, message.request))
        self.outbox.download(file_frames(path, file.transfer))

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _same(first: Decompose, second: Decompose) -> bool:
    """Whether two requests under one id ask for the same."""

    def core(request: Decompose) -> tuple[Any, ...]:
        pixels = request.pixels
        layout = (pixels.width, pixels.height, pixels.channels, pixels.depth, pixels.order)
        options: Options = request.options
        overlay = request.overlay and (request.overlay.width, request.overlay.height, request.overlay.depth)
        return layout, options, request.selection is None, request.hint is None, request.region, overlay

    return core(first) == core(second)


def _disk(problem: Exception) -> Refused:
    """What the disk says, as an answer."""
    full = isinstance(problem, StoreError) or getattr(problem, "errno", None) in FULL
    if full:
        return disk_full()
    return Refused("internal", f"the daemon could not write ({problem})", "look into the log: 'diffdecompose logs'")
