"""Mutated frames at the decoder and at the real connection: no crash, no unbounded memory, no stuck job."""

import contextlib
import random
import time
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bridge.wire import Options
from bridge.wire.codec import decode, encode, encode_chunk
from bridge.wire.errors import BadMessage
from bridge.wire.messages import Attach, Cancel, Decompose, Export, Fetch, Forget, Hello, Jobs
from bridge.wire.parts import Blob, Pixels

JOB = "0123456789abcdef"
SEEDS = [
    encode(Hello(1, "fuzz", "0", 1)),
    encode(
        Decompose(JOB, Pixels(1, 16, 2, 2), Options(engine="null"), Pixels(2, 4, 2, 2, 1), icc=Blob(4, 8), request=2)
    ),
    encode(Decompose("fuzz-job-0", Pixels(1, 16, 2, 2), Options(engine="null"), request=2)),
    encode(Attach(JOB, 3)),
    encode(Cancel(JOB, 4)),
    encode(Jobs(5)),
    encode(Fetch(JOB, request=6)),
    encode(Export(JOB, request=7)),
    encode(Forget(JOB, 8)),
    encode_chunk(1, 0, bytes(16)),
    encode_chunk(2, 0, bytes(4)),
    encode_chunk(4, 0, bytes(8)),
]
WORDS = [
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "NaN",
    "[]",
    "{}",
    '""',
    "9223372036854775807",
    "4294967296",
    '"..\\u0000"',
]


def mutated(rng):
    """A frame of SEEDS with a few bytes, or a value, changed; now and then untouched."""
    frame = rng.choice(SEEDS)
    if isinstance(frame, str):
        if rng.random() < 0.5:
            pieces = frame.split(":")
            place = rng.randrange(1, len(pieces))
            rest = pieces[place].lstrip('"').find(",")
            pieces[place] = rng.choice(WORDS) + (pieces[place][rest:] if rest >= 0 else "}")
            return ":".join(pieces)
        data = list(frame)
        for _ in range(rng.randrange(4)):
            data[rng.randrange(len(data))] = chr(rng.choice((rng.randrange(32, 127), rng.randrange(0xD7FF))))
        return "".join(data)
    data = bytearray(frame)
    for _ in range(rng.randrange(4)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data[: rng.randrange(len(data))] if rng.random() < 0.2 else data)


def test_ten_thousand_mutated_frames_decode_or_are_refused():
    rng = random.Random(1)
    decoded = 0
    for _ in range(10_000):
        with contextlib.suppress(BadMessage):  # and nothing else
            decode(mutated(rng))
            decoded += 1
    assert 1000 < decoded < 9000  # both paths were walked


def resident(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def test_ten_thousand_mutated_frames_at_the_connection_leave_the_service_as_it_was(daemon, tools):
    daemon.start()
    runtime = tools.read_runtime(daemon.folder)
    rng = random.Random(2)
    header = {"Authorization": f"Bearer {runtime.token}"}

    def meet():
        socket = connect(runtime.url, additional_headers=header, compression=None, proxy=None, close_timeout=1)
        socket.send(SEEDS[0])
        return socket

    socket = meet()
    with daemon.client() as onlooker:
        onlooker.decompose(tools.noise(8, 8), Options(engine="null"))
        before = resident(runtime.pid)
        sent = 0
        while sent < 10_000:
            try:
                for _ in range(100):
                    socket.send(mutated(rng))
                    sent += 1
                while True:
                    socket.recv(timeout=0)
            except TimeoutError:
                continue
            except ConnectionClosed:  # a mutated Hello with another protocol is shown out
                socket = meet()
        socket.close()
        began = time.monotonic()
        done = onlooker.decompose(tools.noise(8, 8), Options(engine="null"))
        assert bytes(onlooker.fetch(done.job).background.data) == tools.noise(8, 8).data
        assert time.monotonic() - began < 5.0
        tools.until(lambda: all(line.state not in ("queued", "running") for line in onlooker.jobs()))
        assert resident(runtime.pid) - before < 30_000_000
    assert "Traceback" not in daemon.log()
    tools.until(lambda: list((daemon.folder / "jobs" / "incoming").iterdir()) == [])
