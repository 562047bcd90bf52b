"""The command line asks a running daemon first: here it must not find the one of whoever runs the tests."""

import pytest


@pytest.fixture(autouse=True)
def no_daemon(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("DIFFDECOMPOSE_HOME", str(tmp_path_factory.mktemp("home")))
