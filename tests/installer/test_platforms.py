"""What is decided by platform: folders, launchers, quoting; and what a machine must have."""

import plistlib
import re
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from installer import application, desktop, desktop_mac, launcher, requirements
from installer.application import child_environment
from installer.errors import InstallFailed
from installer.folders import user_folders
from installer.manifest import Journal
from installer.source import find_source

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "Jörg Müller"
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("LOCALAPPDATA", str(folder / "AppData/Local"))
    monkeypatch.setenv("APPDATA", str(folder / "AppData/Roaming"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return folder


def test_linux_follows_the_xdg_folders(home, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert user_folders().data == home / ".local/share/diffdecompose"
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "elsewhere"))
    assert user_folders().data == home / "elsewhere/diffdecompose"
    assert user_folders().menu == home / "elsewhere/applications"
    monkeypatch.setenv("XDG_DATA_HOME", "relative is not allowed")
    assert user_folders().data == home / ".local/share/diffdecompose"


def test_on_windows_the_launcher_lies_where_the_path_leads_and_names_no_user(home, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    (home / "AppData/Local/Microsoft/WindowsApps").mkdir(parents=True)
    folders = user_folders()
    path = launcher.launcher(folders, "diffdecompose")
    assert path == home / "AppData/Local/Microsoft/WindowsApps/diffdecompose.cmd"
    launcher.put(Journal(folders.data), folders, folders.data / "app-1")
    script = path.read_bytes()
    assert script.startswith(b'@"%LOCALAPPDATA%\\diffdecompose')
    assert script.isascii()


def test_on_a_mac_an_application_starts_the_launcher(home, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    folders = user_folders()
    assert folders.data == home / "Library/Application Support/diffdecompose"
    desktop.put(Journal(folders.data), folders, folders.data / "app-1")
    (application,) = desktop.targets(folders)
    assert application == desktop_mac.application(home / "Applications")
    information = plistlib.loads((application / "Contents/Info.plist").read_bytes())
    script = (application / "Contents/MacOS" / information["CFBundleExecutable"]).read_text()
    assert f"'{home}/.local/bin/diffdecompose-viewer'" in script


@pytest.mark.parametrize("path", ["/plain", "/with space/ä", '/a"b', "/a$b`c", "/a\\b", "/100 %"])
def test_any_path_survives_the_quoting_of_a_desktop_entry(path):
    written = desktop._quoted(path)
    value = written.replace("\\\\", "\\")  # every value: backslashes are doubled
    assert (value[0], value[-1]) == ('"', '"')
    assert re.sub(r"\\(.)", r"\1", value[1:-1]).replace("%%", "%") == path


def test_a_full_disk_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 1000))
    with pytest.raises(InstallFailed, match="make room first"):
        requirements.check_disk(tmp_path / "not there" / "yet", ())
    assert list(tmp_path.iterdir()) == []


def test_the_python_that_runs_is_taken_where_it_fits_and_another_one_where_not(tmp_path, monkeypatch):
    assert requirements.find_python() == Path(sys.executable)
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\necho 3 10 True /usr/bin/python3.10\n")
    new = tmp_path / "python3.12"
    new.write_text(f"#!/bin/sh\necho 3 12 True '{tmp_path}/python 3.12'\n")
    for script in (old, new):
        script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(old))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert requirements.find_python() == tmp_path / "python 3.12"
    new.unlink()
    with pytest.raises(InstallFailed, match=r"install Python 3\.12"):
        requirements.find_python()


def test_a_python_without_venv_is_told_what_is_missing(tmp_path, monkeypatch):
    lacking = tmp_path / "python3"
    lacking.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'ensurepip'\" >&2; exit 1\n")
    lacking.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(lacking))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InstallFailed, match="install python3-venv"):
        requirements.find_python()


def test_short_memory_is_a_note_and_no_refusal(monkeypatch):
    monkeypatch.setattr(requirements, "_memory", lambda: 1 << 30)
    assert "1024 MB of memory" in requirements.memory_note()
    monkeypatch.setattr(requirements, "_memory", lambda: 8 << 30)
    assert requirements.memory_note() == ""


def test_proxies_and_mirrors_reach_pip_and_what_a_host_set_for_its_python_does_not(monkeypatch):
    kept = {"HTTPS_PROXY": "http://proxy:3128", "PIP_INDEX_URL": "https://mirror.example/simple"}
    dropped = {"PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere", "PIP_USER": "1", "PIP_TARGET": "/nowhere"}
    for name, value in {**kept, **dropped}.items():
        monkeypatch.setenv(name, value)
    environment = child_environment()
    assert kept.items() <= environment.items()
    assert not dropped.keys() & environment.keys()


@pytest.mark.parametrize("extras", [("ui",), ("flux", "ui")], ids="-".join)
def test_torch_comes_first_in_its_pinned_version_and_only_for_engines_that_need_it(tmp_path, monkeypatch, extras):
    asked = []
    monkeypatch.setattr(application, "_run", lambda command, advice: asked.append(command[-1]))
    source = find_source(None)
    application.make(Journal(tmp_path), Path(sys.executable), source, extras, tmp_path / "app")
    torch = [what for what in asked if what.startswith("torch==")]
    assert len(torch) == ("flux" in extras)
    assert asked[-1].endswith(f"[{','.join(extras)}]")
    if torch:
        assert asked.index(torch[0]) < len(asked) - 1
        assert torch[0] in source.constraints.read_text()
