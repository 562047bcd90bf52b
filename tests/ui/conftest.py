"""A window with its controller, and the real daemon in a folder of its own; offscreen unless a display is asked for."""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPoint, Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import QApplication

from bridge.wire import CandidateInfo, Client, Preview
from bridge.wire.discovery import HOME_VARIABLE, Install, private_folder, write_private
from model.types import Composite, Layer
from ui import app, settings
from ui.controller import Controller
from ui.entries import CandidateView, Entry
from ui.session import Document, Session
from ui.window import MainWindow

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90_000
"""Milliseconds: a machine may be busy."""
DEAD = 2**22 - 3
"""A process id that nobody has (Linux's largest is 2^22)."""


@pytest.fixture(scope="session")
def daemon_home(tmp_path_factory):
    """The folder of a daemon that the first client starts; ended with the tests."""
    folder = private_folder(tmp_path_factory.mktemp("viewer") / "home")
    write_private(folder / "install.json", Install(sys.executable, "0.1.0", (str(ROOT),)))
    yield folder
    try:
        with Client.connect("tests", folder=folder, autostart=False) as client:
            client.stop()
    except Exception:  # no test started it
        pass


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder without a daemon and without a record of how to start one."""
    folder = private_folder(tmp_path / "home")
    monkeypatch.setenv(HOME_VARIABLE, str(folder))
    return folder


@pytest.fixture
def live_home(daemon_home, monkeypatch):
    """The shared daemon's folder; what the viewer itself keeps there is removed."""
    monkeypatch.setenv(HOME_VARIABLE, str(daemon_home))
    for path in (daemon_home / "viewer").rglob("*"):
        if path.is_file():
            path.unlink()
    return daemon_home


class Hands:
    """A window, and what a person does with it."""

    def __init__(self, qtbot, chosen=None):
        self.qtbot = qtbot
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        app.furnish(application, chosen or settings.Settings(theme="dark"))
        self.window = MainWindow(Session())
        self.controller = Controller(self.window, chosen or settings.Settings(theme="dark"))
        self.window.resize(1280, 820)
        with qtbot.waitActive(self.window, timeout=PATIENCE):
            self.window.show()
            self.window.activateWindow()
        self.canvas = self.window.canvas
        self.gone = False

    @property
    def document(self):
        return self.window.session.active

    def wait(self, condition, timeout=PATIENCE):
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=timeout)

    def open(self, *paths):
        before = len(self.window.session.documents)
        self.controller.opener.open([Path(path) for path in paths])
        self.wait(lambda: len(self.window.session.documents) == before + len(paths))

    def show(self, pixels, title="picture.png"):
        """A document out of an array, without a file."""
        document = Document(Composite(pixels), title)
        self.window.session.add(document)
        return document

    def layered(self, pixels=None, candidates=1):
        """A document that was taken apart, without the daemon: the layers stack to it exactly."""
        document = self.show(picture() if pixels is None else pixels)
        give_layers(document, candidates)
        return document

    def again(self, document):
        """The document is taken apart once more, with two candidates."""
        give_layers(document, 2)

    def press(self, keys, widget=None):
        """A shortcut as the window gets it."""
        combination = QKeySequence(keys)[0]
        self.qtbot.keyClick(widget or self.canvas, combination.key(), combination.keyboardModifiers())

    def click(self, widget, at=None, modifiers=Qt.KeyboardModifier.NoModifier):
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, modifiers, at or QPoint())

    def settle(self):
        """Every tile that is wished for is there."""
        self.canvas.repaint()
        self.wait(lambda: self.canvas.renderer.settled)
        self.canvas.repaint()

    def notices(self):
        return " | ".join(self.window.notices.texts)

    def close(self):
        """And take the window away: what is left of it would be styled again for every later one."""
        if self.gone:
            return
        self.gone = self.controller.file_actions.leaving = True
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def picture(width=96, height=64, dtype=np.uint8, seed=3):
    """A smooth scene with a bright veil in the middle."""
    y, x = np.mgrid[0:height, 0:width]
    scene = np.stack([60 + 90 * x / width, 70 + 60 * y / height, 90 + 40 * np.sin(x / 9)], axis=-1)
    veil = 0.6 * np.exp(-(((x - width / 2) / (width / 3)) ** 2) - ((y - height / 2) / (height / 3)) ** 2)
    mixed = scene * (1 - veil[..., None]) + 240 * veil[..., None]
    mixed += np.random.default_rng(seed).normal(0, 2, mixed.shape)
    top = np.iinfo(dtype).max
    return np.clip(np.rint(mixed / 255 * top), 0, top).astype(dtype)


def give_layers(document, candidates=1):
    """Layers with alpha 0, full and half; the half ones only where that is exact."""
    z = document.composite.pixels[..., :3]
    top = np.iinfo(z.dtype).max
    views = []
    for number in range(candidates):
        alpha = np.zeros(z.shape[:2], z.dtype)
        alpha[8:24, 8 + 8 * number : 40 + 8 * number] = top
        foreground = np.dstack([z, alpha])
        background = np.where(alpha[..., None] == top, z // 3, z)
        entries = (Entry(Layer("Background", background)), Entry(Layer("Foreground", foreground)))
        small = np.ascontiguousarray(background[::2, ::2])
        if small.dtype == np.uint16:
            small = (small >> 8).astype(np.uint8)
        preview = Preview(small.shape[1], small.shape[0], small.tobytes())
        info = CandidateInfo("nano", "normal", "watermark", 0.9 - 0.2 * number, 0.1, 0, number, 2, preview)
        views.append(CandidateView(number, info, entries=entries))
    document.set_candidates("0" * 32, views, views[0].entries)


@pytest.fixture
def hands(qtbot, home):
    made = Hands(qtbot)
    yield made
    made.close()


@pytest.fixture
def live(qtbot, live_home):
    """With the real daemon behind it."""
    made = Hands(qtbot)
    made.controller.begin([])
    yield made
    made.close()


@pytest.fixture
def make_hands(qtbot, request):
    """Several windows one after another, as if the viewer were started anew."""
    # Before the windows, so that it goes after them: a window that closes still writes into its home.
    request.getfixturevalue("live_home" if "live_home" in request.fixturenames else "home")
    made = []

    def make(chosen=None):
        made.append(Hands(qtbot, chosen))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def scene():
    """The picture above, for tests that need its pixels."""
    return picture


def crashed(hands):
    """What a killed viewer leaves: its records, under the id of a process that is gone."""
    hands.controller.recovery.write_now()
    hands.wait(lambda: not hands.controller.background.busy)
    hands.controller.recovery.write_now()
    folder = settings.viewer_folder() / "recovery"
    held = {path.name: path.read_bytes() for path in folder.iterdir()}
    for document in hands.window.session.documents:
        document.set_saved(None)
    hands.close()
    for name, data in held.items():
        (folder / name).write_bytes(data)
        if name.endswith(".json"):
            told = json.loads(data)
            told["pid"] = DEAD
            (folder / name).write_text(json.dumps(told))


@pytest.fixture(scope="session")
def crash():
    """`crashed`, for tests of what comes after."""
    return crashed


def spread(layer, size):
    """A layer laid out at the picture's size, H x W x 4, nothing where its alpha is 0: how it looks."""
    top = np.iinfo(layer.pixels.dtype).max
    out = np.zeros((size[1], size[0], 4), layer.pixels.dtype)
    height, width = layer.pixels.shape[:2]
    x, y = layer.offset
    there = out[y : y + height, x : x + width]
    there[..., 3] = layer.pixels[..., 3] if layer.pixels.shape[2] == 4 else top
    there[..., :3] = layer.pixels[..., :3]
    out[out[..., 3] == 0] = 0
    return out


@pytest.fixture(scope="session")
def laid_out():
    """`spread`, for tests that compare layers."""
    return spread
