"""What waits to be sent to one client: control messages first, then progress, then pixels a block at a time.

So a Cancelled or a Progress never waits behind 96 MB of a download. Progress is not queued: a slow client gets the
latest of each job. Knows nothing of what is sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from ..wire.codec import encode
from ..wire.messages import Progress
from .downloads import Frames

__all__ = ["Outbox"]

_ROOM = 64
_DOWNLOADS = 4


class Outbox:
    def __init__(self) -> None:
        self._control: deque[str] = deque()
        self._progress: dict[str, Progress] = {}
        self._downloads: deque[Frames] = deque()
        self._waiting = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._sent = asyncio.Event()
        self._sent.set()

    def put(self, message: Any) -> None:
        """Send a control message soon."""
        self._control.append(encode(message))
        self._sent.clear()
        self._count()
        self._waiting.set()

    def show(self, progress: Progress) -> None:
        """Send progress when there is nothing more urgent; a newer one of the same job takes its place."""
        self._progress[progress.job] = progress
        self._waiting.set()

    def conclude(self, job: str, message: Any) -> None:
        """Send how a job ended; its progress is of no interest any more."""
        self._progress.pop(job, None)
        self.put(message)

    def download(self, frames: Frames) -> None:
        """Send binary frames whenever nothing else waits."""
        self._downloads.append(frames)
        self._count()
        self._waiting.set()

    def _count(self) -> None:
        if len(self._control) < _ROOM and len(self._downloads) < _DOWNLOADS:
            self._room.set()
        else:
            self._room.clear()

    async def room(self) -> None:
        """Wait until the client has read enough of what it was sent: who does not listen may not ask on."""
        await self._room.wait()

    async def drained(self) -> None:
        """Wait until every control message was sent."""
        await self._sent.wait()

    async def run(self, connection: Any) -> None:
        """Send until cancelled or the connection closes."""
        try:
            while True:
                frame = await self._next()
                await connection.send(frame)
                if not self._control:
                    self._sent.set()
                await asyncio.sleep(0)  # a fast reader must not keep the loop from everybody else
        finally:
            for frames in self._downloads:
                frames.close()

    async def _next(self) -> str | bytes:
        while True:
            if self._control:
                frame = self._control.popleft()
                self._count()
                return frame
            if self._progress:
                return encode(self._progress.pop(next(iter(self._progress))))
            if self._downloads:
                frames = self._downloads[0]
                # Reading or converting a block takes a few milliseconds: moving that to a thread would cost more.
                frame = await asyncio.to_thread(frames.take) if frames.is_computed else frames.take()
                if frame is not None:
                    return frame
                self._downloads.popleft().close()
                self._count()
                continue
            self._waiting.clear()
            await self._waiting.wait()
