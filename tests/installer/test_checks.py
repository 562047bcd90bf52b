"""The checks in order: what runs beside what, whose exit code counts, and that their words do not mix."""

import pytest

from installer import checks

TOOLS = """#!/bin/sh
echo "$2 begins"
touch {place}/$2
while [ "$2" = pytest ] && [ ! -e {place}/{awaited} ]; do sleep 0.02; done
echo "$2 ends"
[ "$2" != "{failing}" ]
"""
"""Stands for an interpreter, one of whose tools finds something; its pytest waits until another tool has begun."""


@pytest.fixture
def tools(tmp_path, monkeypatch):
    for step in ("_prepare_machine", "_prepare_node"):
        monkeypatch.setattr(checks, step, lambda *_: None)

    def make(failing="none", awaited="pytest"):
        path = tmp_path / "python"
        path.write_text(TOOLS.format(place=tmp_path, failing=failing, awaited=awaited))
        path.chmod(0o755)
        return path

    return make


def spoken(capfd):
    return capfd.readouterr().out.splitlines()


def test_pyright_works_beside_the_tests_and_speaks_after_them(tools, capfd):
    assert checks.run_checks(tools(awaited="pyright"), []) == 0
    order = ["ruff", "ruff", "pytest", "pyright"]
    assert spoken(capfd) == [f"{name} {word}" for name in order for word in ("begins", "ends")]


@pytest.mark.parametrize("failing", ["pyright", "pytest"])
def test_what_one_of_the_two_finds_fails_the_command_and_both_are_told(tools, capfd, failing):
    assert checks.run_checks(tools(failing), []) == 1
    assert {"pytest ends", "pyright ends"} <= set(spoken(capfd))


def test_bad_style_ends_the_command_at_once(tools, capfd):
    assert checks.run_checks(tools("ruff"), []) == 1
    assert spoken(capfd) == ["ruff begins", "ruff ends"]


def test_arguments_go_to_pytest_alone(tools, capfd):
    assert checks.run_checks(tools("ruff"), ["-k", "exact"]) == 0
    assert spoken(capfd) == ["pytest begins", "pytest ends"]
