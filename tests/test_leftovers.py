"""The run fails where a test leaves a process or writes into the home of whoever runs it."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[1]
SLEEPER = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"


@pytest.fixture
def run_of(tmp_path, monkeypatch):
    """A test run of its own with one test, whose body is given."""

    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(body, *options):
        path = tmp_path / "test_one.py"
        path.write_text(f"import subprocess, sys\nfrom bridge.wire.discovery import *\n\ndef test_one():\n    {body}\n")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.leftovers", "-p", "no:cacheprovider", *options]
        return subprocess.run([*command, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    return run


def test_a_run_that_leaves_nothing_passes(run_of):
    done = run_of("subprocess.run([sys.executable, '-c', ''])")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "1")])
def test_a_process_that_is_left_fails_the_run_and_is_ended(run_of, tmp_path, workers):
    pid = tmp_path / "pid"
    done = run_of(f"open({str(pid)!r}, 'w').write(str({SLEEPER}.pid))", "--leftover-patience", "0.1", *workers)
    assert "1 passed" in done.stdout
    assert done.returncode == 1
    assert f"process {pid.read_text()}: " in done.stderr
    assert not psutil.pid_exists(int(pid.read_text()))


def test_a_file_in_the_folder_of_nobody_in_particular_fails_the_run(run_of):
    done = run_of("(private_folder(home_folder()) / 'record.json').write_text('')")
    assert done.returncode == 1
    assert "file without a home: " in done.stderr
    assert "record.json" in done.stderr


def test_what_is_written_into_the_real_home_is_told_with_the_test_that_did_it(tmp_path):
    folder = tmp_path / ".diffdecompose"
    code = (
        "import pathlib, sys; from tests.leftovers import watch_writes; folder = pathlib.Path(sys.argv[1])\n"
        "watch_writes(folder, print); folder.mkdir(); (folder / 'a.json').write_text('1')\n"
        "(folder / 'a.json').read_text(); (folder.parent / 'b.json').write_text('1')"
    )
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    told = done.stdout.splitlines()
    assert [line.split()[0] for line in told] == ["os.mkdir", "open"]
    assert "test_what_is_written_into_the_real_home" in told[1]
