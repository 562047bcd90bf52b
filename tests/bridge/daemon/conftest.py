"""The real daemon in its own process, the real client, real workers; a few odd engines beside the real ones."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bridge.wire import Client, Picture
from bridge.wire.discovery import read_runtime

ENGINES_SCRIPT = Path(__file__).with_name("scripted_engines.py")


class DaemonProcess:
    """A daemon of its own in `folder`, started and killed at will."""

    def __init__(self, folder, **settings):
        self.folder = folder
        self.settings = {"margin": 1 << 20, **settings}
        self.process = None

    def start(self, preexec=None, role="daemon"):
        command = [sys.executable, "-P", str(ENGINES_SCRIPT), role, str(self.folder), json.dumps(self.settings)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=preexec)
        assert self.process.stdout is not None
        if self.process.stdout.readline() != b"ready\n":
            raise AssertionError(self.process.communicate()[1].decode()[-2000:])
        return self

    def client(self, timeout=20.0):
        return Client.connect("test", folder=self.folder, autostart=False, timeout=timeout)

    def kill(self):
        """As the system would: no farewell."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate()
        self.process = None

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.communicate(timeout=20)
            self.process = None

    def log(self):
        return (self.folder / "daemon.log").read_text()

    def pixel_folders(self):
        return sorted(path.name for path in (self.folder / "jobs" / "pictures").iterdir())

    def workers(self, device="cpu"):
        """Process ids of the living workers of a device, by the log."""
        lines = [line for line in self.log().splitlines() if f"worker={device} pid=" in line]
        pids = dict.fromkeys(int(line.split("pid=")[1].split()[0]) for line in lines)
        return [pid for pid in pids if alive(pid)]


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def until(condition, seconds=10.0):
    """Wait until `condition()` is true; its value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come to be in time")


def noise(width, height, channels=4, seed=1):
    """A picture of random bytes, the same for the same seed."""
    import numpy as np

    data = np.random.default_rng(seed).integers(0, 256, width * height * channels, np.uint8).tobytes()
    return Picture(width, height, data, channels)


def running(client, job, stage=None):
    """Wait until the job runs (in `stage`)."""
    return until(
        lambda: any(
            line.job == job and line.state == "running" and (stage is None or line.stage == stage)
            for line in client.jobs()
        )
    )


@pytest.fixture
def daemon(tmp_path):
    """A daemon that this test may break; not started yet."""
    made = DaemonProcess(tmp_path / "home")
    yield made
    made.stop()


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """One daemon for all tests that leave it as it was."""
    made = DaemonProcess(tmp_path_factory.mktemp("shared") / "home").start()
    yield made
    made.stop()


@pytest.fixture
def client(shared):
    with shared.client() as connected:
        yield connected
    with shared.client() as tidy:
        for line in tidy.jobs():
            tidy.forget(line.job)


@pytest.fixture(scope="session")
def tools():
    """The helpers above, for test files, which cannot import a conftest."""
    spec = importlib.util.spec_from_file_location("daemon_tools", __file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


__all__ = ["DaemonProcess", "alive", "noise", "os", "read_runtime", "running", "until"]
