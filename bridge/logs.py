"""The daemon's log: one line an event, with the job's id; files that rotate. Never pixels, prompts or tokens."""

from __future__ import annotations

import logging
import logging.handlers
import time
from pathlib import Path

__all__ = ["LOG", "follow_lines", "open_log", "read_lines"]

LOG = "daemon.log"
_BYTES = 1 << 20
_KEPT = 3


def open_log(folder: Path) -> None:
    """Write the log of this process into `folder`."""
    handler = logging.handlers.RotatingFileHandler(
        folder / LOG, maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True
    )
    line = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    line.converter = time.gmtime
    handler.setFormatter(line)
    log = logging.getLogger("diffdecompose")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def read_lines(folder: Path) -> list[str]:
    """The lines of the log and of the one before it, oldest first."""
    lines: list[str] = []
    for name in (f"{LOG}.1", LOG):
        path = folder / name
        if path.exists():
            lines += path.read_text("utf-8", "replace").splitlines()
    return lines


def follow_lines(folder: Path, seconds: float | None = None):
    """New lines of the log as they are written, across rotations; without end unless `seconds` says so."""
    path = folder / LOG
    deadline = None if seconds is None else time.monotonic() + seconds
    position = path.stat().st_size if path.exists() else 0
    while deadline is None or time.monotonic() < deadline:
        size = path.stat().st_size if path.exists() else 0
        if size < position:
            position = 0
        if size > position:
            with open(path, "rb") as file:
                file.seek(position)
                data = file.read()
            whole = data[: data.rfind(b"\n") + 1]
            position += len(whole)
            yield from whole.decode("utf-8", "replace").splitlines()
        time.sleep(0.2)
