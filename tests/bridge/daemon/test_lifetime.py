"""One daemon a user: started by clients, found by its runtime file, ended in order."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bridge.installation import installation
from bridge.wire import Client, DaemonUnavailable, Options
from bridge.wire.discovery import (
    HOME_VARIABLE,
    Install,
    Runtime,
    clean_environment,
    home_folder,
    private_folder,
    read_install,
    read_runtime,
    start,
    start_command,
    write_private,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def home(tmp_path):
    """A home with an install record and no daemon; whatever is started there is stopped."""
    folder = private_folder(tmp_path / "home")
    write_private(folder / "install.json", installation())
    yield folder
    try:
        with Client.connect("test", folder=folder, autostart=False, timeout=1.0) as client:
            client.stop()
    except DaemonUnavailable:
        pass


def ended(process):
    return process.wait(20)


def test_a_client_starts_the_daemon_and_the_next_finds_it(home, tools):
    with Client.connect("first", folder=home) as first, Client.connect("second", folder=home) as second:
        assert first.welcome.pid == second.welcome.pid
        assert {engine.name for engine in first.engines} >= {"nano", "classic"}
        picture = tools.noise(16, 16, channels=3)
        done = first.decompose(picture, Options(engine="classic"))
        assert second.fetch(done.job).width == 16


def test_many_clients_that_start_at_once_get_one_daemon(home):
    found, problems = [], []

    def connect():
        try:
            with Client.connect("racer", folder=home) as client:
                found.append(client.welcome.pid)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=connect) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert problems == []
    assert len(found) == 4
    assert len(set(found)) == 1


LATE = """#!/bin/sh
echo $$ > {place}/late.pid
while [ ! -e {place}/go ]; do sleep 0.02; done
exec {python} "$@"
"""
"""An interpreter that is slow to start."""


def test_a_daemon_that_comes_second_is_ended_and_does_not_wait_for_the_first_to_end(home, tmp_path, tools):
    late = tmp_path / "late"
    late.write_text(LATE.format(place=tmp_path, python=sys.executable))
    late.chmod(0o755)
    prompt = read_install(home)
    assert prompt is not None
    write_private(home / "install.json", Install(str(late), prompt.version, prompt.path or (str(ROOT),)))
    found = []
    slow = threading.Thread(target=lambda: found.append(start(home)))
    slow.start()
    tools.until((tmp_path / "late.pid").exists)
    write_private(home / "install.json", Install(prompt.python, prompt.version, prompt.path or (str(ROOT),)))
    first = start(home)
    slow.join(20)
    assert found == [first]
    with Client.connect("test", folder=home, autostart=False) as client:
        client.stop()
    tools.until(lambda: not tools.alive(first.pid))
    (tmp_path / "go").touch()
    second = int((tmp_path / "late.pid").read_text())
    tools.until(lambda: not tools.alive(second), 3)
    assert read_runtime(home) is None


def test_a_stale_runtime_file_is_passed_over(home, tools):
    write_private(home / "daemon.json", Runtime(1, 9, "x" * 43, "0.1.0", 1))
    with Client.connect("test", folder=home) as client:
        pid = client.welcome.pid
    os.kill(pid, signal.SIGKILL)
    tools.until(lambda: not tools.alive(pid))
    assert read_runtime(home) is not None
    with Client.connect("test", folder=home) as client:
        assert client.welcome.pid != pid


def test_a_token_that_is_no_longer_right_is_read_again(home):
    with Client.connect("test", folder=home) as client:
        pid = client.welcome.pid
        runtime = read_runtime(home)
        assert runtime is not None
        write_private(home / "daemon.json", Runtime(runtime.pid, runtime.port, "wrong", "0.1.0", 1))
        with pytest.raises(DaemonUnavailable, match="token"):
            Client.connect("late", folder=home)
        write_private(home / "daemon.json", runtime)
    with Client.connect("test", folder=home) as client:
        assert client.welcome.pid == pid


def test_a_second_daemon_reports_the_first_and_leaves_it_alone(daemon, tools):
    daemon.start()
    before = read_runtime(daemon.folder)
    environ = {**os.environ, HOME_VARIABLE: str(daemon.folder)}
    command = [sys.executable, "-m", "bridge.daemon"]
    second = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=30, check=False)
    assert before is not None
    assert second.returncode == 0
    assert f"pid {before.pid}, port {before.port}" in second.stdout
    assert read_runtime(daemon.folder) == before


def test_the_files_are_private_and_go_with_the_daemon(daemon, tools):
    daemon.start()
    assert daemon.folder.stat().st_mode & 0o777 == 0o700
    assert (daemon.folder / "daemon.json").stat().st_mode & 0o777 == 0o600
    runtime = read_runtime(daemon.folder)
    assert runtime is not None
    assert len(runtime.token) >= 43
    install = read_install(daemon.folder)
    assert install == installation()
    daemon.stop()
    assert not (daemon.folder / "daemon.json").exists()
    assert daemon.workers() == []


def test_a_runtime_file_that_others_could_read_is_not_trusted(daemon):
    daemon.start()
    (daemon.folder / "daemon.json").chmod(0o644)
    assert read_runtime(daemon.folder) is None


def test_an_open_folder_is_closed(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    assert private_folder(folder).stat().st_mode & 0o777 == 0o700


def test_a_daemon_without_clients_and_jobs_ends_by_itself(daemon, tools):
    daemon.settings["idle_exit"] = 0.5
    with daemon.start().client() as client:
        client.submit(tools.noise(4, 4), Options(engine="slow", seed=50))
    assert daemon.process is not None
    assert ended(daemon.process) == 0
    assert "no clients and no jobs" in daemon.log()
    assert " done" in daemon.log()


def test_stop_ends_it_and_accepted_jobs_wait_for_the_next_start(daemon, tools):
    with daemon.start().client() as client:
        job = client.submit(tools.noise(4, 4), Options(engine="slow", seed=30)).job
        tools.running(client, job, "network")
        client.stop()
    assert daemon.process is not None
    assert ended(daemon.process) == 0
    with daemon.start().client() as client:
        client.wait(job)


def test_without_an_installation_the_message_says_what_to_do(tmp_path):
    with pytest.raises(DaemonUnavailable, match="diffdecompose serve") as caught:
        Client.connect("test", folder=tmp_path / "nothing")
    assert caught.value.code == "not_installed"


def test_a_daemon_that_cannot_start_shows_its_last_lines(tmp_path):
    folder = private_folder(tmp_path / "home")
    broken = tmp_path / "broken"
    (broken / "bridge" / "daemon").mkdir(parents=True)
    (broken / "bridge" / "__init__.py").touch()
    (broken / "bridge" / "daemon" / "__init__.py").touch()
    (broken / "bridge" / "daemon" / "__main__.py").write_text("raise RuntimeError('no such luck')")
    write_private(folder / "install.json", Install(sys.executable, "0.1.0", (str(broken),)))
    with pytest.raises(DaemonUnavailable, match="exit code 1") as caught:
        start(folder, wait=20)
    assert "no such luck" in caught.value.log_lines[-1]
    write_private(folder / "install.json", Install(str(tmp_path / "no-python"), "0.1.0"))
    with pytest.raises(DaemonUnavailable, match="cannot be started"):
        start(folder)


def test_what_a_host_program_sets_for_its_own_python_is_taken_away(home, monkeypatch):
    for name in ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "/nowhere")
    kept = clean_environment(os.environ)
    assert not {"PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH"} & set(kept)
    with Client.connect("host", folder=home) as client:
        assert client.jobs() == ()


def test_modules_in_the_current_folder_do_not_shadow_ours(home, tmp_path, monkeypatch):
    (tmp_path / "model.py").write_text("raise RuntimeError('the wrong model')")
    monkeypatch.chdir(tmp_path)
    with Client.connect("host", folder=home) as client:
        assert client.jobs() == ()


def test_the_start_command_finds_bridge_where_the_interpreter_does_not():
    assert start_command(Install("py", "1")) == ["py", "-P", "-m", "bridge.daemon"]
    command = start_command(Install(sys.executable, "1", ("/folder with 'quotes'",)), "json.tool")
    said = subprocess.run([*command, "--help"], capture_output=True, text=True, timeout=30, check=False)
    assert said.returncode == 0


def test_daemon_and_sandboxed_clients_compute_the_same_folder(monkeypatch):
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    plain = home_folder()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, "/snap/changed")
    assert home_folder() == plain


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "port": 1, "token": "", "version": ""}'])
def test_a_damaged_runtime_file_counts_as_none(tmp_path, text):
    path = tmp_path / "daemon.json"
    path.write_text(text)
    path.chmod(0o600)
    assert read_runtime(tmp_path) is None


def test_serve_over_the_network_demands_token_and_certificate(tmp_path):
    environ = {**os.environ, HOME_VARIABLE: str(tmp_path / "home")}

    def serve(*options):
        command = [sys.executable, "-m", "bridge", "serve", *options]
        return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=30, check=False)

    said = serve("--listen", "127.0.0.1")
    assert said.returncode == 2
    assert "ssh -N -L" in said.stderr
    for name in ("token", "cert.pem", "key.pem"):
        (tmp_path / name).write_text("short")
    files = ["--token-file", tmp_path / "token", "--certificate", tmp_path / "cert.pem", "--key", tmp_path / "key.pem"]
    said = serve("--listen", "127.0.0.1", *map(str, files))
    assert (said.returncode, "cannot be read" in said.stderr) == (2, True)


def test_a_remote_daemon_is_reached_over_tls_with_its_token(tmp_path, tools):
    import ssl

    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    token = "remote-token-" + "x" * 30
    (tmp_path / "token").write_text(token + "\n")
    environ = {**os.environ, HOME_VARIABLE: str(tmp_path / "home")}
    files = ["--token-file", "token", "--certificate", "cert.pem", "--key", "key.pem"]
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from bridge.cli import main; main()",
    ]
    command += ["serve", "--listen", "127.0.0.1", "--name", "localhost", *files]
    server = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert server.stdout is not None
        assert b"ready at 127.0.0.1:" in server.stdout.readline()
        port = int(server.stdout.readline().decode().split("also at 127.0.0.1:")[1].split()[0])
        trust = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        with Client.connect("far", url=f"wss://localhost:{port}/", token=token, secure=trust) as client:
            picture = tools.noise(8, 8)
            done = client.decompose(picture, Options(engine="classic"))
            assert bytes(client.fetch(done.job).background.data) == picture.data
        with Client.connect("near", folder=tmp_path / "home", autostart=False) as client:
            assert len(client.jobs()) == 1
        with pytest.raises(DaemonUnavailable, match="token"):
            Client.connect("far", url=f"wss://localhost:{port}/", token="wrong", secure=trust)
    finally:
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=20)
    assert b"WARNING" in errors


def test_the_daemon_is_light(tmp_path):
    code = "import sys, bridge.daemon.service; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(said.stdout.split())
    assert "bridge.daemon.scheduler" in loaded
    assert not {"torch", "onnxruntime", "MNN", "numba", "cv2", "PIL", "psd_tools", "websockets.sync.client"} & loaded
