"""The stage with both programs, the daemon they speak to, and pictures that show every mistake of one level.

Where the root cannot be built the tests are skipped and say why; CI on Linux as root fails instead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.assembly import build
from bridge.wire import Client
from tests.hosts.hands import GimpHands, KritaHands
from tests.hosts.stage import Stage

HERE = Path(__file__).parent
ENGINE = "nano"
STARTER = """#!/bin/sh
touch {wanted}
left=200
while [ -e {wanted} ] && [ $left -gt 0 ]; do sleep 0.1; left=$((left - 1)); done
"""
"""Stands for an interpreter that starts the service: asks for it, and ends when it runs."""


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("hosts")


@pytest.fixture(scope="session")
def root() -> Path:
    made = subprocess.run([str(HERE / "make_root")], capture_output=True, text=True)
    if made.returncode:
        reason = "NO HOST TESTS: the root with Krita and GIMP cannot be built here: " + made.stderr.strip()[-500:]
        if os.environ.get("CI") == "true" and sys.platform == "linux" and os.geteuid() == 0:
            pytest.fail(reason)
        print(reason, file=sys.stderr)
        pytest.skip(reason)
    return Path(made.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def stage(root):
    if "PYTEST_XDIST_WORKER" in os.environ:
        with suppress(PermissionError):  # root of a container without that right
            os.setpriority(os.PRIO_PROCESS, 0, 0)  # what is timed here goes before what other workers compute
    stage = Stage(root)
    stage.raise_curtain()
    yield stage
    stage.drop_curtain()


class House:
    """The daemon, in a folder of its own that the programs see."""

    def __init__(self, stage: Stage, name: str = "daemon") -> None:
        self.stage = stage
        self.folder = stage.place / name
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.process: subprocess.Popen | None = None
        self._wanted = self.folder / "wanted"
        self._starter = self.folder / "starter"
        # What the programs start runs in their root, where the service cannot: it asks for the one outside.
        self._starter.write_text(STARTER.format(wanted=f"{self.inside}/wanted"))
        self._starter.chmod(0o755)
        self._alive = True
        threading.Thread(target=self._answer_wishes, daemon=True).start()

    def _answer_wishes(self) -> None:
        while self._alive:
            if self._wanted.exists():
                self.start()
                self._wanted.unlink()
            time.sleep(0.1)

    @property
    def inside(self) -> str:
        return self.stage.inside(self.folder)

    def start(self, *protocol: str) -> None:
        command = [sys.executable, "-P", str(HERE / "house.py"), "daemon", str(self.folder), *protocol]
        log = open(self.stage.place / "house.log", "ab")  # noqa: SIM115 - the daemon's for its life
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, env={**os.environ, "OMP_NUM_THREADS": "2"}
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n", (self.stage.place / "house.log").read_text()
        record = {"python": f"{self.inside}/starter", "version": "0.1.0", "path": []}
        (self.folder / "install.json").write_text(json.dumps(record))

    @contextmanager
    def held(self):
        """Jobs whose prompt is "held" do not end before this does, or before `release`."""
        (self.folder / "hold").touch()
        try:
            yield
        finally:
            self.release()

    def release(self) -> None:
        (self.folder / "hold").unlink(missing_ok=True)

    def busy(self) -> bool:
        """Whether a job runs."""
        return any(job.state == "running" for job in self.jobs())

    def waiting(self) -> bool:
        """Whether a job waits for another to end."""
        return any(job.state == "queued" for job in self.jobs())

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self) -> None:
        self._alive = False
        self.kill()

    @contextmanager
    def not_installed(self):
        """As long as this lasts nothing tells where a service runs or how one is started."""
        names = [self.folder / name for name in ("daemon.json", "install.json")]
        for name in names:
            name.rename(name.with_suffix(".away"))
        yield
        for name in names:
            name.with_suffix(".away").rename(name)

    def jobs(self):
        """The job list, newest first."""
        with Client.connect("tests", folder=self.folder, autostart=False) as client:
            return client.jobs()


@pytest.fixture(scope="session")
def house(stage):
    house = House(stage)
    house.start()
    yield house
    house.close()


@pytest.fixture(scope="session")
def plugins(stage) -> dict[str, Path]:
    """The built plugins, as `diffdecompose plugins build` makes them, unpacked as the programs unpack them."""
    out = stage.place / "plugins"
    with zipfile.ZipFile(build("krita", out)) as archive:
        archive.extractall(out / "krita")
    build("gimp", out / "gimp")
    return {"krita": out / "krita", "gimp": out / "gimp"}


class Kept:
    """A program that stays open from test to test, and is started again after it crashed."""

    def __init__(self, start: Callable[[], Any]) -> None:
        self._start = start
        self._hands: Any = None

    def live(self) -> Any:
        if self._hands is None or not self._hands.program.runs:
            self._hands = self._start()
        return self._hands

    def tidy(self) -> None:
        if self._hands.program.runs:
            self._hands.close_all()


@pytest.fixture(scope="session")
def kept_krita(stage, house, plugins):
    with ExitStack() as stack:

        def start() -> KritaHands:
            program = stack.enter_context(stage.krita(plugins["krita"], DIFFDECOMPOSE_HOME=house.inside))
            program.wait_until("app.activeWindow() is not None")
            return KritaHands(program, stage)

        yield Kept(start)


@pytest.fixture(scope="session")
def kept_gimp(stage, house, plugins):
    with ExitStack() as stack:

        def start() -> GimpHands:
            return GimpHands(stack.enter_context(stage.gimp(plugins["gimp"], DIFFDECOMPOSE_HOME=house.inside)), stage)

        yield Kept(start)


@pytest.fixture
def krita(kept_krita):
    yield kept_krita.live()
    kept_krita.tidy()


@pytest.fixture
def gimp(kept_gimp):
    yield kept_gimp.live()
    kept_gimp.tidy()


@pytest.fixture(params=["krita", "gimp"])
def host(request):
    """Each program in turn."""
    return request.getfixturevalue(request.param)


def picture(width=160, height=120, dtype: Any = np.uint8, channels=4, seed=7) -> np.ndarray:
    """Gradients, and noise over every level on one side: any two neighbouring levels meet every alpha. Opaque."""
    rng = np.random.default_rng(seed)
    top = 1.0 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max
    y, x = np.mgrid[0:height, 0:width] / (max(width, height) - 1)
    smooth = np.stack([0.2 + 0.6 * x, 0.8 - 0.5 * y, 0.3 + 0.3 * (x + y)], axis=-1)
    values = np.where(x[..., None] > 0.5, smooth, rng.random((height, width, 3)))
    if channels == 2:
        values = values[..., :1]
    out = np.empty((height, width, channels), dtype)
    out[..., :-1] = values * top if np.dtype(dtype).kind == "f" else np.rint(values * top)
    out[..., -1] = top
    return out


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference of two pictures; where both are clear, colour does not count."""
    assert a.shape == b.shape
    if np.array_equal(a, b):
        return 0.0
    seen = (a[..., -1:] > 0) | (b[..., -1:] > 0)
    return float(np.abs(np.where(seen, a.astype(np.float64) - b.astype(np.float64), 0)).max())
