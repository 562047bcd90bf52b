"""One bar over all stages of a job that never goes back. Knows nothing of widgets."""

from typing import Optional

__all__ = ["OverallProgress"]

_SHARES = {
    "connect": 0.02,
    "upload": 0.03,
    "queued": 0.0,
    "load": 0.05,
    "text": 0.05,
    "network": 0.55,
    "finish": 0.2,
    "save": 0.02,
    "fetch": 0.05,
    "insert": 0.03,
}
"""The share of the whole that each stage usually takes, in their order; only the bar's evenness depends on it."""


class OverallProgress:
    """The reports of a job's stages in, the share of the whole job out."""

    def __init__(self) -> None:
        self._base: Optional[float] = None
        self._done = 0.0

    def update(self, stage: str, share: Optional[float]) -> Optional[float]:
        """The share of the whole that is done, 0..1, never less than before; None = nothing is known yet.

        share: of the stage, 0..1, None = not known. A job that begins with a later stage starts at 0 all the same;
        an engine that goes through a stage several times does not take the bar back.
        """
        names = list(_SHARES)
        if stage in _SHARES:
            start = sum(_SHARES[name] for name in names[: names.index(stage)])
            if self._base is None:
                self._base = start
            reached = start + _SHARES[stage] * (share or 0.0) - self._base
            self._done = min(1.0, max(self._done, reached / (1 - self._base)))
        elif share is not None:
            self._done = min(1.0, max(self._done, share))
        return self._done or None
