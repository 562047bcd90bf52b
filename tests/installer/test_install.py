"""A real installation from a folder of wheels: what it puts, that it works, a careful upgrade, and that all goes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bridge.wire.discovery import read_install

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the home of these tests is laid out as on Linux")


def changed(bundle: Path, target: Path) -> Path:
    """The same bundle as another build of it."""
    shutil.copytree(bundle, target)
    with open(target / "constraints.txt", "a") as constraints:
        constraints.write("# another build\n")
    return target


def application(home) -> Path:
    return Path(json.loads((home.data / "installed.json").read_text())["current"])


def killed_inside_pip(home, bundle: Path, moment: str) -> None:
    """kill -9 of the installer and of what it started, once there is a file of that name; a second call meanwhile."""
    command = [sys.executable, "-m", "installer", "install", "--yes", "--offline", str(bundle)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, env=home.environment, cwd=ROOT, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    ) as first:
        while not any(home.data.glob(moment)):
            assert first.poll() is None
            time.sleep(0.01)
        if "bin" in moment:
            second = home.run("install", "--yes", "--offline", bundle)
            assert second.returncode == 2
            assert second.stderr.startswith("diffdecompose: another installation of this user is running")
            assert len(second.stderr.splitlines()) == 1
        os.killpg(first.pid, signal.SIGKILL)
    assert not (home.command).exists()


@pytest.mark.timeout(900)  # several installations: minutes where the machine is busy
def test_from_nothing_to_plugins_that_find_the_service_and_back_to_nothing(home, offline_bundle, tmp_path):
    before = home.contents()
    jobs = tmp_path / "jobs elsewhere"
    home.environment["DIFFDECOMPOSE_HOME"] = str(jobs)

    dry = home.run("install", "--dry-run", "--offline", offline_bundle)
    assert dry.returncode == 0, dry.stderr
    assert str(home.krita) in dry.stdout
    assert str(home.gimp) in dry.stdout
    assert home.contents() == before

    for moment in ("app-*/bin/python", "app-*/lib/*/site-packages/bridge/cli.py"):
        killed_inside_pip(home, offline_bundle, moment)
    done = home.run("install", "--yes", "--offline", offline_bundle)
    assert done.returncode == 0, done.stderr
    assert "took a small picture apart" in done.stdout
    for place in (home.command, f"{home.command}-viewer", application(home), home.krita, home.gimp):
        assert f" {place}" in done.stdout
    assert "Restart Krita and GIMP if they are open." in done.stdout
    assert "To take it all away again: python3 -m installer install --uninstall" in done.stdout
    assert f"{home.command.parent} is not on the PATH" in done.stdout
    said = subprocess.run([home.command, "--version"], env=home.environment, capture_output=True, text=True)
    assert said.stdout.startswith("diffdecompose "), said.stderr
    record = read_install(jobs)
    assert record is not None
    assert record.python.startswith(str(application(home)))
    assert (home.krita / "pykrita/diffdecompose/__init__.py").is_file()
    assert os.access(home.gimp / "decompose-layers/decompose-layers.py", os.X_OK)
    assert "enable_diffdecompose=true" in home.kritarc.read_text()
    entry = (home.folder / ".local/share/applications/diffdecompose-viewer.desktop").read_text()
    assert f'Exec="{home.command}-viewer" %F' in entry
    assert "MimeType=image/png;" in entry
    assert list((home.folder / ".local/share/icons").rglob("diffdecompose-viewer.svg"))
    assert "already" in home.run("install", "--yes", "--offline", offline_bundle).stdout

    other = changed(offline_bundle, tmp_path / "other")
    assert "add --upgrade" in home.run("install", "--yes", "--offline", other).stderr
    first = application(home)
    (missing,) = (other / "wheels").glob("websockets-*")
    missing.rename(tmp_path / missing.name)
    failed = home.run("install", "--yes", "--upgrade", "--offline", other)
    assert failed.returncode == 2
    assert failed.stderr.splitlines()[-1].startswith("diffdecompose: the application could not be installed")
    assert str(first) in home.command.read_text(), "the old one stays in use"
    (tmp_path / missing.name).rename(missing)
    for pip in (other / "wheels").glob("pip-*"):
        pip.unlink()  # the interpreter's own from here on
    assert home.run("install", "--yes", "--upgrade", "--offline", other).returncode == 0
    assert application(home) != first
    assert str(application(home)) in home.command.read_text()
    assert not first.exists()

    (jobs / "daemon.log").touch()
    gone = home.run("install", "--uninstall", "--yes", "--offline", other)
    assert gone.returncode == 0, gone.stderr
    assert f"kept: {jobs}, your jobs and logs" in gone.stdout
    assert home.contents() == before


def test_a_folder_that_is_no_bundle_is_one_line(home, tmp_path):
    done = home.run("install", "--yes", "--offline", tmp_path)
    assert done.returncode == 2
    assert "is no offline bundle" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_command_of_somebody_else_is_not_replaced(home, offline_bundle):
    home.command.parent.mkdir(parents=True)
    home.command.write_text("mine")
    done = home.run("install", "--yes", "--offline", offline_bundle)
    assert done.returncode == 2
    assert "move it away" in done.stderr
    assert home.command.read_text() == "mine"
    assert not home.data.exists()


def test_uninstalling_what_was_never_installed_says_so_and_changes_nothing(home):
    before = home.contents()
    done = home.run("install", "--uninstall", "--yes")
    assert done.returncode == 0
    assert "nothing was installed" in done.stdout
    assert home.contents() == before
