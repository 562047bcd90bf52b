"""A client inside a Flatpak starts the daemon outside of it, where the interpreter of the install record is."""

import json
import os
import sys

import pytest

from bridge.wire import DaemonUnavailable, discovery
from bridge.wire.discovery import HOME_VARIABLE, STARTER_VARIABLE, Install, private_folder, start, write_private

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Flatpak is of Linux")

SPAWN = """#!{python}
import json, os, sys
json.dump(sys.argv[1:], open({said!r}, "w"))
print("Portal call failed: not allowed", file=sys.stderr)
sys.exit(1)
"""
"""Stands for flatpak-spawn in a sandbox that may not talk to the outside."""


def test_the_daemon_is_started_by_flatpak_spawn_and_its_refusal_is_shown(tmp_path, monkeypatch):
    folder = private_folder(tmp_path / "home")
    tool, said = tmp_path / "bin" / "flatpak-spawn", tmp_path / "said.json"
    tool.parent.mkdir()
    tool.write_text(SPAWN.format(python=sys.executable, said=str(said)))
    tool.chmod(0o755)
    (tmp_path / "info").touch()
    monkeypatch.setattr(discovery, "_FLATPAK", tmp_path / "info")
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    write_private(folder / "install.json", Install("/home/someone/python", "0.1.0"))
    with pytest.raises(DaemonUnavailable, match="exit code 1") as caught:
        start(folder, wait=20)
    assert "not allowed" in caught.value.log_lines[-1]
    words = json.loads(said.read_text())
    assert words[:2] == ["--host", f"--directory={folder}"]
    assert f"--env={HOME_VARIABLE}={folder}" in words
    assert any(word.startswith(f"--env={STARTER_VARIABLE}=") for word in words)
    inside = words.index("/home/someone/python")
    assert words[inside : inside + 4] == ["/home/someone/python", "-P", "-m", "bridge.daemon"]
