"""The commands of the service, in processes of their own, as a person runs them."""

import json
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bridge.wire import Options
from bridge.wire.discovery import HOME_VARIABLE

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def shell(daemon):
    """Runs `diffdecompose WORDS` against the daemon of this test; its exit code and what it said."""

    def run(*words, home=None):
        environ = {**os.environ, HOME_VARIABLE: str(home or daemon.folder)}
        command = [sys.executable, "-m", "bridge", *map(str, words)]
        said = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in said.stderr
        return said.returncode, said.stdout + said.stderr

    return run


def test_without_a_daemon_every_command_says_so(shell, tmp_path):
    for words in (["status"], ["jobs"], ["cancel", "--all"]):
        assert shell(*words, home=tmp_path) == (5, "diffdecompose: no daemon runs\n")
    assert shell("stop", home=tmp_path) == (0, "no daemon runs\n")
    assert shell("logs", home=tmp_path)[0] == 0


def test_status_and_jobs_tell_what_is_going_on(daemon, shell, tools):
    with daemon.start().client() as client:
        slow = client.submit(tools.noise(4, 4), Options(engine="slow", seed=200)).job
        waiting = client.submit(tools.noise(6, 5), Options(engine="null"), title="a title").job
        tools.running(client, slow, "network")
        code, said = shell("status")
        assert code == 0
        assert "jobs: 1 queued, 1 running" in said
        assert "missing        unavailable  its weights are missing: fetch them" in said
        status = json.loads(shell("status", "--json")[1])
        assert status["jobs"] == {"queued": 1, "running": 1}
        assert status["engines"]["null"] == "ready"
        code, said = shell("jobs")
        lines = said.splitlines()
        assert waiting in lines[0]
        assert "queued" in lines[0]
        assert "6x5" in lines[0]
        assert "place 1" in lines[0]
        assert "running" in lines[1]
        assert "network" in lines[1]
        described = [json.loads(line) for line in shell("jobs", "--json")[1].splitlines()]
        assert [job["job"] for job in described] == [waiting, slow]
        assert shell("cancel", slow[:12]) == (0, f"{slow} cancelled\n")
        assert shell("cancel", "unheard-of")[0] == 2
        client.wait(waiting)
        assert shell("cancel", "--all") == (0, "nothing to cancel\n")
        assert "done" in shell("jobs")[1]
    assert f"job={slow} cancelled" in shell("logs", "--job", slow)[1]
    assert waiting not in shell("logs", "--job", slow)[1]
    assert shell("stop") == (0, "the daemon ended\n")
    assert daemon.process.wait(10) == 0


def test_a_daemon_of_another_version_can_still_be_stopped(daemon, shell):
    daemon.start(role="future")
    code, said = shell("status")
    assert (code, "update the client" in said, "diffdecompose stop" in said) == (2, True, True)
    assert shell("stop") == (0, "the daemon ended\n")
    assert daemon.process.wait(10) == 0


def test_doctor_says_what_a_helper_would_ask_and_keeps_secrets(daemon, shell, tools, tmp_path):
    with daemon.start().client() as client:
        client.decompose(tools.noise(4, 4), Options(engine="null", prompt="secret"), title="secret")
    token = tools.read_runtime(daemon.folder).token
    target = tmp_path / "diagnostics.zip"
    code, said = shell("doctor", "--zip", target)
    assert code == 0
    for word in (
        "Python",
        "memory",
        "disk",
        "GPU",
        "websockets 15",
        "engine classic: ready",
        "daemon: pid",
        "errors",
    ):
        assert word in said
    with zipfile.ZipFile(target) as archive:
        assert set(archive.namelist()) == {"doctor.txt", "daemon.log"}
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert token.encode() not in everything
    assert b"secret" not in everything
    assert shell("doctor", "--zip", tmp_path / "no" / "such" / "folder.zip")[0] == 2


def test_logs_can_be_followed(daemon, tools):
    from bridge.logs import follow_lines

    daemon.start()
    seen = []
    reader = threading.Thread(target=lambda: seen.extend(follow_lines(daemon.folder, seconds=3.0)))
    reader.start()
    with daemon.client() as client:
        job = client.decompose(tools.noise(4, 4), Options(engine="null")).job
    reader.join()
    assert any(f"job={job} done" in line for line in seen)


def test_the_log_rotates(tmp_path):
    import logging

    from bridge.logs import LOG, open_log, read_lines

    log = logging.getLogger("diffdecompose")
    before = list(log.handlers)
    open_log(tmp_path)
    try:
        for number in range(30_000):
            log.info("job=%032d a line of the usual length, or a bit more", number)
    finally:
        for handler in set(log.handlers) - set(before):
            log.removeHandler(handler)
            handler.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == [LOG, f"{LOG}.1", f"{LOG}.2", f"{LOG}.3"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 4 << 20
    assert "job=00000000000000000000000000029999 " in read_lines(tmp_path)[-1]


@pytest.mark.parametrize("choice", ["never", "auto", "always"])
def test_decompose_gives_the_same_layers_with_and_without_the_daemon(choice, shell, tmp_path, daemon):
    daemon.start()
    ramp = np.linspace(40, 120, 48 * 64 * 3).reshape(48, 64, 3)
    Image.fromarray((0.4 * ramp + 0.6 * 230).astype(np.uint8)).save(tmp_path / "fog.png")
    words = ["decompose", tmp_path / "fog.png", "--engine", "classic", "--kind", "fog", "--json"]
    code, said = shell(*words, "-o", tmp_path / "layers", "--daemon", choice)
    assert code == 0
    told = json.loads(said)
    assert (told["kind"], told["recomposition_error"], told["engine"]) == ("fog", 0, "classic")
    assert shell(*words, "-o", tmp_path / "here", "--daemon", "never")[0] == 0
    for name in ("background.png", "foreground.png"):
        ours = np.asarray(Image.open(tmp_path / "layers" / name))
        assert np.array_equal(ours, np.asarray(Image.open(tmp_path / "here" / name)))
    assert ("accepted 64x48" in daemon.log()) == (choice != "never")
