"""A crash costs one item and is known to be its; no process outlives the one that began it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil

from bridge.batch.pool import Pool, WorkerCrashed
from tests.bridge.batch.work import square

ORPHAN = """
import sys, time
from bridge.batch.pool import Pool
from tests.bridge.batch.work import report_pid_and_sleep
if __name__ == "__main__":
    pool = Pool(report_pid_and_sleep, 1)
    pool.submit(sys.argv[1])
    time.sleep(600)
"""


def test_a_crash_and_an_exception_belong_to_the_item_that_caused_them():
    numbers, found = [1, 2, 13, -4, 5], {}
    with Pool(square, 2) as pool:
        while numbers or pool.running:
            while numbers and pool.has_room:
                pool.submit(numbers.pop(0))
            found |= dict(pool.finished())
    assert {n: found[n] for n in (1, 2, 5)} == {1: 1, 2: 4, 5: 25}
    assert isinstance(found[13], WorkerCrashed)
    assert str(found[-4]) == "-4 is negative"


def test_a_worker_ends_when_the_program_is_killed(tmp_path):
    note = tmp_path / "pid"
    program = tmp_path / "program.py"
    program.write_text(ORPHAN)
    with subprocess.Popen([sys.executable, program, note], env={**os.environ, "PYTHONPATH": os.getcwd()}) as parent:
        deadline = time.monotonic() + 30
        while not (note.exists() and note.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        worker = psutil.Process(int(note.read_text()))
        parent.send_signal(signal.SIGKILL)
    worker.wait(10)
