"""The program as it is started from a shell."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.formats import encode_flat
from bridge.wire.discovery import HOME_VARIABLE, read_install

ROOT = Path(__file__).resolve().parents[2]
QUIT_SOON = """
import pathlib, sys
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
import bridge.cli, ui.app
def look():
    window = next(w for w in QApplication.topLevelWidgets() if type(w).__name__ == "MainWindow")
    if window.session.active is not None:
        if len(window.session.documents) == 2:
            print("opened", *sorted(one.title for one in window.session.documents), flush=True)
            window.close()
timer = QTimer()
timer.timeout.connect(look)
furnish = ui.app.furnish
def furnished(application, *words):
    furnish(application, *words)
    # As macOS asks for a file before there is a window; its event cannot be made here, only what it leads to.
    application.open_file(pathlib.Path(sys.argv[-1].replace("named", "asked")))
    timer.start(20)
ui.app.furnish = furnished
sys.exit(bridge.cli.main(sys.argv[1:]))
"""


def environment(home):
    return {**os.environ, HOME_VARIABLE: str(home), "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}


def test_it_opens_what_the_command_names_and_what_macos_asks_for_and_ends_well(tmp_path, scene):
    path = tmp_path / "named.png"
    for target in (path, tmp_path / "asked.png"):
        with open(target, "wb") as file:
            encode_flat(scene(), "PNG", file)
    home = tmp_path / "home"
    command = [sys.executable, "-c", QUIT_SOON, "view", "--language", "de", str(path)]
    done = subprocess.run(command, env=environment(home), cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "opened asked.png named.png" in done.stdout
    assert "Traceback" not in done.stderr
    install = read_install(home)
    assert install is not None
    assert install.python == sys.executable
    assert install.path == (str(ROOT),)
    subprocess.run([sys.executable, "-m", "bridge", "stop"], env=environment(home), capture_output=True, timeout=60)


@pytest.mark.parametrize("wanted", [["--help"], ["view", "--help"]])
def test_help_needs_no_toolkit(tmp_path, wanted):
    code = (
        "import sys, bridge.cli\n"
        "try:\n    bridge.cli.main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "sys.exit('PyQt6' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *wanted], env=environment(tmp_path), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0
    assert "view" in done.stdout


TWICE = """
import numpy as np
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication
from model.types import Composite
from ui.canvas.view import Canvas
from ui.session import Document
application = QApplication([])
canvas = Canvas()
canvas.resize(200, 160)
canvas.show()
pixels = np.random.default_rng(0).integers(0, 256, (120, 150, 3), np.uint8)
canvas.set_document(Document(Composite(pixels), "noise"))
canvas.set_zoom(1.0)
canvas.grab()
while not canvas.renderer.settled:
    application.processEvents()
shown = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
width, height = shown.width(), shown.height()
assert (width, height, shown.devicePixelRatio()) == (400, 320, 2.0), (width, height)
seen = np.frombuffer(shown.bits().asstring(shown.sizeInBytes()), np.uint8).reshape(height, shown.bytesPerLine())
seen = seen[:, : width * 3].reshape(height, width, 3)
corner = canvas.to_view().map(QPointF(0, 0)) * 2
left, top = round(corner.x()), round(corner.y())
np.testing.assert_array_equal(seen[top + 1 : top + 119, left + 1 : left + 149], pixels[1:119, 1:149])
canvas.close_renderer()
"""


def test_on_a_screen_of_twice_the_dots_100_percent_is_one_dot_a_pixel(tmp_path):
    told = {**environment(tmp_path), "QT_SCALE_FACTOR": "2"}
    done = subprocess.run([sys.executable, "-c", TWICE], env=told, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
