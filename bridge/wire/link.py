"""One authenticated WebSocket connection that speaks messages: dialling, sending, receiving.

Knows nothing of jobs or retries: a broken connection raises `Broken`, and `client` decides. Python 3.9 syntax.
"""

import ssl
from pathlib import Path
from typing import Any, Optional, Union

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.sync.client import connect

from .codec import decode, encode, encode_chunk
from .discovery import private_folder, read_runtime, start
from .errors import DaemonUnavailable, JobFailed
from .messages import PROTOCOL, VERSION, Chunk, ClientMessage, DaemonMessage, Failed, Hello, Welcome
from .parts import MAX_FRAME

__all__ = ["Broken", "Link", "dial", "dial_local"]

_REFUSALS = {
    401: (
        "wrong_token",
        "the daemon refused the token",
        "close the program that started it, or run 'diffdecompose stop'",
    ),
    403: ("refused", "the daemon refused this connection", "connect to 127.0.0.1, and not from a web page"),
    503: ("too_many_connections", "the daemon has too many connections", "close another client and try again"),
}


class Broken(Exception):
    """The connection could not be made, or ended. `refusal` is set where the daemon itself said why."""

    def __init__(self, reason: str, refusal: Optional[DaemonUnavailable] = None) -> None:
        super().__init__(reason)
        self.refusal = refusal


class Link:
    """A connection after `Welcome`. One thread at a time."""

    def __init__(self, socket: Any, welcome: Welcome) -> None:
        self._socket = socket
        self.welcome = welcome

    def send(self, message: ClientMessage) -> None:
        self._send(encode(message))

    def send_chunk(self, transfer: int, offset: int, data: Any) -> None:
        self._send(encode_chunk(transfer, offset, data))

    def _send(self, frame: Union[str, bytes]) -> None:
        try:
            self._socket.send(frame)
        except (ConnectionClosed, OSError) as error:
            raise Broken(str(error)) from None

    def receive(self, timeout: float) -> Optional[Union[DaemonMessage, Chunk]]:
        """The next message, or None after `timeout` seconds. Raises Broken or BadMessage."""
        frame = _receive(self._socket, timeout)
        return None if frame is None else decode(frame)

    def close(self) -> None:
        self._socket.close()


def dial(
    url: str, token: str, name: str, version: str, secure: Optional[ssl.SSLContext] = None, timeout: float = 5.0
) -> Link:
    """Connect, show the token and exchange Hello and Welcome.

    Raises Broken where nobody answers properly, JobFailed where the daemon speaks another protocol.
    """
    try:
        socket = connect(
            url,
            additional_headers={"Authorization": f"Bearer {token}"},
            compression=None,  # pixels do not shrink in useful time: 4 s instead of 0.4 s for 24 megapixels
            proxy=None,
            max_size=MAX_FRAME,
            max_queue=8,
            ssl=secure,
            open_timeout=timeout,
            close_timeout=1.0,
            ping_interval=20,
            ping_timeout=60,  # a host program may be stopped in a debugger, a laptop may sleep
        )
    except InvalidStatus as error:
        status = error.response.status_code
        code, what, advice = _REFUSALS.get(
            status, ("refused", f"the server answered with status {status}", "check the address")
        )
        raise Broken(what, DaemonUnavailable(what, advice, code=code)) from None
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI, EOFError, ConnectionClosed) as error:
        raise Broken(f"no daemon answers at {url} ({error or type(error).__name__})") from None
    try:
        socket.send(encode(Hello(PROTOCOL, name, version, 1)))
        frame = _receive(socket, timeout)
        answer = None if frame is None else decode(frame)
    except (ConnectionClosed, OSError) as error:
        raise Broken(str(error)) from None
    if isinstance(answer, Welcome):
        return Link(socket, answer)
    socket.close()
    if isinstance(answer, Failed):
        raise JobFailed(answer.code, answer.what, answer.advice)
    raise Broken(f"no daemon answers at {url}")


def dial_local(folder: Path, name: str, autostart: bool) -> Link:
    """The daemon of this user. A runtime file that a killed daemon left is passed over, and a new one started.

    Raises as `dial`, and DaemonUnavailable where none can be started.
    """
    private_folder(folder)
    runtime = read_runtime(folder)
    if runtime is not None:
        try:
            return dial(runtime.url, runtime.token, name, VERSION)
        except Broken as broken:
            stale = broken.refusal is None or broken.refusal.code == "wrong_token"
            if not autostart or not stale:
                raise
    elif not autostart:
        raise Broken("no daemon runs")
    runtime = start(folder)
    return dial(runtime.url, runtime.token, name, VERSION)


def _receive(socket: Any, timeout: float) -> Optional[Union[str, bytes]]:
    try:
        return socket.recv(timeout=timeout)
    except TimeoutError:
        return None
    except (ConnectionClosed, OSError) as error:
        raise Broken(str(error)) from None
