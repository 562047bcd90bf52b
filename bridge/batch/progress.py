"""How far a batch is: done, failed, left, pictures a minute, time left. A bar on a terminal, else plain lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from tqdm import tqdm

__all__ = ["BatchProgress", "Counts"]

EVERY = 30.0
"""Seconds between plain lines."""


@dataclass(frozen=True)
class Counts:
    """total, done, failed, skipped: pictures.   seconds: since the first one of this run began."""

    total: int
    done: int
    failed: int
    skipped: int
    seconds: float

    @property
    def left(self) -> int:
        return self.total - self.done - self.failed - self.skipped

    @property
    def per_minute(self) -> float:
        return 60 * (self.done + self.failed) / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """None where no picture has ended yet."""
        return 60 * self.left / self.per_minute if self.per_minute else None

    def as_line(self) -> str:
        parts = [f"{self.done} done"]
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [f"{self.skipped} were done before"] if self.skipped else []
        parts.append(f"{self.left} left")
        if self.per_minute:
            parts.append(f"{self.per_minute:.1f} pictures a minute")
        if self.left and self.seconds_left is not None:
            parts.append(f"about {_duration(self.seconds_left)} to go")
        return ", ".join(parts)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


class BatchProgress:
    """Shows Counts on `stream` (standard error). clock: seconds, for tests."""

    def __init__(self, total: int, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock, self._began = clock, clock()
        self._said = self._began
        is_terminal = self._stream is not None and self._stream.isatty()  # pythonw has no stderr at all
        form = "{percentage:3.0f}% |{bar}| {desc}"
        self._bar = tqdm(total=total, file=stream, disable=not is_terminal, bar_format=form, leave=False)
        self._is_terminal = is_terminal
        self._total = total
        self._done = self._failed = self._skipped = 0

    def __enter__(self) -> BatchProgress:
        return self

    def __exit__(self, *exc: object) -> None:
        self._bar.close()

    @property
    def counts(self) -> Counts:
        return Counts(self._total, self._done, self._failed, self._skipped, self._clock() - self._began)

    def add(self, *, done: int = 0, failed: int = 0, skipped: int = 0) -> None:
        """So many pictures more."""
        self._done, self._failed, self._skipped = self._done + done, self._failed + failed, self._skipped + skipped
        self._bar.set_description_str(self.counts.as_line())
        self._bar.update(done + failed + skipped)
        now = self._clock()
        if not self._is_terminal and self._stream is not None and now - self._said >= EVERY:
            self._said = now
            print(f"diffdecompose: {self.counts.as_line()}", file=self._stream, flush=True)
