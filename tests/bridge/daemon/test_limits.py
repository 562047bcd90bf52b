"""Bad input over the real connection: a Failed with a code and a next step, and the connection kept."""

import contextlib
import json
import resource
import shutil
import socket
import time

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bridge.wire import BadMessage, DaemonUnavailable, JobFailed, Options, Picture, new_job_id
from bridge.wire.codec import decode, encode, encode_chunk
from bridge.wire.link import Broken, dial
from bridge.wire.messages import (
    Accepted,
    Attach,
    Cancel,
    Cancelled,
    Decompose,
    Failed,
    Fetch,
    Finished,
    Hello,
    Jobs,
    Ready,
)
from bridge.wire.parts import Pixels


class Raw:
    """A connection that sends what a decent client would not."""

    def __init__(self, daemon, tools, hello=True, **headers):
        runtime = tools.read_runtime(daemon.folder)
        sent = {"Authorization": f"Bearer {runtime.token}", **headers}
        self.socket = connect(
            runtime.url, additional_headers=sent, compression=None, proxy=None, max_size=None, close_timeout=1
        )
        if hello:
            assert self.ask(Hello(1, "raw", "0", 1)).request == 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, message):
        self.socket.send(message if isinstance(message, str | bytes) else encode(message))

    def receive(self, kind=None, timeout=10):
        deadline = time.monotonic() + timeout
        while True:
            message = decode(self.socket.recv(timeout=deadline - time.monotonic()))
            if type(message).__name__ != "EngineState" and (kind is None or isinstance(message, kind)):
                return message

    def ask(self, message, kind=None):
        self.send(message)
        return self.receive(kind)


@pytest.fixture
def raw(shared, tools):
    with Raw(shared, tools) as connection:
        yield connection


def request(width=2, height=2, **fields):
    told = Pixels(1, width * height * 4, width, height)
    return Decompose(new_job_id(), told, Options(engine="null"), request=9, **fields)


def still_there(raw):
    assert raw.ask(Jobs(99)).request == 99


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": ""}, 401),
        ({"Origin": "http://localhost"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example:80"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
    ],
    ids=str,
)
def test_strangers_are_refused_before_the_upgrade(shared, tools, headers, status):
    runtime = tools.read_runtime(shared.folder)
    sent = {"Host": f"127.0.0.1:{runtime.port}", "Authorization": f"Bearer {runtime.token}", **headers}
    lines = [f"{name}: {value}" for name, value in sent.items() if value]
    upgrade = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    with socket.create_connection(("127.0.0.1", runtime.port), timeout=5) as plain:
        plain.sendall("\r\n".join(["GET / HTTP/1.1", *lines, *upgrade, key, "", ""]).encode())
        answer = plain.recv(4096).decode()
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert runtime.token not in answer


def test_the_right_request_would_have_been_let_in(shared, tools):
    with Raw(shared, tools) as raw:
        still_there(raw)


def test_a_wrong_token_is_explained(shared, tools):
    with pytest.raises(Broken) as caught:
        dial(tools.read_runtime(shared.folder).url, "wrong", "test", "0")
    assert isinstance(caught.value.refusal, DaemonUnavailable)
    assert caught.value.refusal.code == "wrong_token"


@pytest.mark.parametrize(("protocol", "side"), [(2, "update the daemon"), (0, "update the client")])
def test_a_protocol_mismatch_says_which_side_to_update(shared, tools, protocol, side):
    with Raw(shared, tools, hello=False) as raw:
        answer = raw.ask(Hello(protocol, "old plugin", "0", 5))
        assert (answer.code, answer.request) == ("protocol_mismatch", 5)
        assert side in answer.advice
        with pytest.raises(ConnectionClosed):
            raw.socket.recv(timeout=5)


def test_nothing_is_answered_before_hello(shared, tools):
    with Raw(shared, tools, hello=False) as raw:
        assert raw.ask(Jobs(3)).code == "bad_message"
        assert raw.ask(Hello(1, "", "", 4)).request == 4


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "bad_message"),
        (b"\0\1\2", "bad_message"),
        ('{"type": "refine", "request": 4}', "unknown_message"),
        ('{"type": "welcome", "protocol": 1, "version": "", "engines": [], "limits": {"pixels": 1, "side": 1}}',
         "unknown_message"),
        ('{"type": "fetch", "job": 7, "request": 4}', "bad_request"),
        (b"DDpx" + bytes(12 + (4 << 20) + 1), "too_large"),
        ("x" * ((1 << 20) + 1), "too_large"),
    ],
    ids=["json", "binary", "unknown", "not ours", "type", "chunk", "text"],
)  # fmt: skip
def test_a_bad_message_is_answered_and_the_connection_kept(raw, frame, code):
    answer = raw.ask(frame)
    assert isinstance(answer, Failed)
    assert answer.code == code
    assert answer.what
    assert answer.advice
    still_there(raw)


def test_a_message_above_the_frame_limit_closes_only_this_connection(shared, tools, client):
    with Raw(shared, tools) as raw:
        with contextlib.suppress(ConnectionClosed):
            raw.send(bytes((8 << 20) + 1))
        with pytest.raises(ConnectionClosed) as caught:
            raw.receive(ConnectionClosed)
        assert caught.value.rcvd is None or caught.value.rcvd.code == 1009
    client.jobs()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"width": 0, "size": 0}, "bad_pixels"),
        ({"size": 17}, "bad_pixels"),
        ({"width": 30001, "height": 1, "size": 120004}, "too_large"),
        ({"width": 20000, "height": 20000, "size": 1600000000}, "too_large"),
        ({"width": 10**9, "height": 10**9, "size": 4 * 10**18}, "too_large"),
    ],
    ids=str,
)
def test_pictures_that_cannot_be_taken_are_refused_before_any_pixel(raw, change, code):
    fields = json.loads(encode(request()))
    fields["pixels"].update(change)
    answer = raw.ask(json.dumps(fields))
    assert (answer.code, answer.request) == (code, 9)
    still_there(raw)


def test_an_unknown_engine_is_refused(raw):
    fields = json.loads(encode(request()))
    fields["options"]["engine"] = "magic"
    assert raw.ask(json.dumps(fields)).code == "unknown_engine"
    still_there(raw)


@pytest.mark.parametrize(
    ("offset", "data"), [(0, bytes(17)), (4, bytes(4)), (1 << 40, b"x")], ids=["more", "gap", "far"]
)
def test_bytes_that_do_not_fit_what_was_declared_end_the_upload(raw, shared, offset, data):
    message = request()
    assert isinstance(raw.ask(message), Ready)
    answer = raw.ask(encode_chunk(1, offset, data))
    assert (answer.code, answer.job, answer.request) == ("bad_pixels", message.job, 9)
    raw.send(encode_chunk(1, 0, bytes(16)))  # still on its way when it was given up: ignored
    still_there(raw)
    assert isinstance(raw.ask(message), Ready)
    raw.send(encode_chunk(1, 0, bytes(16)))
    raw.receive(Finished)


def test_floats_that_are_no_numbers_are_refused(client):
    picture = Picture(1, 1, b"\0\0\xc0\x7f" * 4, depth="f32")
    with pytest.raises(JobFailed, match="not numbers") as caught:
        client.decompose(picture, Options(engine="null"))
    assert caught.value.code == "bad_pixels"


def test_impossible_arguments_never_leave_the_client(client):
    with pytest.raises(BadMessage, match="16 bytes, not 15"):
        client.decompose(Picture(2, 2, bytes(15)), Options(engine="null"))
    with pytest.raises(BadMessage, match="seed"):
        client.decompose(Picture(2, 2, bytes(16)), Options(seed=-1))


def test_a_full_queue_says_to_wait(daemon, tools):
    daemon.settings["limits"] = {"queued": 2}
    with daemon.start().client() as client:
        client.submit(tools.noise(4, 4), Options(engine="slow", seed=100))
        tools.until(lambda: client.jobs()[0].state == "running")
        for _ in range(2):
            client.submit(tools.noise(4, 4), Options(engine="null"))
        with pytest.raises(JobFailed, match="wait") as caught:
            client.submit(tools.noise(4, 4), Options(engine="null"))
        assert caught.value.code == "queue_full"


def test_too_many_connections_are_turned_away_and_room_is_made_again(daemon, tools):
    daemon.settings["limits"] = {"connections": 3}
    daemon.start()
    clients = [daemon.client() for _ in range(3)]
    with pytest.raises(DaemonUnavailable) as caught:
        daemon.client(timeout=0.1)
    assert caught.value.code == "too_many_connections"
    clients.pop().close()

    def room():
        try:
            return daemon.client(timeout=5.0)
        except DaemonUnavailable:  # the daemon has not noticed yet that one left
            return None

    tools.until(room).close()


def test_questions_about_jobs_that_are_not_there(raw):
    assert raw.ask(Attach("never-there", 4)).code == "unknown_job"
    assert raw.ask(Fetch("never-there", request=5)).code == "unknown_job"
    message = request()
    raw.ask(message)
    raw.send(encode_chunk(1, 0, bytes(16)))
    raw.receive(Finished)
    assert raw.ask(Fetch(message.job, 3, request=6)).code == "no_candidate"


def test_fetching_before_the_end_is_refused(client, tools):
    job = client.submit(tools.noise(4, 4), Options(engine="slow", seed=100)).job
    with pytest.raises(JobFailed) as caught:
        client.fetch(job)
    assert caught.value.code == "not_finished"
    client.forget(job)


def test_a_client_that_vanishes_while_handing_in_leaves_nothing(shared, tools):
    before = shared.pixel_folders()
    with Raw(shared, tools) as raw:
        message = request(1000, 1000)
        raw.ask(message)
        raw.send(encode_chunk(1, 0, bytes(1 << 20)))
        raw.socket.socket.shutdown(socket.SHUT_RDWR)
    incoming = shared.folder / "jobs" / "incoming"
    tools.until(lambda: list(incoming.iterdir()) == [])
    assert shared.pixel_folders() == before


def test_a_client_that_vanishes_while_its_job_runs_finds_it_done(shared, tools, client):
    with Raw(shared, tools) as raw:
        message = request()
        raw.ask(message)
        raw.send(encode_chunk(1, 0, bytes(16)))
        raw.receive(Accepted)
        raw.socket.socket.shutdown(socket.SHUT_RDWR)
    assert client.wait(message.job).job == message.job


def test_a_client_that_vanishes_while_fetching_harms_nobody(shared, tools, client):
    job = client.decompose(tools.noise(1500, 1500), Options(engine="null")).job
    with Raw(shared, tools) as raw:
        raw.ask(Fetch(job, request=7))
        raw.socket.socket.shutdown(socket.SHUT_RDWR)
    assert len(client.fetch(job).background.data) == 9_000_000
    client.forget(job)


def test_an_upload_without_bytes_is_dropped(daemon, tools):
    daemon.settings["upload_idle"] = 0.5
    daemon.start()
    with Raw(daemon, tools) as raw:
        message = request()
        raw.ask(message)
        answer = raw.receive(Failed)
        assert (answer.code, answer.job) == ("upload_stopped", message.job)
        still_there(raw)


def test_handing_in_again_on_a_new_connection_voids_the_old_upload(shared, tools):
    message = request()
    with Raw(shared, tools) as first, Raw(shared, tools) as second:
        assert isinstance(first.ask(message), Ready)
        assert isinstance(second.ask(message), Ready)
        first.send(encode_chunk(1, 0, b"\1" * 16))
        second.send(encode_chunk(1, 0, b"\2" * 16))
        second.receive(Finished)
        layers = second.ask(Fetch(message.job, request=3))
        assert bytes(second.receive().data) == b"\2" * layers.layers[0].pixels.size


def test_a_cancel_during_the_upload_is_answered(raw):
    message = request(1000, 1000)
    raw.ask(message)
    raw.send(encode_chunk(1, 0, bytes(1000)))
    answer = raw.ask(Cancel(message.job, 12))
    assert (answer, still_there(raw)) == (Cancelled(message.job, 12), None)


def test_a_cancel_never_waits_behind_a_download(shared, tools, client):
    job = client.decompose(tools.noise(3000, 2500), Options(engine="null")).job
    slow = client.submit(tools.noise(4, 4), Options(engine="slow", seed=100)).job
    with Raw(shared, tools) as raw:
        raw.send(Fetch(job, request=7))
        raw.send(Cancel(slow, 8))
        before = 0
        while not isinstance(message := raw.receive(), Cancelled):
            before += len(getattr(message, "data", b""))
        assert before < 15_000_000
    client.forget(job)
    client.forget(slow)


def small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


def test_a_full_disk_ends_the_upload_with_a_clear_word_and_the_service_goes_on(daemon, tools):
    daemon.start(preexec=small_files)  # no file may grow beyond 1 MiB, which looks like a full disk
    with daemon.client() as client:
        with pytest.raises(JobFailed, match="free space") as caught:
            client.decompose(tools.noise(1000, 1000), Options(engine="null"))
        assert caught.value.code == "disk_full"
        done = client.decompose(tools.noise(100, 100), Options(engine="null"))
        assert len(client.fetch(done.job).background.data) == 40_000
    assert daemon.pixel_folders() == [done.job]


def test_a_result_that_does_not_fit_on_the_disk_fails_with_a_clear_word(daemon, tools):
    daemon.start(preexec=small_files)
    with daemon.client() as client:
        picture = tools.noise(500, 600, channels=3)  # 0.9 MB; as a layer with alpha 1.2 MB
        with pytest.raises(JobFailed, match="disk is full"):
            client.decompose(picture, Options(engine="tint"))
        assert client.jobs()[0].code == "disk_full"


def test_too_little_room_is_noticed_before_any_pixel(daemon, tools):
    daemon.settings["margin"] = shutil.disk_usage("/").total * 2
    with daemon.start().client() as client:
        with pytest.raises(JobFailed) as caught:
            client.submit(tools.noise(4, 4), Options(engine="null"))
        assert caught.value.code == "disk_full"


def test_the_log_holds_neither_token_nor_prompt_nor_title(daemon, tools):
    with daemon.start().client() as client:
        options = Options(engine="null", prompt="a secret prompt")
        client.decompose(tools.noise(4, 4), options, title="a secret title")
    log = daemon.log()
    runtime = tools.read_runtime(daemon.folder)
    assert runtime.token not in log
    assert "secret" not in log
