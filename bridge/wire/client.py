"""The one blocking client, for plugins, viewer and command line.

    with Client.connect("krita") as client:
        done = client.decompose(picture, Options(kind="fog"), progress=show, cancelled=flag.is_set)
        answer = client.fetch(done.job, 0, depth="u16", order="bgra")

Usable from any thread, by one thread at a time: open another client for another thread. To cancel from
elsewhere give `cancelled`, a function that is asked a few times a second (`threading.Event().is_set`).
`progress` is called in the client's thread: in a program with a window, hand it over by a signal.
A broken connection is mended by itself and the job attached to again by its id. Knows nothing of windows.
"""

import ssl
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Callable, Dict, Iterator, Literal, Optional, Tuple, TypeVar

from .discovery import home_folder, log_tail
from .errors import ConnectionLost, DaemonUnavailable, JobCancelled, JobFailed
from .link import Broken, Link, dial, dial_local
from .messages import (
    VERSION,
    Accepted,
    Attach,
    Cancel,
    Cancelled,
    Chunk,
    Decompose,
    EngineState,
    Export,
    Exported,
    Failed,
    Fetch,
    Finished,
    Forget,
    Forgotten,
    JobList,
    Jobs,
    Layers,
    Progress,
    Ready,
    Stop,
    Stopping,
    Welcome,
)
from .parts import CHUNK, ChannelOrder, Depth, EngineInfo, JobInfo, Options
from .pictures import Candidate, Mask, Picture, candidate_of, decompose_message, part_sources

__all__ = ["Client", "new_job_id"]

_POLL = 0.05  # seconds between two looks at `cancelled`
_LASTING = 1.0  # seconds after which a connection counts as mended
_BACK_OFF = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)

_T = TypeVar("_T")
_Cancelled = Callable[[], bool]
_Region = Tuple[int, int, int, int]


def new_job_id() -> str:
    """A fresh job id. Keep it: after a crash of the client, `wait` and `fetch` with it find the job again."""
    return uuid.uuid4().hex


def _never() -> bool:
    return False


class Client:
    """A connection to the daemon that reconnects by itself. `Client.connect` makes one."""

    def __init__(self, redial: Callable[[], Link], timeout: float = 30.0) -> None:
        self._redial = redial
        self._timeout = timeout
        self._requests = 1
        self._link: Optional[Link] = redial()
        self._since = time.monotonic()
        self._engines: Dict[str, EngineInfo] = {}

    @classmethod
    def connect(
        cls,
        name: str = "",
        *,
        autostart: bool = True,
        folder: Optional[Path] = None,
        url: Optional[str] = None,
        token: str = "",
        secure: Optional[ssl.SSLContext] = None,
        timeout: float = 30.0,
    ) -> "Client":
        """Find the daemon, start it where none runs, and connect.

        name: what this program is called in the daemon's log.   url, token, secure: a daemon on another machine.
        timeout: seconds for which a broken connection is tried again.
        Raises DaemonUnavailable (with the daemon's last log lines) and JobFailed (protocol_mismatch).
        """
        place = folder or home_folder()

        def redial() -> Link:
            if url is not None:
                return dial(url, token, name, VERSION, secure)
            return dial_local(place, name, autostart)

        try:
            return cls(redial, timeout)
        except Broken as broken:
            if broken.refusal is not None:
                raise broken.refusal from None
            advice = "check the address and that 'diffdecompose serve' runs" if url else "run 'diffdecompose doctor'"
            raise DaemonUnavailable(str(broken), advice, () if url else log_tail(place)) from None

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection. Jobs go on in the daemon."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    @property
    def welcome(self) -> Welcome:
        """What the daemon said when this connection was made: version, limits, notices."""
        return self._connected().welcome

    @property
    def engines(self) -> Tuple[EngineInfo, ...]:
        """The engines and their latest known state."""
        return tuple(self._engines.get(engine.name, engine) for engine in self.welcome.engines)

    # Jobs

    def decompose(
        self,
        picture: Picture,
        options: Options = Options(),  # noqa: B008 - frozen
        *,
        selection: Optional[Mask] = None,
        hint: Optional[Mask] = None,
        overlay: Optional[Picture] = None,
        region: Optional[_Region] = None,
        title: str = "",
        priority: int = 0,
        job: Optional[str] = None,
        accepted: Optional[Callable[[Accepted], None]] = None,
        progress: Optional[Callable[[Progress], None]] = None,
        cancelled: _Cancelled = _never,
    ) -> Finished:
        """Hand a picture in and wait for its candidates; fetch them with `fetch`.

        overlay: the overlay itself, where it is known: 4 channels of u8 or u16, of any size.
        job: an id from `new_job_id`, to find the job again later; handing the same id in again attaches to it.
        accepted: called once the daemon is sure to finish the job (again after a reconnection).
        Raises JobCancelled, JobFailed, ConnectionLost; BadMessage where an argument is impossible.
        """
        message, sources = self._message(picture, options, selection, hint, overlay, region, title, priority, job)

        def once() -> Finished:
            answer = self._hand_in(message, sources, cancelled)
            if accepted is not None:
                accepted(answer)
            return self._follow(message.job, progress, cancelled)

        return self._persist(once, cancelled)

    def submit(
        self,
        picture: Picture,
        options: Options = Options(),  # noqa: B008 - frozen
        *,
        selection: Optional[Mask] = None,
        hint: Optional[Mask] = None,
        overlay: Optional[Picture] = None,
        region: Optional[_Region] = None,
        title: str = "",
        priority: int = 0,
        job: Optional[str] = None,
        cancelled: _Cancelled = _never,
    ) -> Accepted:
        """Hand a picture in and leave it to the daemon; `wait` for its end later."""
        message, sources = self._message(picture, options, selection, hint, overlay, region, title, priority, job)
        return self._persist(lambda: self._hand_in(message, sources, cancelled), cancelled)

    def _message(
        self,
        picture: Picture,
        options: Options,
        selection: Optional[Mask],
        hint: Optional[Mask],
        overlay: Optional[Picture],
        region: Optional[_Region],
        title: str,
        priority: int,
        job: Optional[str],
    ) -> Tuple[Decompose, Dict[int, Any]]:
        """The request and the bytes behind its parts. Raises JobFailed where the daemon is too old for an overlay."""
        if overlay is not None and "overlay" not in self.welcome.features:
            raise JobFailed(
                "unknown_message",
                f"the service is of version {self.welcome.version}, which knows no overlays",
                "stop it ('diffdecompose stop') so that the new one starts",
            )
        message = decompose_message(
            job or new_job_id(), picture, options, selection, hint, region, title, priority, overlay
        )
        return message, part_sources(picture, selection, hint, overlay)

    def wait(
        self,
        job: str,
        *,
        progress: Optional[Callable[[Progress], None]] = None,
        cancelled: _Cancelled = _never,
    ) -> Finished:
        """Attach to a job that was handed in before, also by another client, and wait for its end."""

        def once() -> Finished:
            self._answer(self._send(lambda number: Attach(job, number)), (Accepted,), cancelled, job)
            return self._follow(job, progress, cancelled)

        return self._persist(once, cancelled)

    def fetch(
        self,
        job: str,
        candidate: int = 0,
        *,
        depth: Depth = "u8",
        order: ChannelOrder = "rgba",
        opaque: bool = False,
        cancelled: _Cancelled = _never,
    ) -> Candidate:
        """The layers of one candidate of a finished job, each with 4 channels in the depth and order named.

        opaque: full alpha for layers that are not normal (`messages.Fetch`).
        """

        def once() -> Candidate:
            layers = self._ask(lambda number: Fetch(job, candidate, depth, order, opaque, number), Layers, cancelled)
            buffers = {part.transfer: bytearray(part.size) for part in layers.parts}
            for chunk in self._chunks(layers.request, {n: len(b) for n, b in buffers.items()}, cancelled):
                buffers[chunk.transfer][chunk.offset : chunk.offset + len(chunk.data)] = chunk.data
            return candidate_of(layers, buffers, depth, order)

        return self._persist(once, cancelled)

    def export(
        self,
        job: str,
        sink: BinaryIO,
        *,
        format: Literal["psd", "ora"] = "psd",
        candidate: Optional[int] = None,
        compact: bool = False,
        cancelled: _Cancelled = _never,
    ) -> int:
        """Write a finished job as a layered file into `sink` (seekable); returns its size. candidate None: all."""
        begin = sink.tell()

        def once() -> int:
            answer = self._ask(lambda number: Export(job, format, candidate, compact, number), Exported, cancelled)
            sink.seek(begin)
            sink.truncate()
            for chunk in self._chunks(answer.request, {answer.file.transfer: answer.file.size}, cancelled):
                sink.write(chunk.data)
            return answer.file.size

        return self._persist(once, cancelled)

    def cancel(self, job: str) -> bool:
        """Stop a job of this or another client. False where it had ended before."""

        def once() -> bool:
            request = self._send(lambda number: Cancel(job, number))
            return isinstance(self._answer(request, (Cancelled, Finished, Failed), _never, ""), Cancelled)

        return self._persist(once, _never)

    def forget(self, job: str) -> None:
        """Drop a job and its files."""
        self._persist(lambda: self._ask(lambda number: Forget(job, number), Forgotten, _never), _never)

    def jobs(self) -> Tuple[JobInfo, ...]:
        """All jobs the daemon keeps, newest first."""
        return self._persist(lambda: self._ask(Jobs, JobList, _never).jobs, _never)

    def stop(self) -> None:
        """End the daemon. Accepted jobs wait for its next start."""
        self._ask(Stop, Stopping, _never)
        self.close()

    # One connection's flow

    def _connected(self) -> Link:
        if self._link is None:
            self._since = time.monotonic()  # until it is there, a failure counts as one that did not last
            self._link = self._redial()
            self._engines = {}
        return self._link

    def _send(self, numbered: Callable[[int], Any]) -> int:
        self._requests += 1
        self._connected().send(numbered(self._requests))
        return self._requests

    def _receive(self) -> Any:
        """The next message, None after a moment. Engine states are noted on the way."""
        message = self._connected().receive(_POLL)
        if isinstance(message, EngineState):
            self._engines[message.engine.name] = message.engine
            return None
        return message

    def _ask(self, numbered: Callable[[int], Any], kind: Callable[..., _T], cancelled: _Cancelled) -> _T:
        return self._answer(self._send(numbered), (kind,), cancelled, "")

    def _answer(self, request: int, kinds: Tuple[Any, ...], cancelled: _Cancelled, job: str) -> Any:
        """The answer to `request`. Once `cancelled` says so, `job` is cancelled; without a job the wait just ends."""
        asked = False
        while True:
            if not asked and cancelled():
                if not job:
                    self.close()  # the rest of the answer must not meet the next request
                    raise JobCancelled("cancelled", "the request was given up")
                asked = True
                self._send(lambda number: Cancel(job, number))
            message = self._receive()
            if isinstance(message, Cancelled) and job and message.job == job:
                raise JobCancelled("cancelled", "the job was cancelled")
            if message is None or getattr(message, "request", 0) != request:
                continue
            if isinstance(message, kinds):
                return message
            if isinstance(message, Failed):
                raise JobFailed(message.code, message.what, message.advice, request)

    def _hand_in(self, message: Decompose, sources: Dict[int, Any], cancelled: _Cancelled) -> Accepted:
        request = self._send(lambda number: replace(message, request=number))
        answer = self._answer(request, (Ready, Accepted), cancelled, message.job)
        if isinstance(answer, Ready):
            self._upload(message, sources, cancelled)
            answer = self._answer(request, (Accepted,), cancelled, message.job)
        return answer

    def _upload(self, message: Decompose, sources: Dict[int, Any], cancelled: _Cancelled) -> None:
        link = self._connected()
        for part in message.parts:
            view = memoryview(sources[part.transfer]).cast("B")
            for offset in range(0, part.size, CHUNK):
                if cancelled():
                    return  # `_answer` sends the Cancel
                link.send_chunk(part.transfer, offset, view[offset : min(offset + CHUNK, part.size)])

    def _follow(self, job: str, progress: Optional[Callable[[Progress], None]], cancelled: _Cancelled) -> Finished:
        asked = False
        while True:
            if not asked and cancelled():
                asked = True
                self._send(lambda number: Cancel(job, number))
            message = self._receive()
            if getattr(message, "job", None) != job:
                continue
            if isinstance(message, Progress) and progress is not None:
                progress(message)
            elif isinstance(message, Finished):
                return message
            elif isinstance(message, Cancelled):
                raise JobCancelled("cancelled", "the job was cancelled")
            elif isinstance(message, Failed):
                raise JobFailed(message.code, message.what, message.advice)

    def _chunks(self, request: int, left: Dict[int, int], cancelled: _Cancelled) -> Iterator[Chunk]:
        """The binary messages that answer `request`: transfers in `left` (number: bytes), until all have come."""
        missing = sum(left.values())
        while missing:
            if cancelled():
                self.close()
                raise JobCancelled("cancelled", "the request was given up")
            message = self._receive()
            if isinstance(message, Chunk) and message.transfer in left:
                missing -= len(message.data)
                yield message
            elif isinstance(message, Failed) and message.request == request:
                raise JobFailed(message.code, message.what, message.advice)

    def _persist(self, once: Callable[[], _T], cancelled: _Cancelled) -> _T:
        """Do `once`, and again after each reconnection, until `timeout` seconds passed without a lasting one."""
        tries = 0
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                self._connected()
                return once()
            except Broken as broken:
                lasted = time.monotonic() - self._since
                self.close()
                if broken.refusal is not None and broken.refusal.code != "too_many_connections":
                    raise broken.refusal from None
                if tries and time.monotonic() > deadline:
                    raise ConnectionLost(
                        "connection_lost",
                        f"the connection to the daemon was lost ({broken})",
                        "accepted jobs go on: connect again and wait for the job",
                    ) from None
            if cancelled():
                raise JobCancelled("cancelled", "given up while the daemon could not be reached", "it may still run")
            if lasted > _LASTING:
                tries, deadline = 0, time.monotonic() + self._timeout
            time.sleep(_BACK_OFF[min(tries, len(_BACK_OFF) - 1)])
            tries += 1
