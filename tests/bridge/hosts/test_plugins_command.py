"""`diffdecompose plugins install|list|uninstall` in folders that look like those of Krita and GIMP."""

import json
import os
import sys
from pathlib import Path

import pytest

from bridge.cli import main
from bridge.doctor import examine
from bridge.hosts import placing
from bridge.hosts.record import read_record
from bridge.wire.discovery import read_install

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the home of these tests is laid out as on Linux")


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "Jörg Müller"
    for name in (".local/share/krita", ".var/app/org.kde.krita", ".config/GIMP/3.0", ".config/GIMP/3.2"):
        (folder / name).mkdir(parents=True)
    (folder / ".config/kritarc").write_text("[python]\nenable_other=true\n")
    for name in [name for name in os.environ if name.startswith(("XDG_", "GIMP3"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("DIFFDECOMPOSE_HOME", str(folder / ".diffdecompose"))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else b"" for p in sorted(folder.rglob("*"))}


def test_install_serves_every_host_and_uninstall_leaves_what_was(home, capsys):
    before = contents(home)
    assert main(["plugins", "install"]) == 0
    said = capsys.readouterr().out
    assert "restart" in said
    for krita in (home / ".local/share/krita", home / ".var/app/org.kde.krita/data/krita"):
        assert (krita / "pykrita/diffdecompose/wire/client.py").is_file()
        assert (krita / "actions/diffdecompose.action").is_file()
    for version in ("3.0", "3.2"):
        assert os.access(home / f".config/GIMP/{version}/plug-ins/decompose-layers/decompose-layers.py", os.X_OK)
    assert (home / ".config/kritarc").read_text() == "[python]\nenable_diffdecompose=true\nenable_other=true\n"
    assert "enable_diffdecompose=true" in (home / ".var/app/org.kde.krita/config/kritarc").read_text()
    record = read_install(home / ".diffdecompose")
    assert record is not None
    assert record.python == sys.executable
    assert main(["plugins", "list"]) == 0
    assert capsys.readouterr().out.count("has the plugin 0") == 4
    assert main(["plugins", "uninstall"]) == 0
    assert contents(home) == before


def test_the_doctor_says_which_hosts_have_the_plugin(home):
    assert main(["plugins", "install", "--host", "krita"]) == 0
    lines = examine(home / ".diffdecompose")
    version = read_record(home / ".diffdecompose").placed[0].version
    assert f"krita (Flatpak), plugin {version}" in lines
    assert "gimp (profile 3.2), plugin none: run 'diffdecompose plugins install'" in lines


def test_a_damaged_record_is_one_line_for_the_command_and_the_doctor(home, capsys):
    (home / ".diffdecompose").mkdir(mode=0o700)
    (home / ".diffdecompose/plugins.json").write_text("{")
    assert main(["plugins", "list"]) == 2
    assert "move it away" in capsys.readouterr().err
    assert any("move it away" in line for line in examine(home / ".diffdecompose"))


def test_installing_twice_is_as_good_as_once(home):
    before = contents(home)
    main(["plugins", "install"])
    once = contents(home)
    main(["plugins", "install"])
    assert contents(home) == once
    main(["plugins", "uninstall"])
    assert contents(home) == before


def test_one_host_can_be_chosen_and_the_other_stays(home):
    main(["plugins", "install"])
    assert main(["plugins", "uninstall", "--host", "gimp"]) == 0
    assert not (home / ".config/GIMP/3.0/plug-ins").exists()
    assert (home / ".local/share/krita/pykrita/diffdecompose").is_dir()
    assert {placed.host for placed in read_record(home / ".diffdecompose").placed} == {"krita"}
    assert read_install(home / ".diffdecompose") is not None


def test_an_older_plugin_is_replaced_as_a_whole(home):
    old = home / ".local/share/krita/pykrita/diffdecompose"
    old.mkdir(parents=True)
    (old / "old.py").write_text("")
    main(["plugins", "install", "--host", "krita"])
    assert not (old / "old.py").exists()
    assert (old / "__init__.py").is_file()


def test_an_installation_that_broke_off_is_completed_and_can_be_taken_out(home, monkeypatch):
    before = contents(home)

    def power_cut(config, value, may_go=False):
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(placing, "_set_line", power_cut)
        assert main(["plugins", "install"]) == 130
    assert main(["plugins", "install"]) == 0
    assert main(["plugins", "uninstall"]) == 0
    assert contents(home) == before


def test_a_folder_of_ones_own_can_be_named(home, tmp_path, capsys):
    own = tmp_path / "portable"
    assert main(["plugins", "install", "--folder", str(own)]) == 2
    assert "--host" in capsys.readouterr().err
    assert main(["plugins", "install", "--host", "gimp", "--folder", str(own), "--json"]) == 0
    (item,) = json.loads(capsys.readouterr().out)
    assert item["folder"] == str(own)
    assert (own / "decompose-layers/decompose-layers.py").is_file()


def test_a_folder_that_cannot_be_written_is_one_line(home, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["plugins", "install", "--host", "krita", "--folder", str(tmp_path / "file/krita")]) == 2
    said = capsys.readouterr().err
    assert "cannot be written" in said
    assert len(said.splitlines()) == 1
