"""Who may connect: decided on the HTTP request, before there is a WebSocket.

Web pages can reach 127.0.0.1, so: no Origin at all (browsers always send one with a WebSocket), a Host that is ours
(against names rebound to 127.0.0.1), and the token. Knows nothing of messages.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

__all__ = ["guard"]


def guard(token: str, hosts: Iterable[str], full: Callable[[], bool]) -> Callable[..., Response | None]:
    """A `process_request` for websockets. hosts: allowed names without port.   full: whether no connection is left."""
    allowed = {host.lower() for host in hosts}
    expected = f"Bearer {token}".encode()

    def check(connection: ServerConnection, request: Request) -> Response | None:
        origins = request.headers.get_all("Origin")
        host = request.headers.get_all("Host")
        if origins:
            return connection.respond(HTTPStatus.FORBIDDEN, "web pages may not use this service\n")
        if len(host) != 1 or _name(host[0]) not in allowed:
            return connection.respond(HTTPStatus.FORBIDDEN, "this host name is not served here\n")
        given = request.headers.get_all("Authorization")
        if len(given) != 1 or not hmac.compare_digest(given[0].encode("utf-8", "replace"), expected):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "the token is missing or wrong\n")
        if full():
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections: close another client\n")
        return None

    return check


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()
