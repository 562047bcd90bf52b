"""The bundle is complete, installs from its own folder, and the starters find the installer."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from installer import bundle
from installer.notices import notices
from installer.source import checkout_version

ROOT = Path(__file__).resolve().parent.parent.parent
STARTERS = ROOT / "installer" / "starters"


@pytest.fixture
def index(monkeypatch, offline_bundle):
    """pip takes packages from a folder only, and builds with what is installed for the tests."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(offline_bundle / "wheels"))
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # pip turns this one around: 0 means no isolation


def test_a_bundle_holds_all_it_needs_and_its_own_installer_runs_from_it(home, index, tmp_path):
    out = tmp_path / "Ausgabe ä"
    assert bundle.make(Path(sys.executable), out) == 0
    names = {path.name for path in out.iterdir()}
    version = checkout_version()
    assert f"diffdecompose_bridge-{version}-py3-none-any.whl" in names
    assert {"diffdecompose-krita.zip", "diffdecompose-gimp.zip", "decompose-layers"} <= names
    assert not [name for name in names if name.endswith(".part")]
    (made,) = out.glob(f"diffdecompose-{version}-*")
    assert {*bundle.STARTERS, "installer", "wheels", "LICENSE", "CHANGELOG.md"} <= {p.name for p in made.iterdir()}
    assert len(list((made / "wheels").glob("*.whl"))) >= 15
    told = (made / bundle.NOTICES).read_text("utf-8")
    assert "\nnumpy " in told
    assert "diffdecompose-bridge" not in told.partition("\n")[2].replace("with diffdecompose.", "")
    done = home.run("install", "--dry-run", cwd=made)
    assert done.returncode == 0, done.stderr
    assert f"libraries from {made / 'wheels'}" in done.stdout
    if os.name == "posix":
        started = home.start([str(made / bundle.STARTERS[1]), "--dry-run"], cwd=tmp_path)
        assert started.returncode == 0, started.stderr
        assert str(made) in started.stdout


def test_the_notices_name_the_licence_of_every_library_and_hold_its_text():
    import numpy

    told = notices([Path(numpy.__file__).parent.parent])
    for requirement in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]:
        name = re.split("[<>=]", requirement)[0]
        section = re.search(rf"^{name} [0-9.]+\n=+\nLicence: (.+)$", told, re.MULTILINE | re.IGNORECASE)
        assert section, name
        assert "not stated" not in section[1], name
    assert "Redistribution and use in source and binary forms" in told
    assert "Permission is hereby granted, free of charge" in told


@pytest.mark.skipif(os.name == "nt", reason="the starter of macOS is a shell script")
def test_the_starter_works_in_a_checkout_too(home, tmp_path):
    started = home.start([str(STARTERS / bundle.STARTERS[1]), "--dry-run"], cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    assert "for this user only" in started.stdout


def test_the_starter_of_windows_has_the_line_ends_its_shell_needs():
    text = (STARTERS / bundle.STARTERS[0]).read_bytes()
    assert text.count(b"\n") == text.count(b"\r\n") > 10
    assert text.isascii()


def test_the_version_stands_in_one_place_and_the_changelog_knows_it():
    said = subprocess.run(
        [sys.executable, "-c", "from bridge.wire.messages import VERSION; print(VERSION)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.strip()
    assert said == checkout_version()
    assert f"\n## {said}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "\nversion = " not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
