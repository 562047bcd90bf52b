"""Dialling somebody who is going away: whatever moment that is, it is `Broken`, which a client survives."""

import socket
import struct
import threading

import pytest

from bridge.wire.link import Broken, dial


@pytest.fixture
def hangs_up():
    """A listener that resets every connection, some before a byte has come, some after the request."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_hang_up, args=(server,), daemon=True).start()
        yield f"ws://127.0.0.1:{server.getsockname()[1]}/"


def _hang_up(server: socket.socket) -> None:
    number = 0
    while True:
        try:
            caller, _ = server.accept()
        except OSError:  # the test is over
            return
        if number % 3:
            caller.recv(100 * (number % 3))
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        caller.close()
        number += 1


def test_a_daemon_that_is_killed_while_it_is_dialled_is_a_broken_connection(hangs_up):
    for _ in range(60):
        with pytest.raises(Broken):
            dial(hangs_up, "token", "test", "0")


def test_nobody_there_is_a_broken_connection_too():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Broken, match="no daemon answers"):
        dial(f"ws://127.0.0.1:{port}/", "token", "test", "0")
