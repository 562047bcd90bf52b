"""Where Krita and GIMP are looked for."""

import sys
from pathlib import Path

import pytest

from ui import hosts

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="these places are Linux's")


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A machine without either program: the home folder, and the folder of commands."""
    for host in hosts.HOSTS:
        monkeypatch.delenv(f"DIFFDECOMPOSE_{host.upper()}", raising=False)
    commands = tmp_path / "bin"
    commands.mkdir()
    monkeypatch.setenv("PATH", str(commands))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path, commands


def program(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@LINUX
@pytest.mark.parametrize(("host", "name"), [("krita", "krita"), ("gimp", "gimp-3.0")])
def test_a_command_comes_before_a_flatpak_and_a_flatpak_before_an_image(bare, host, name):
    home, commands = bare
    image = program(home / "Applications" / f"{host}-5.2.AppImage")
    assert hosts.find(host) == image
    flatpak = {"krita": "org.kde.krita", "gimp": "org.gimp.GIMP"}[host]
    exported = program(home / ".local/share/flatpak/exports/bin" / flatpak)
    assert hosts.find(host) == exported
    command = program(commands / name)
    assert hosts.find(host) == command


def test_what_the_artist_named_is_taken_or_nothing_is(bare, monkeypatch):
    home, commands = bare
    program(commands / "krita")
    named = program(home / "elsewhere" / "krita.bin")
    monkeypatch.setenv("DIFFDECOMPOSE_KRITA", str(named))
    assert hosts.find("krita") == named
    named.unlink()
    assert hosts.find("krita") is None


def test_on_windows_the_newest_gimp_itself_is_taken_also_where_one_user_installed_it(bare, monkeypatch):
    home, _ = bare
    monkeypatch.setattr(sys, "platform", "win32")
    for name, value in (("PROGRAMFILES", "Program Files"), ("LOCALAPPDATA", "AppData/Local")):
        monkeypatch.setenv(name, str(home / value))
    monkeypatch.delenv("PROGRAMW6432", raising=False)
    own = home / "AppData/Local/Programs/GIMP 3/bin"
    program(own / "gimp-3.0.exe")
    assert hosts.find("gimp") == own / "gimp-3.0.exe"
    everyones = home / "Program Files/GIMP 3/bin"
    for name in ("gimp-test-clipboard-3.0.exe", "gimp-console-3.0.exe", "gimp-3.exe", "gimp-3.2.exe", "gimp-3.10.exe"):
        program(everyones / name)
    assert hosts.find("gimp") == everyones / "gimp-3.10.exe"
    krita = program(home / "AppData/Local/Programs/Krita (x64)/bin/krita.exe")
    assert hosts.find("krita") == krita
