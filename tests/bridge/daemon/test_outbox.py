"""What waits for one client is sent in the right order, and sending to one keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

from bridge.daemon.downloads import Frames
from bridge.daemon.outbox import Outbox
from bridge.wire.messages import Progress


class Connection:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[str | bytes] = []

    async def send(self, frame: str | bytes) -> None:
        self.sent.append(frame)


def slow_frames(threads: set[int]) -> Iterator[bytes]:
    for number in range(3):
        threads.add(threading.get_ident())
        time.sleep(0.2)  # what computing a stripe of a large layer takes on a busy machine
        yield bytes([number])


def test_layers_that_have_to_be_computed_leave_the_loop_free():
    threads: set[int] = set()
    connection, turns = Connection(), 0

    async def main() -> None:
        nonlocal turns
        outbox = Outbox()
        outbox.download(Frames(slow_frames(threads), [], is_computed=True))
        sending = asyncio.create_task(outbox.run(connection))
        while len(connection.sent) < 3:
            await asyncio.sleep(0.01)
            turns += 1
        sending.cancel()

    asyncio.run(main())
    assert connection.sent == [b"\0", b"\1", b"\2"]
    assert threading.get_ident() not in threads
    assert turns > 6, "the loop stood still while a frame was computed"


def test_a_control_message_goes_before_progress_and_progress_before_pixels():
    connection = Connection()

    async def main() -> None:
        outbox = Outbox()
        outbox.download(Frames(iter([b"pixels"]), []))
        outbox.show(Progress("job", "network", 1, 2, 0.5))
        outbox.show(Progress("job", "network", 2, 2, 0.9))
        outbox.put(Progress("other", "queued", 0, 1, 0.0))
        sending = asyncio.create_task(outbox.run(connection))
        while len(connection.sent) < 3:
            await asyncio.sleep(0)
        sending.cancel()

    asyncio.run(main())
    control, progress, pixels = connection.sent
    assert '"other"' in str(control)
    assert '"step":2' in str(progress).replace(" ", "")
    assert pixels == b"pixels"
