"""Windows refuses to replace a file that somebody reads: it is tried again for a while, and only there."""

import os

import pytest

from bridge.wire import files


@pytest.fixture
def refusing(monkeypatch):
    """`os.replace` refuses so many times, as Windows does while a reader has the file."""

    def refuse(times: int) -> list[int]:
        left, real = [times], os.replace

        def replace(draft, target):
            if left[0]:
                left[0] -= 1
                raise PermissionError(13, "the file is used by another process", str(target))
            real(draft, target)

        monkeypatch.setattr(files.os, "replace", replace)
        return left

    monkeypatch.setattr(files, "_PAUSE", 0.001)
    return refuse


def test_a_file_that_is_read_meanwhile_is_replaced_when_the_reader_is_done(refusing, monkeypatch, tmp_path):
    monkeypatch.setattr(files, "_WINDOWS", True)
    refusing(3)
    (tmp_path / "draft").write_text("new")
    (tmp_path / "daemon.json").write_text("old")
    files.replace_file(tmp_path / "draft", tmp_path / "daemon.json")
    assert (tmp_path / "daemon.json").read_text() == "new"


def test_a_reader_that_never_ends_is_an_error_after_a_while(refusing, monkeypatch, tmp_path):
    monkeypatch.setattr(files, "_WINDOWS", True)
    monkeypatch.setattr(files, "_PATIENCE", 0.05)
    refusing(10_000)
    with pytest.raises(PermissionError):
        files.replace_file(tmp_path / "draft", tmp_path / "daemon.json")


def test_elsewhere_a_refusal_is_about_permissions_and_told_at_once(refusing, monkeypatch, tmp_path):
    monkeypatch.setattr(files, "_WINDOWS", False)
    left = refusing(5)
    with pytest.raises(PermissionError):
        files.replace_file(tmp_path / "draft", tmp_path / "daemon.json")
    assert left == [4]


def test_nothing_of_service_viewer_and_plugins_replaces_a_file_without_that_patience():
    from pathlib import Path

    root = Path(files.__file__).parents[2]
    sources = [path for folder in ("bridge", "ui", "plugins") for path in (root / folder).rglob("*.py")]
    impatient = [path.name for path in sources if "os.replace(" in path.read_text("utf-8")]
    assert impatient == ["files.py"]
