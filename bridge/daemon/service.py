"""The pieces put together: one instance per user, a listening socket, a runtime file, an orderly end.

Knows nothing of pixels or engines' insides.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import ssl
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from model.engines import ENGINES

from ..errors import AlreadyRunning
from ..installation import installation
from ..processes import NO_WINDOW
from ..store import Store
from ..wire.discovery import Runtime, private_folder, read_runtime, start_command, write_private
from ..wire.errors import BadMessage
from ..wire.messages import PROTOCOL, VERSION, EngineState, Progress, Welcome
from ..wire.parts import MAX_FRAME, EngineInfo
from ..worker import messages
from .devices import device_of
from .guards import guard
from .scheduler import Scheduler
from .session import Session
from .settings import Settings

__all__ = ["Remote", "Service", "run"]

log = logging.getLogger("diffdecompose")
_HOUSEKEEPING = 1.0
_EXPIRY_INTERVAL = 60.0
_LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Remote:
    """Where other machines may connect: opt-in, and never without names, token and certificate."""

    address: str
    port: int
    names: tuple[str, ...]
    token: str
    certificate: ssl.SSLContext


class Service:
    """The daemon's shared state; sessions see it as `ServiceContext`."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(folder / "jobs")
        self._worker_argv = list(settings.worker) or start_command(installation(), "bridge.worker")
        self.scheduler = Scheduler(self.store, self._worker_argv, settings, self._announce, self._engine_changed)
        self._sessions: set[Session] = set()
        self._engines = {
            name: EngineInfo(name, "loading", entry.about, device_of(name)) for name, entry in ENGINES.items()
        }
        self._probe: asyncio.Task[None] | None = None
        self._probed = 0.0
        self._stopped = asyncio.Event()
        self._idle_since = self._last_expiry = time.monotonic()

    # What sessions ask for

    def welcome(self, request: int) -> Welcome:
        self._probe_again()
        engines, notices = tuple(self._engines.values()), tuple(self.store.notices)
        limits = self.settings.limits
        return Welcome(PROTOCOL, VERSION, engines, limits, notices, ("export", "overlay"), os.getpid(), request)

    def engine(self, name: str) -> EngineInfo | None:
        engine = self._engines.get(name)
        if engine is not None and engine.state == "unavailable":
            self._probe_again()
        return engine

    def _probe_again(self) -> None:
        """Find out what is missing on this machine, once somebody may want to know, and again while something is:
        it may have been installed meanwhile."""
        lacking = any(engine.state == "unavailable" for engine in self._engines.values())
        now = time.monotonic()
        if self._probe is None or (
            self._probe.done() and lacking and now - self._probed > self.settings.probe_interval
        ):
            self._probed = now
            self._probe = asyncio.create_task(self._probe_engines())

    def upload_bytes(self) -> int:
        """Bytes that uploads under way may still write."""
        uploads = (upload for session in self._sessions for upload in session.uploads.values())
        return sum(part.declared.size - part.received for upload in uploads for part in upload.parts.values())

    def uploads(self) -> int:
        return sum(len(session.uploads) for session in self._sessions)

    def void_upload(self, job: str) -> None:
        for session in self._sessions:
            session.drop_upload(job)

    def stop(self) -> None:
        self._stopped.set()

    # What the scheduler announces

    def _announce(self, job: str, message: Any) -> None:
        for session in self._sessions:
            if job not in session.following:
                continue
            if isinstance(message, Progress):
                session.outbox.show(message)
            else:
                session.following.discard(job)
                session.outbox.conclude(job, message)

    def _engine_changed(self, engine: str, state: Any) -> None:
        known = self._engines.get(engine)
        if known is None or known.state == state:
            return
        self._engines[engine] = replace(known, state=state)
        for session in self._sessions:
            if session.greeted:
                session.outbox.put(EngineState(self._engines[engine]))

    async def _probe_engines(self) -> None:
        """Ask a short-lived worker which engines can run here: finding out may import heavy libraries."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self._worker_argv,
            "--probe",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL,
            creationflags=NO_WINDOW,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), 60.0)
            found = messages.read(said)
        except (TimeoutError, BadMessage):
            log.warning("the engines could not be asked whether they can run here")
            for name in self._engines:
                self._engine_changed(name, "ready")
            return
        finally:
            if process.returncode is None:
                process.kill()
        for engine in found.engines:
            known = self._engines.get(engine.name)
            if known is not None and (known.state in ("loading", "unavailable") or engine.state == "unavailable"):
                told = {"detail": engine.detail, "models": engine.models, "command": engine.command}
                self._engines[engine.name] = replace(known, **told)
                self._engine_changed(engine.name, engine.state)

    # Connections

    @property
    def full(self) -> bool:
        return len(self._sessions) >= self.settings.limits.connections

    async def connected(self, connection: ServerConnection) -> None:
        """Serve one client until it leaves."""
        if self.full:  # several may have passed the guard at once
            await connection.close(1013, "too many connections")
            return
        session = Session(self, str(connection.id)[:8])
        self._sessions.add(session)
        sender = asyncio.create_task(session.outbox.run(connection))
        reader = asyncio.create_task(session.serve(connection))
        try:
            done, _ = await asyncio.wait({sender, reader}, return_when=asyncio.FIRST_COMPLETED)
            if sender not in done:  # shown out: the reason should still arrive
                draining = asyncio.create_task(session.outbox.drained())
                await asyncio.wait({sender, draining}, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
                draining.cancel()
            for task in done:
                problem = task.exception()
                if problem is not None and not isinstance(problem, ConnectionClosed):
                    log.error("client=%s", session.name, exc_info=problem)
                    await connection.close(1011, "the daemon made a mistake")
        finally:
            self._sessions.discard(session)
            session.close()
            for task in (sender, reader):
                task.cancel()
            await asyncio.gather(sender, reader, return_exceptions=True)

    # Life

    def _listen(
        self, address: str, port: int, names: Iterable[str], token: str, secure: ssl.SSLContext | None
    ) -> serve:
        return serve(
            self.connected,
            address,
            port,
            process_request=guard(token, names, lambda: self.full),
            origins=[None],
            compression=None,
            max_size=MAX_FRAME,
            max_queue=4,
            open_timeout=5,
            close_timeout=1,
            ping_interval=20,
            ping_timeout=60,
            ssl=secure,
            server_header=None,
            logger=logging.getLogger("diffdecompose.connections"),
        )

    async def run(self, port: int, token: str, remote: Remote | None, ready: Callable[[int, int], None]) -> None:
        """Serve until stopped. ready(port, remote port): called once clients can connect."""
        async with contextlib.AsyncExitStack() as servers:
            local = await servers.enter_async_context(self._listen("127.0.0.1", port, _LOCAL_NAMES, token, None))
            remote_port = 0
            if remote is not None:
                far = self._listen(remote.address, remote.port, remote.names, remote.token, remote.certificate)
                remote_port = _port(await servers.enter_async_context(far))
            self.scheduler.start()
            self._stop_on_signals()
            ready(_port(local), remote_port)
            housekeeping = asyncio.create_task(self._housekeeping())
            await self._stopped.wait()
            housekeeping.cancel()
            # What was answered just before the end should still arrive.
            outboxes = (session.outbox.drained() for session in self._sessions)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*outboxes), 1.0)
        await self.scheduler.stop()
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
        self.store.close()

    def _stop_on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: KeyboardInterrupt ends the loop
                loop.add_signal_handler(number, self.stop)

    async def _housekeeping(self) -> None:
        while True:
            await asyncio.sleep(_HOUSEKEEPING)
            now = time.monotonic()
            for session in self._sessions:
                session.drop_idle_uploads(now, self.settings.upload_idle)
            if now - self._last_expiry > _EXPIRY_INTERVAL:
                self._last_expiry = now
                self._expire()
            if self._sessions or self.scheduler.busy:
                self._idle_since = now
            elif self.settings.idle_exit is not None and now - self._idle_since > self.settings.idle_exit:
                log.info("no clients and no jobs: the daemon ends")
                self.stop()

    def _expire(self) -> None:
        for job in self.store.expire(self.settings.keep_age, self.settings.keep_bytes, self.settings.keep_jobs):
            log.info("job=%s dropped, too old or the store too large", job)


def _port(server: Server) -> int:
    return next(iter(server.sockets)).getsockname()[1]


def run(
    folder: Path,
    settings: Settings,
    port: int = 0,
    remote: Remote | None = None,
    ready: Callable[[Runtime, int], None] = lambda runtime, remote_port: None,
    starter: str = "",
) -> None:
    """Be the daemon of this user until stopped. port: on 127.0.0.1, 0 = a free one.

    ready(runtime, remote port): called once clients can connect.
    starter: the mark of the client that started this process, for the runtime file.
    Raises AlreadyRunning, StoreError, OSError (port in use).
    """
    private_folder(folder)
    with _only_instance(folder):
        write_private(folder / "install.json", installation())
        token = secrets.token_urlsafe(32)

        def announce(bound: int, remote_port: int) -> None:
            runtime = Runtime(os.getpid(), bound, token, VERSION, PROTOCOL, starter=starter)
            write_private(folder / "daemon.json", runtime)
            log.info("daemon pid=%d port=%d version=%s ready", os.getpid(), bound, VERSION)
            ready(runtime, remote_port)

        async def main() -> None:
            await Service(folder, settings).run(port, token, remote, announce)

        try:
            asyncio.run(main())
        finally:
            runtime = read_runtime(folder)
            if runtime is not None and runtime.pid == os.getpid():
                (folder / "daemon.json").unlink(missing_ok=True)
            log.info("daemon pid=%d ended", os.getpid())


@contextlib.contextmanager
def _only_instance(folder: Path):
    """Hold a lock that the system lets go of however the process ends. Raises AlreadyRunning."""
    file: BinaryIO = open(folder / "daemon.lock", "ab")  # noqa: SIM115 - held
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        runtime = read_runtime(folder)
        where = f"pid {runtime.pid}, port {runtime.port}" if runtime else "it is just starting"
        raise AlreadyRunning(f"a daemon runs already ({where}): use it, or 'diffdecompose stop' first") from None
    try:
        yield
    finally:
        file.close()
