"""What the workers of these tests do; in a module of its own, because other processes import it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from bridge.decompose_file import FileJob, Report


def square(number: int) -> int:
    if number < 0:
        raise ValueError(f"{number} is negative")
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def report_pid_and_sleep(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    time.sleep(600)


def copy_or_crash(job: FileJob) -> Report:
    """Writes the input's bytes to the target; an input named "crash..." kills its worker."""
    task = job.task
    if task.source.name.startswith("crash"):
        os.kill(os.getpid(), signal.SIGKILL)
    task.target.write_bytes(task.source.read_bytes())
    return Report(f"{task.source} -> {task.target}", {"input": str(task.source)}, (task.target,))


def copy_slowly(job: FileJob) -> Report:
    """A tenth of a second for each picture, so that there are moments at which to interrupt it."""
    time.sleep(0.1)
    return copy_or_crash(job)
