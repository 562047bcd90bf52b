"""Newer versions: the real pip is asked, with a folder as its package index."""

import zipfile

import pytest

from bridge.installation import version_found
from bridge.updates import update_state


@pytest.fixture
def index(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    def publish(version: str) -> None:
        stem = f"diffdecompose_bridge-{version}"
        with zipfile.ZipFile(tmp_path / f"{stem}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{stem}.dist-info/METADATA", f"Name: diffdecompose-bridge\nVersion: {version}\n")

    return publish


def test_a_newer_version_is_told_and_an_older_one_or_none_is_not(index):
    assert "none is published" in update_state()
    index(version_found())
    assert update_state() == f"update: none, {version_found()} is the newest"
    index("99.1.0")
    assert update_state().startswith("update: 99.1.0 is available")
    assert "--upgrade" in update_state()
