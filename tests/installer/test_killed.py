"""kill -9 at every point where the manifest changes: the same command completes, and uninstalling leaves nothing."""

import os
import signal
import sys

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")

DRIVER = """
import os, pathlib, shutil, signal, sys
from installer import application, manifest, selfcheck
from installer.__main__ import main

def make(journal, python, source, extras, app):  # instead of minutes of pip: the interpreter of the tests
    journal.note("tree", app)
    manifest.remove("tree", app)
    (app / "bin").mkdir(parents=True)
    for name in ("python", "diffdecompose", "diffdecompose-viewer"):
        words = "" if name == "python" else " -P -m bridge"
        (app / "bin" / name).write_text(f'#!/bin/sh\\nexec "{sys.executable}"{words} "$@"\\n')
        (app / "bin" / name).chmod(0o755)
    shutil.copytree("ui/resources", app / "lib/python3.11/site-packages/ui/resources")

application.make = make
selfcheck.check = lambda journal, app: None
left, after = int(sys.argv[1]), sys.argv[2] == "after"
replace = os.replace

def counted(source, target):
    global left
    if pathlib.Path(target).name == "installed.json":
        left -= 1
        if left == 0:
            if after:
                replace(source, target)
            os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)

os.replace = counted
sys.exit(main(sys.argv[3:]))
"""


def run(home, writes, when, *words):
    return home.start([sys.executable, "-c", DRIVER, str(writes), when, "install", "--yes", *words])


def test_killed_anywhere_the_same_command_completes_and_uninstalling_leaves_nothing(home):
    before = home.contents()
    points, when = 0, "before"
    while run(home, points + 1, when).returncode == -signal.SIGKILL:
        points += 1
        when = ("before", "after")[points % 2]
        done = run(home, 0, when)
        assert done.returncode == 0, f"after point {points}: {done.stderr}"
        assert home.start([str(home.command), "plugins", "list"]).stdout.count("has the plugin") == 2
        if points % 4 == 1:  # a killed uninstallation is completed too
            assert run(home, 1, when, "--uninstall").returncode == -signal.SIGKILL
        gone = run(home, 0, when, "--uninstall")
        assert gone.returncode == 0, f"after point {points}: {gone.stderr}"
        assert home.contents() == before, f"after point {points}"
    assert points >= 10
