"""What a benchmark says: a line a figure, a verdict where there is a limit, an exit code at the end."""

from __future__ import annotations

__all__ = ["Report"]


class Report:
    """missed: what was beyond its limit."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def judge(self, what: str, value: float, limit: float) -> str:
        """A word: whether `value` is at most `limit`. A miss is remembered."""
        if value <= limit:
            return "ok"
        self.missed.append(what)
        return "MISSED"

    def say(self, what: str, value: float, unit: str, limit: float | None = None) -> None:
        """One line."""
        verdict = "" if limit is None else f"   (at most {limit:g} {unit}: {self.judge(what, value, limit)})"
        print(f"{what:64} {value:8.2f} {unit}{verdict}", flush=True)

    def end(self) -> int:
        """The last line; the exit code: 1 where a limit was missed."""
        print(f"missed: {', '.join(self.missed)}" if self.missed else "all within their limits")
        return 1 if self.missed else 0
