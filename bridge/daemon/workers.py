"""One worker process: started when first needed, given one command at a time, watched, cancelled, unloaded.

Knows nothing of jobs' states: it reports how a command ended, and `Lost` where the process did.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..processes import NO_WINDOW
from ..wire.discovery import clean_environment
from ..wire.errors import BadMessage
from ..worker import messages
from ..worker.messages import CancelRun, Done, Heartbeat, Received, RunCancelled, RunFailed, RunJob, Tick, WorkerCommand
from .devices import Device
from .settings import Settings

__all__ = ["Lost", "Outcome", "Worker"]

_LINE = 1 << 20
_LONGEST_GRACE = 30.0

log = logging.getLogger("diffdecompose")


@dataclass(frozen=True)
class Lost:
    """The process ended, or was killed: the end of a command that may be tried again."""

    code: str
    what: str


Outcome = Done | RunCancelled | RunFailed | Lost
WorkerMessage = Heartbeat | Received | Tick | Done | RunCancelled | RunFailed


class Worker:
    """The process of one device."""

    def __init__(self, device: Device, argv: list[str], settings: Settings) -> None:
        self.device = device
        self._worker_argv = argv
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._inbox: asyncio.Queue[WorkerMessage | _End | None] = asyncio.Queue()
        self._readers: list[asyncio.Task[None]] = []
        self._last_message = self._last_tick = 0.0
        self._slowest = 0.0  # the longest step seen of this command
        self._kill_at: float | None = None
        self._received = False

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def perform(self, command: WorkerCommand, on_tick: Callable[[Tick], None] = lambda tick: None) -> Outcome:
        """Send the process a command and wait until it has ended."""
        while True:
            fresh = await self._start()
            outcome = await self._perform(command, on_tick)
            # A process that had died while it waited for work did not die of this command.
            if not isinstance(outcome, Lost) or fresh or self._received or self._kill_at is not None:
                return outcome

    def cancel(self, command: WorkerCommand) -> None:
        """Ask for the command to be cancelled at its next step, and kill the process where that takes too long.

        An engine whose steps are known to be slow gets the time of one: killing it costs loading its weights again.
        """
        grace = min(max(self._settings.grace, 1.5 * self._slowest), _LONGEST_GRACE)
        self._kill_at = time.monotonic() + grace
        self._send(CancelRun(command.job, command.attempt))
        self._inbox.put_nowait(None)  # so that the wait looks at the new deadline

    async def unload(self) -> None:
        """Close the pipe, at which the process ends and the device's memory is free."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 2.0)
        except TimeoutError:
            self._kill()
        await self._ended()

    async def _start(self) -> bool:
        """Have a process; True where it had to be started."""
        if self._process is not None and self._process.returncode is None:
            return False
        await self._ended()
        environment = {**clean_environment(os.environ), **self.device.environment}
        self._process = await asyncio.create_subprocess_exec(
            *self._worker_argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            limit=_LINE,
            start_new_session=sys.platform != "win32",  # Ctrl-C in a terminal is for the daemon to handle
            creationflags=NO_WINDOW,
        )
        log.info("worker=%s pid=%d started", self.device.name, self._process.pid)
        self._inbox = asyncio.Queue()
        self._readers = [
            asyncio.create_task(self._read(self._process, self._inbox)),
            asyncio.create_task(self._read_errors(self._process)),
        ]
        return True

    async def _perform(self, command: WorkerCommand, on_tick: Callable[[Tick], None]) -> Outcome:
        self._last_message = self._last_tick = time.monotonic()
        self._slowest, self._kill_at, self._received = 0.0, None, False
        self._send(command)
        while True:
            message = await self._next_message(command)
            if isinstance(message, Lost):
                self._kill()
                await self._ended()
                return message
            if isinstance(message, _End):
                await self._ended()
                return Lost("worker_died", message.what)
            self._last_message = time.monotonic()
            if isinstance(message, Heartbeat) or (message.job, message.attempt) != (command.job, command.attempt):
                continue
            if not isinstance(message, Received | Tick):
                return message
            self._received = True
            self._slowest = max(self._slowest, self._last_message - self._last_tick)
            self._last_tick = self._last_message
            if isinstance(message, Tick):
                on_tick(message)

    async def _next_message(self, command: WorkerCommand) -> WorkerMessage | _End | Lost:
        """The next message of the process; Lost once a deadline has passed and no message is waiting."""
        while True:
            when, lost = min(self._deadlines(command), key=lambda deadline: deadline[0])
            with contextlib.suppress(TimeoutError):
                message = await asyncio.wait_for(self._inbox.get(), max(when - time.monotonic(), 0.01))
                if message is not None:
                    return message
                continue  # a new deadline
            # After a sleep of the machine all deadlines have passed at once: what came meanwhile is heard first.
            await asyncio.sleep(0.05)
            if self._inbox.empty() and time.monotonic() >= when:
                return lost

    def _deadlines(self, command: WorkerCommand) -> list[tuple[float, Lost]]:
        settings = self._settings
        frozen = Lost("worker_stuck", f"the worker did not answer for {settings.silence:.0f} s")
        deadlines = [(self._last_message + settings.silence, frozen)]
        if isinstance(command, RunJob):  # packing a file has no steps
            stuck = Lost("worker_stuck", f"the engine made no step for {settings.stall:.0f} s")
            deadlines.append((self._last_tick + settings.stall, stuck))
        if self._kill_at is not None:
            deadlines.append((self._kill_at, Lost("cancelled", "it was cancelled and did not stop by itself")))
        return deadlines

    def _send(self, command: WorkerCommand | CancelRun) -> None:
        # A pipe that just broke shows as the end of what the process says.
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._process.stdin.write(messages.write(command))

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            log.warning("worker=%s pid=%d killed", self.device.name, self._process.pid)
            _kill(self._process)

    async def _ended(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _kill(process)
        await process.wait()
        for reader in self._readers:
            reader.cancel()
        log.info("worker=%s pid=%d ended code=%s", self.device.name, process.pid, process.returncode)

    async def _read(
        self, process: asyncio.subprocess.Process, inbox: asyncio.Queue[WorkerMessage | _End | None]
    ) -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError, BadMessage):  # a line too long or unreadable ends the process
            while line := await process.stdout.readline():
                message = messages.read(line)
                if isinstance(message, WorkerMessage):
                    inbox.put_nowait(message)
        try:
            code = await asyncio.wait_for(process.wait(), 1.0)
        except TimeoutError:  # it closed its pipe and lives
            _kill(process)
            code = await process.wait()
        inbox.put_nowait(_End(f"the worker was ended by signal {-code}" if code < 0 else f"the worker ended ({code})"))

    async def _read_errors(self, process: asyncio.subprocess.Process) -> None:
        """What the process prints goes into the log, a line at a time."""
        assert process.stderr is not None
        with contextlib.suppress(ValueError):
            while line := await process.stderr.readline():
                log.info("worker=%s %s", self.device.name, line.decode("utf-8", "replace").rstrip()[:500])


def _kill(process: asyncio.subprocess.Process) -> None:
    """Not `process.kill`: that looks whether it ended, and so takes the exit code from asyncio's own watcher."""
    if process.returncode is not None:
        return
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)


@dataclass(frozen=True)
class _End:
    """The process is gone."""

    what: str
