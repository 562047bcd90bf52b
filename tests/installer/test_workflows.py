"""The workflows of the three systems: well formed, and they call what the installer understands."""

import re
from pathlib import Path

import pytest
import yaml

from installer.__main__ import _parser

FOLDER = Path(__file__).resolve().parent.parent.parent / ".github" / "workflows"
SYSTEMS = {"ubuntu-latest", "macos-latest", "windows-latest"}


@pytest.mark.parametrize("name", ["checks", "release"])
def test_a_workflow_serves_three_systems_with_commands_that_the_installer_knows(name):
    (job,) = yaml.safe_load((FOLDER / f"{name}.yml").read_text("utf-8"))["jobs"].values()
    assert set(job["strategy"]["matrix"]["system"]) == SYSTEMS
    assert job["runs-on"] == "${{ matrix.system }}"
    lines = [line for step in job["steps"] for line in step.get("run", "").splitlines()]
    called = [match[1].split() for line in lines if (match := re.search(r"-m installer (.+)", line))]
    assert len(called) == len(lines) >= 1
    for words in called:
        assert _parser().parse_args(words).command == words[0]
    assert {"checks": "test", "release": "bundle"}[name] in {words[0] for words in called}
