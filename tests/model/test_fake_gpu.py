"""The tests on a device without values, in a process of their own: registering it changes torch elsewhere too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEVICE_TESTS = (
    "tests/model/alphablend/test_devices.py",
    "tests/model/train/nano/test_step.py::test_a_step_of_every_network_stays_on_the_device",
)


@pytest.mark.timeout(900)  # a process of its own that imports torch: minutes where the machine is busy
def test_every_subtype_and_every_step_stays_on_the_device():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *DEVICE_TESTS]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "FAKE_GPU": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
