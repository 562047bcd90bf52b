"""kill -9 at every file that is put in its place: the same command completes, and uninstalling leaves nothing."""

import json
import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")

DRIVER = """
import contextlib, io, json, os, pathlib, shutil, signal, sys
import bridge.assembly, bridge.commands.plugins, bridge.installation, bridge.hosts.placing
from bridge import cli
from bridge.hosts import __main__ as hosts
from installer import application, manifest, plugins, selfcheck, uninstall
from installer.__main__ import main

def make(journal, python, source, extras, app):  # instead of minutes of pip: the interpreter of the tests
    journal.note("tree", app)
    manifest.remove("tree", app)
    (app / "bin").mkdir(parents=True)
    for name in ("python", "diffdecompose", "diffdecompose-viewer"):
        (app / "bin" / name).touch()
    shutil.copytree("ui/resources", app / "lib/python3.11/site-packages/ui/resources")

def ask(command, code=""):  # the same code without the start of an interpreter, so that it can be killed too
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        if "bridge.hosts" in command:
            sys.argv = command[2:]
            failed = hosts.main()
        else:
            failed = cli.main(command[4:])
    assert not failed, command
    found = json.loads(said.getvalue())
    return [plugins.Host(*(item.get(key, "") for key in ("host", "packaging", "folder", "note"))) for item in found]

application.make, plugins._ask = make, ask
plugins.home = lambda source: pathlib.Path(os.environ["DIFFDECOMPOSE_HOME"])
built = {host: bridge.assembly.unpack(host, pathlib.Path(sys.argv[1]) / host) for host in ("krita", "gimp")}
for path in [path for folder in built.values() for path in folder.rglob("*.*") if path.is_file()]:
    if path.suffix == ".mo" or path.suffix == ".py" and path.name not in ("__init__.py", "decompose-layers.py"):
        path.unlink()  # a few files are as good to be killed between as hundreds
bridge.commands.plugins.unpack = lambda host, folder: shutil.copytree(built[host], folder / "plugin")
selfcheck.check = lambda journal, app: None
uninstall._end_daemon = lambda journal: None
replace = os.replace

def run(left, after, words):
    def counted(source, target):
        nonlocal left
        left -= 1
        if left == 0:
            if after:
                replace(source, target)
            os.kill(os.getpid(), signal.SIGKILL)
        replace(source, target)
    os.replace = counted
    os.dup2(2, 1)
    os._exit(main(words))

for line in sys.stdin:
    child = os.fork()
    if not child:
        run(**json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def run(home, tmp_path):
    """`installer install --yes` with further words; killed at the file of that number, 0 = never."""
    command = [sys.executable, "-c", DRIVER, str(tmp_path)]
    pipe = subprocess.PIPE
    root, environment = home.root, {**home.environment, "PATH": str(tmp_path)}
    with (
        open(tmp_path / "said", "w") as said,
        subprocess.Popen(command, env=environment, cwd=root, stdin=pipe, stdout=pipe, stderr=said, text=True) as one,
    ):
        give, take = one.stdin, one.stdout
        assert give is not None
        assert take is not None

        def ask(left: int, after: bool, *words: str) -> int:
            give.write(json.dumps({"left": left, "after": after, "words": ["install", "--yes", *words]}) + "\n")
            give.flush()
            return int(take.readline() or "1")

        yield ask
        give.close()


def test_killed_at_any_of_over_twenty_points_the_same_command_completes_and_uninstalling_leaves_nothing(home, run):
    before = home.contents()
    points, after = 0, False
    while run(points + 1, after) == -signal.SIGKILL:
        points += 1
        after = points % 2 == 1
        assert run(0, False) == 0, f"after point {points}"
        assert (home.krita / "pykrita/diffdecompose/__init__.py").is_file()
        assert os.access(home.gimp / "decompose-layers/decompose-layers.py", os.X_OK)
        assert home.kritarc.read_text().count("enable_diffdecompose=true") == 1
        assert home.command.is_file()
        if points % 3 == 1:  # a killed uninstallation is completed too
            assert run(1 + points // 3 % 3, after, "--uninstall") == -signal.SIGKILL, points
        assert run(0, False, "--uninstall") == 0, f"after point {points}"
        assert home.contents() == before, f"after point {points}"
    assert points >= 20
