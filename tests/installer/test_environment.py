"""The installer's environment: when it is current, what it refuses, what it says."""

import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from installer import __main__ as program
from installer import environment
from installer.environment import ensure_environment, interpreter
from installer.errors import EnvironmentFailed

ROOT = Path(__file__).resolve().parent.parent.parent
Usage = namedtuple("Usage", "total used free")


def make_stamped(folder, level):
    """An environment folder that says it was made for today's needs at `level`."""
    python = interpreter(folder)
    python.parent.mkdir(parents=True)
    python.write_text("")
    (folder / "diffdecompose-environment").write_text(environment._stamp(level))


def test_a_current_environment_is_used_as_it_is(tmp_path):
    make_stamped(tmp_path / "env", "light")
    assert ensure_environment("light", tmp_path / "env") == interpreter(tmp_path / "env")


def test_a_whole_environment_serves_light_needs(tmp_path):
    make_stamped(tmp_path / "env", "whole")
    assert ensure_environment("light", tmp_path / "env") == interpreter(tmp_path / "env")


def test_a_full_disk_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 1000))
    with pytest.raises(EnvironmentFailed, match="make room first"):
        ensure_environment("light", tmp_path / "env")
    assert not (tmp_path / "env").exists()


@pytest.mark.parametrize("old", [(3, 10), (3, 14)])
def test_another_python_is_refused_with_what_to_do(tmp_path, monkeypatch, old):
    monkeypatch.setattr(sys, "version_info", (*old, 0, "final", 0))
    with pytest.raises(EnvironmentFailed, match=r"needs 3\.11 to 3\.13"):
        ensure_environment("light", tmp_path / "env")


def test_a_light_environment_is_not_whole(tmp_path, monkeypatch):
    make_stamped(tmp_path / "env", "light")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 1000))
    with pytest.raises(EnvironmentFailed):
        ensure_environment("whole", tmp_path / "env")


def test_the_constraints_pin_one_torch_and_the_websockets_a_host_can_carry():
    pins = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"
    )
    assert pins["torch"] == "2.13.0"
    assert pins["websockets"] == "15.0.1"


def test_the_installer_prints_help_on_a_bare_python():
    done = subprocess.run([sys.executable, "-S", "-m", "installer", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    assert "installer run PICTURE" in done.stdout


def test_run_takes_a_picture_that_ships_with_the_repository_apart(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(program, "ensure_environment", lambda level: Path(sys.executable))
    monkeypatch.setattr(program, "ROOT", tmp_path)
    assert program.main(["run", str(ROOT / "examples" / "rain.jpg")]) == 0
    assert (tmp_path / "out" / "rain.psd").read_bytes()[:4] == b"8BPS"
    assert "recomposition error 0" in capfd.readouterr().out
